package spooltest

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

func delivered(o *office) {
	o.start()
	id := o.accept("+15550100")
	r := o.wantReport("success is reported by default")
	if !r.Outcome.Delivered || r.Outcome.Status != mailbridge.S2_0_0Delivered || r.Outcome.Pages != 2 {
		o.t.Errorf("outcome %+v", r.Outcome)
	}
	want := letter("+15550100")
	if r.Submission.ID != id || r.Submission.EnvelopeID != want.EnvelopeID ||
		r.Submission.ReturnPath != want.ReturnPath || !bytes.Equal(r.Submission.Message, want.Message) {
		o.t.Errorf("the report is of another submission: %+v", r.Submission)
	}
	if len(r.Attempts) != 1 || r.Attempts[0].Outcome.Ladder == "" || r.Attempts[0].Ended.Before(r.Attempts[0].Started) {
		o.t.Errorf("attempts %+v", r.Attempts)
	}
	j := o.wantState("it is delivered", id, 0, spool.Delivered)
	if j.Pages != 2 || j.Confirmed != 2 || j.Attempts != 1 || j.Ended.IsZero() || j.Outcome.RemoteID != "+1 555 0100" {
		o.t.Errorf("job %+v", j)
	}
	if len(j.Events) < 4 {
		o.t.Errorf("its story is short: %v", j.Events)
	}
	o.wantQuiet("one report")
}

func ownOutcomes(o *office) {
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		if j.Recipient.Destination.Number == "2" {
			return noSuchNumber()
		}
		return answering(ctx, j, p, confirmed)
	}
	o.start()
	id := o.accept("1", "2", "3")
	outcomes := map[string]mailbridge.Outcome{}
	for range 3 {
		r := o.wantReport("each recipient is reported")
		outcomes[r.Job.Recipient.Destination.Number] = r.Outcome
	}
	if !outcomes["1"].Delivered || outcomes["2"].Status != mailbridge.S5_1_1NoSuchNumber || !outcomes["3"].Delivered {
		o.t.Errorf("outcomes %+v", outcomes)
	}
	for i, want := range []spool.State{spool.Delivered, spool.Failed, spool.Delivered} {
		if j := o.job(id, i); j.State != want {
			o.t.Errorf("job %d is %s, want %s", i, j.State, want)
		}
	}
	if renders, calls := o.counted(); renders != 1 || calls != 3 {
		o.t.Errorf("%d renders and %d calls, want 1 and 3", renders, calls)
	}
}

func calledAgain(o *office) {
	var mu sync.Mutex
	var seen []mailbridge.Job
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		mu.Lock()
		seen = append(seen, *j)
		mu.Unlock()
		if !reflect.DeepEqual(p, somePages(2)) {
			o.t.Errorf("attempt %d sends other pages", j.Attempts)
		}
		switch j.Attempts {
		case 1:
			return busy()
		case 2:
			if err := confirmed(0); err != nil {
				o.t.Error(err)
			}
			return broken(1)
		}
		return answering(ctx, j, p, confirmed)
	}
	o.start()
	id := o.accept("1")
	r := o.wantReport("it ends in success")
	var causes []string
	for _, a := range r.Attempts {
		causes = append(causes, a.Outcome.Cause)
	}
	if !reflect.DeepEqual(causes, []string{"busy", "broken", ""}) {
		o.t.Errorf("causes %q", causes)
	}
	if renders, calls := o.counted(); renders != 1 || calls != 3 {
		o.t.Errorf("%d renders and %d calls, want 1 and 3", renders, calls)
	}
	for i, j := range seen {
		if j.Attempts != i+1 || j.Confirmed != 0 || j.Pages != 2 || j.SubmissionID != id {
			o.t.Errorf("call %d was given %+v", i+1, j)
		}
	}
	o.wantQuiet("one report")
}

func usedUp(o *office) {
	o.opts.Retry.MaxAttempts = 3
	o.call = func(context.Context, *mailbridge.Job, []*t4.Page, func(int) error) mailbridge.Outcome { return busy() }
	o.start()
	id := o.accept("1")
	r := o.wantReport("failure is reported")
	if r.Outcome.Delivered || r.Outcome.Status != mailbridge.S4_4_7Expired || r.Outcome.Cause != "busy" ||
		!strings.Contains(r.Outcome.Sentence, "3 calls") {
		o.t.Errorf("outcome %+v", r.Outcome)
	}
	if j := o.job(id, 0); j.State != spool.Failed || j.Attempts != 3 || len(j.History) != 3 {
		o.t.Errorf("job %+v", j)
	}
	o.wantQuiet("one report")
}

