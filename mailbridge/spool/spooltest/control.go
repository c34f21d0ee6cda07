package spooltest

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// busyAtFirst is a line that is busy until free is set; the next call is hours
// away.
func (o *office) busyAtFirst() (free *atomic.Bool) {
	free = new(atomic.Bool)
	o.opts.Retry.Delays[""] = []time.Duration{3 * time.Hour}
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		if free.Load() {
			return answering(ctx, j, p, confirmed)
		}
		return busy()
	}
	return free
}

// waits waits until a job has been called n times and waits for the next one.
func (o *office) waits(submission string, n int) *spool.JobRecord {
	o.t.Helper()
	var j *spool.JobRecord
	o.eventually("it waits for its next call", func() bool {
		j = o.job(submission, 0)
		return j.State == spool.Queued && j.Attempts == n && !j.Next.IsZero()
	})
	return j
}

// openIDs gives the ids of the faxes that are not done.
func (o *office) openIDs() (ids []string) {
	o.t.Helper()
	list, err := o.spool.History(o.ctx(), spool.Filter{Open: true})
	if err != nil {
		o.t.Fatal(err)
	}
	for _, f := range list {
		ids = append(ids, f.ID)
	}
	return ids
}

func calledNow(o *office) {
	free := o.busyAtFirst()
	o.start()
	id := o.accept("1")
	j := o.waits(id, 1)
	if got := o.openIDs(); !equal(got, []string{j.ID}) {
		o.t.Errorf("not done: %v, want %s", got, j.ID)
	}
	if err := o.spool.CallNow(o.ctx(), j.ID); err != nil {
		o.t.Fatal(err)
	}
	o.waits(id, 2)
	free.Store(true)
	if err := o.spool.CallNow(o.ctx(), j.ID); err != nil {
		o.t.Fatal(err)
	}
	if r := o.wantReport("it is called at once"); !r.Outcome.Delivered || len(r.Attempts) != 3 {
		o.t.Errorf("%+v", r)
	}
	if got := o.openIDs(); len(got) != 0 {
		o.t.Errorf("not done: %v", got)
	}
	for name, f := range map[string]func(context.Context, string) error{
		"CallNow": o.spool.CallNow, "Hold": o.spool.Hold, "Release": o.spool.Release,
	} {
		if err := f(o.ctx(), j.ID); !errors.Is(err, spool.ErrEnded) {
			o.t.Errorf("%s of what is done: %v", name, err)
		}
		if err := f(o.ctx(), "J22222"); !errors.Is(err, spool.ErrNotFound) {
			o.t.Errorf("%s of nothing: %v", name, err)
		}
	}
	if err := o.spool.Cancel(o.ctx(), j.ID, "anna"); !errors.Is(err, spool.ErrEnded) {
		o.t.Errorf("Cancel of what is done: %v", err)
	}
}

func heldAndReleased(o *office) {
	o.opened()
	id := o.accept("1")
	j := o.job(id, 0)
	if err := o.spool.Hold(o.ctx(), j.ID); err != nil {
		o.t.Fatal(err)
	}
	o.start()
	o.wantState("it is rendered all the same", id, 0, spool.Queued)
	other := o.accept("2")
	o.wantState("others are called", other, 0, spool.Delivered)
	o.wantReport("of the other")
	if j = o.job(id, 0); !j.Held || j.Attempts != 0 {
		o.t.Errorf("held: %+v", j)
	}
	if err := o.spool.CallNow(o.ctx(), j.ID); !errors.Is(err, spool.ErrHeld) {
		o.t.Errorf("CallNow of what is held: %v", err)
	}
	for range 2 { // released twice is released
		if err := o.spool.Release(o.ctx(), j.ID); err != nil && !errors.Is(err, spool.ErrEnded) {
			o.t.Fatal(err)
		}
	}
	if r := o.wantReport("it is called then"); !r.Outcome.Delivered || r.Job.ID != j.ID {
		o.t.Errorf("%+v", r)
	}
	o.wantQuiet("one report")
}

func cancelledWaiting(o *office) {
	o.busyAtFirst()
	o.start()
	id := o.accept("1")
	j := o.waits(id, 1)
	if err := o.spool.Cancel(o.ctx(), j.ID, "anna"); err != nil {
		o.t.Fatal(err)
	}
	o.wantCancelled(id)
}

// wantCancelled checks what its sender and the history say.
func (o *office) wantCancelled(submission string) {
	o.t.Helper()
	r := o.wantReport("its sender is told")
	if r.Outcome.Delivered || r.Outcome.Cause != spool.CauseCancelled || r.Outcome.Status != "5.0.0" || !strings.Contains(r.Outcome.Sentence, "cancelled") {
		o.t.Errorf("reported as %+v", r.Outcome)
	}
	j := o.job(submission, 0)
	said := false
	for _, e := range j.Events {
		said = said || strings.Contains(e.What, "cancelled by anna")
	}
	if j.State != spool.Failed || !said {
		o.t.Errorf("job %+v", j)
	}
	o.wantQuiet("one report")
}

func cancelledInCall(o *office) {
	begun := make(chan struct{})
	o.call = func(ctx context.Context, _ *mailbridge.Job, _ []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		if err := confirmed(0); err != nil {
			o.t.Error(err)
		}
		close(begun)
		<-ctx.Done()
		return broken(1)
	}
	o.start()
	id := o.accept("1")
	<-begun
	if err := o.spool.Cancel(o.ctx(), o.job(id, 0).ID, "anna"); err != nil {
		o.t.Fatal(err)
	}
	o.wantCancelled(id)
	if j := o.job(id, 0); j.Confirmed != 1 || j.Attempts != 1 {
		o.t.Errorf("job %+v", j)
	}
}

// cancelledTooLate: what the other machine has is delivered.
func cancelledTooLate(o *office) {
	begun := make(chan struct{})
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		close(begun)
		<-ctx.Done()
		return answering(ctx, j, p, confirmed)
	}
	o.start()
	id := o.accept("1")
	<-begun
	if err := o.spool.Cancel(o.ctx(), o.job(id, 0).ID, "anna"); err != nil {
		o.t.Fatal(err)
	}
	if r := o.wantReport("it is reported"); !r.Outcome.Delivered {
		o.t.Errorf("%+v", r.Outcome)
	}
}

// cancelledUnrendered: there are no pages yet.
func cancelledUnrendered(o *office) {
	o.opened()
	id := o.accept("1", "2")
	if err := o.spool.Cancel(o.ctx(), o.job(id, 0).ID, "anna"); err != nil {
		o.t.Fatal(err)
	}
	o.start()
	cancelled := 0
	for range 2 {
		if r := o.wantReport("each is reported"); r.Outcome.Cause == spool.CauseCancelled {
			cancelled++
		}
	}
	if _, calls := o.counted(); cancelled != 1 || calls != 1 {
		o.t.Errorf("%d cancelled, %d calls; want one each", cancelled, calls)
	}
}