func tooOld(o *office) {
	o.opts.Retry.MaxAge = time.Nanosecond
	o.call = func(context.Context, *mailbridge.Job, []*t4.Page, func(int) error) mailbridge.Outcome { return busy() }
	o.start()
	o.accept("1")
	r := o.wantReport("failure is reported")
	if r.Outcome.Status != mailbridge.S4_4_7Expired || len(r.Attempts) != 1 {
		o.t.Errorf("outcome %+v after %d calls", r.Outcome, len(r.Attempts))
	}
}

func confirmedIsDelivered(o *office) {
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		answering(ctx, j, p, confirmed)
		return broken(len(p)) // the call breaks before DCN
	}
	o.start()
	o.accept("1")
	r := o.wantReport("success is reported")
	if !r.Outcome.Delivered || r.Outcome.Status != mailbridge.S2_0_0Delivered || len(r.Attempts) != 1 {
		o.t.Errorf("outcome %+v after %d calls", r.Outcome, len(r.Attempts))
	}
}

func unrenderable(o *office) {
	o.render = func(*mailbridge.Submission) ([]*t4.Page, error) {
		return nil, &mailbridge.PermanentError{Status: mailbridge.S5_6_3Conversion, Err: errors.New("scan.tif is cut short")}
	}
	o.start()
	o.accept("1", "2")
	for range 2 {
		r := o.wantReport("each recipient is reported")
		if r.Outcome.Status != mailbridge.S5_6_3Conversion || r.Outcome.Sentence != "scan.tif is cut short" || len(r.Attempts) != 0 {
			o.t.Errorf("report %+v", r)
		}
	}
	if renders, calls := o.counted(); renders != 1 || calls != 0 {
		o.t.Errorf("%d renders and %d calls, want 1 and 0", renders, calls)
	}
}

func nothingToFax(o *office) {
	o.render = func(*mailbridge.Submission) ([]*t4.Page, error) { return nil, nil }
	o.start()
	o.accept("1")
	if r := o.wantReport("failure is reported"); r.Outcome.Status != mailbridge.S5_6_1Unusable {
		o.t.Errorf("outcome %+v", r.Outcome)
	}
}

func renderedLater(o *office) {
	failures := 2
	o.render = func(*mailbridge.Submission) ([]*t4.Page, error) {
		if failures > 0 {
			failures--
			return nil, errors.New("the renderer ran out of memory")
		}
		return somePages(1), nil
	}
	o.start()
	o.accept("1")
	if r := o.wantReport("it is sent in the end"); !r.Outcome.Delivered || r.Job.Pages != 1 {
		o.t.Errorf("report %+v", r)
	}
	if renders, _ := o.counted(); renders != 3 {
		o.t.Errorf("%d renders, want 3", renders)
	}
}

func nullReturnPath(o *office) {
	o.call = func(context.Context, *mailbridge.Job, []*t4.Page, func(int) error) mailbridge.Outcome {
		return noSuchNumber()
	}
	o.start()
	sub := letter("1")
	sub.ReturnPath = ""
	o.wantState("it failed", o.acceptMail(sub), 0, spool.Failed)
	if c, err := o.spool.Counts(o.ctx()); err != nil || len(c.Reports) != 0 {
		o.t.Errorf("reports %v, %v; want none", c.Reports, err)
	}
}

func notifyHonoured(o *office) {
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		if strings.HasPrefix(j.Recipient.Destination.Number, "9") {
			return noSuchNumber()
		}
		return answering(ctx, j, p, confirmed)
	}
	o.start()
	sub := letter("1", "91", "2", "92", "3", "93")
	for i, n := range []mailbridge.Notify{mailbridge.NotifySuccess, mailbridge.NotifyFailure, mailbridge.NotifyNever} {
		sub.Recipients[2*i].Notify, sub.Recipients[2*i+1].Notify = n, n
	}
	id := o.acceptMail(sub)
	for i := range sub.Recipients {
		o.eventually("it ends", func() bool { return !o.job(id, i).Ended.IsZero() })
	}
	reported := map[string]bool{}
	for range 2 {
		reported[o.wantReport("success of 1, failure of 92").Job.Recipient.Destination.Number] = true
	}
	if !reported["1"] || !reported["92"] {
		o.t.Errorf("reported %v", reported)
	}
	if c, err := o.spool.Counts(o.ctx()); err != nil || c.Reports[spool.Queued]+c.Reports[spool.Delivered] != 2 {
		o.t.Errorf("reports %v, %v; want 2", c.Reports, err)
	}
}

func reportedLater(o *office) {
	failures := 2
	o.notify = func(*mailbridge.Report) error {
		if failures > 0 {
			failures--
			return errLater
		}
		return nil
	}
	o.start()
	id := o.accept("1")
	o.wantReport("it is sent in the end")
	o.eventually("the report is done", func() bool {
		c, err := o.spool.Counts(o.ctx())
		return err == nil && c.Reports[spool.Delivered] == 1
	})
	if !strings.Contains(story(o.job(id, 0).Events), "try again later") {
		o.t.Error("the story does not tell what the relay said")
	}
}

func reportRefused(o *office) {
	o.notify = func(*mailbridge.Report) error {
		return &mailbridge.PermanentError{Status: "5.1.1", Err: errors.New("550 5.1.1 no such user")}
	}
	o.start()
	o.accept("1")
	o.eventually("the report is given up", func() bool {
		c, err := o.spool.Counts(o.ctx())
		return err == nil && c.Reports[spool.Failed] == 1
	})
	o.wantQuiet("a report that failed is not reported")
}

func acceptedBeforeStart(o *office) {
	o.opened()
	id := o.accept("1")
	if j := o.job(id, 0); j.State != spool.Accepted {
		o.t.Errorf("it is %s before start", j.State)
	}
	o.start()
	o.wantReport("it is called")
}

func survivesRestart(o *office) {
	o.opened()
	id := o.accept("1", "2")
	o.close()
	o.start()
	o.wantReport("the first")
	o.wantReport("the second")
	o.close()
	o.start()
	if j := o.wantState("history survives too", id, 1, spool.Delivered); j.Attempts != 1 {
		o.t.Errorf("%d calls, want 1", j.Attempts)
	}
	if _, calls := o.counted(); calls != 2 {
		o.t.Errorf("%d calls, want 2", calls)
	}
}

func stoppedInCall(o *office) {
	o.opts.Retry.MaxAttempts = 1
	begun := make(chan bool, 1)
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		if j.Attempts > 1 {
			return answering(ctx, j, p, confirmed)
		}
		if err := confirmed(0); err != nil {
			o.t.Error(err)
		}
		begun <- true
		<-ctx.Done()
		return broken(1)
	}
	o.start()
	id := o.accept("1")
	<-begun
	now, cancel := context.WithCancel(o.ctx())
	cancel()
	if err := o.spool.Stop(now); err != nil {
		o.t.Errorf("Stop: %v", err)
	}
	if err := o.spool.Stop(now); err != nil {
		o.t.Errorf("the second Stop: %v", err)
	}
	if j := o.job(id, 0); j.State != spool.Queued || j.Outcome.Cause != spool.CauseInterrupted || j.Confirmed != 1 {
		o.t.Errorf("after Stop: %s %+v, %d confirmed", j.State, j.Outcome, j.Confirmed)
	}
	o.start()
	if r := o.wantReport("it is called again"); !r.Outcome.Delivered || len(r.Attempts) != 2 {
		o.t.Errorf("outcome %+v after %d calls", r.Outcome, len(r.Attempts))
	}
}

func stoppedGently(o *office) {
	begun, end := make(chan bool, 1), make(chan bool)
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		begun <- true
		<-end
		return answering(ctx, j, p, confirmed)
	}
	o.start()
	id := o.accept("1")
	<-begun
	stopped := make(chan error)
	go func() { stopped <- o.spool.Stop(o.ctx()) }()
	select {
	case err := <-stopped:
		o.t.Errorf("Stop returned %v in the middle of a call", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(end)
	if err := <-stopped; err != nil {
		o.t.Errorf("Stop: %v", err)
	}
	if j := o.job(id, 0); j.State != spool.Delivered {
		o.t.Errorf("the call ended, but the job is %s", j.State)
	}
}

func panics(o *office) {
	first := true
	o.render = func(*mailbridge.Submission) ([]*t4.Page, error) {
		if first {
			first = false
			panic("render")
		}
		return somePages(1), nil
	}
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		if j.Attempts == 1 {
			panic("call")
		}
		return answering(ctx, j, p, confirmed)
	}
	tries := 0
	o.notify = func(*mailbridge.Report) error {
		if tries++; tries == 1 {
			panic("notify")
		}
		return nil
	}
	o.start()
	o.accept("1")
	if r := o.wantReport("it is delivered in the end"); !r.Outcome.Delivered || len(r.Attempts) != 2 {
		o.t.Errorf("outcome %+v after %d calls", r.Outcome, len(r.Attempts))
	}
}

func maxCalls(o *office) {
	o.opts.MaxCalls = 2
	var mu sync.Mutex
	now, most := 0, 0
	both := make(chan bool)
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		mu.Lock()
		now++
		if most = max(most, now); now == 2 {
			select {
			case <-both:
			default:
				close(both)
			}
		}
		mu.Unlock()
		<-both
		out := answering(ctx, j, p, confirmed)
		mu.Lock()
		now--
		mu.Unlock()
		return out
	}
	o.start()
	o.accept("1", "2", "3", "4", "5", "6")
	for range 6 {
		o.wantReport("each is called")
	}
	if most != 2 {
		o.t.Errorf("%d calls at a time, want 2", most)
	}
}

// story is the events in words.
func story(events []spool.Event) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString(e.What + "\n")
	}
	return b.String()
}
