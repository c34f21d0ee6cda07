package spooltest

import (
	"context"
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

func history(o *office) {
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		if j.Recipient.Destination.Number == "2" {
			return noSuchNumber()
		}
		return answering(ctx, j, p, confirmed)
	}
	o.start()
	first, second := letter("1"), letter("2")
	first.Received = time.Now().Add(-2 * time.Hour)
	second.Received = time.Now().Add(-time.Hour)
	one, two := o.acceptMail(first), o.acceptMail(second)
	o.wantState("delivered", one, 0, spool.Delivered)
	o.wantState("failed", two, 0, spool.Failed)
	receipt := o.receive(incoming("a@example.com"), 1)
	o.finish(receipt)
	o.wantReceived("mailed", receipt.ID(), spool.Delivered)

	a, b, c := o.job(one, 0).ID, o.job(two, 0).ID, receipt.ID()
	for _, q := range []struct {
		filter spool.Filter
		want   []string
	}{
		{spool.Filter{}, []string{c, b, a}},
		{spool.Filter{Limit: 2}, []string{c, b}},
		{spool.Filter{Direction: spool.Out}, []string{b, a}},
		{spool.Filter{Direction: spool.In}, []string{c}},
		{spool.Filter{State: spool.Delivered}, []string{c, a}},
		{spool.Filter{Number: "2"}, []string{b}},
		{spool.Filter{Since: second.Received}, []string{c, b}},
		{spool.Filter{Before: second.Received}, []string{a}},
		{spool.Filter{Direction: spool.Out, State: spool.Failed, Number: "1"}, nil},
	} {
		list, err := o.spool.History(o.ctx(), q.filter)
		var got []string
		for _, f := range list {
			got = append(got, f.ID)
			if f.Sentence == "" || f.Pages == 0 || f.Time.IsZero() {
				o.t.Errorf("%+v: a line says too little: %+v", q.filter, f)
			}
		}
		if err != nil || !equal(got, q.want) {
			o.t.Errorf("History(%+v) = %v, %v; want %v", q.filter, got, err, q.want)
		}
	}
	counts, err := o.spool.Counts(o.ctx())
	if err != nil || counts.Jobs[spool.Delivered] != 1 || counts.Jobs[spool.Failed] != 1 ||
		counts.Received[spool.Delivered] != 1 || counts.Deliveries[spool.Delivered] != 1 {
		o.t.Errorf("Counts: %+v, %v", counts, err)
	}
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func notFound(o *office) {
	o.opened()
	if _, err := o.spool.Job(o.ctx(), "J22222"); !errors.Is(err, spool.ErrNotFound) {
		o.t.Errorf("Job: %v", err)
	}
	if _, err := o.spool.Received(o.ctx(), "R22222"); !errors.Is(err, spool.ErrNotFound) {
		o.t.Errorf("Received: %v", err)
	}
}

func purged(o *office) {
	o.start()
	old := o.accept("1")
	o.wantReport("it is delivered")
	receipt := o.receive(incoming("a@example.com"), 1)
	o.finish(receipt)
	o.wantReceived("mailed", receipt.ID(), spool.Delivered)
	o.eventually("the report is done", func() bool {
		c, err := o.spool.Counts(o.ctx())
		return err == nil && c.Reports[spool.Delivered] == 1
	})
	o.close()

	// A number that is still called keeps its pages, however short Keep is.
	hold := make(chan bool)
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		<-hold
		return answering(ctx, j, p, confirmed)
	}
	o.opts.Keep = time.Nanosecond
	o.opened()
	busy := o.accept("2")
	o.start()
	for _, id := range []string{old, receipt.ID()} {
		o.eventually("its pages are purged", func() bool {
			d, err := o.spool.Document(o.ctx(), id)
			return err == nil && len(d.Pages) == 0
		})
	}
	if j := o.job(old, 0); j.State != spool.Delivered || len(j.History) != 1 {
		o.t.Errorf("the history is gone: %+v", j)
	}
	close(hold)
	if r := o.wantReport("the other is delivered"); r.Submission.ID != busy || len(r.Submission.Message) == 0 || r.Outcome.Pages != 2 {
		o.t.Errorf("report %+v", r)
	}
}

func badUse(o *office) {
	o.opened()
	if _, err := o.spool.Accept(o.ctx(), mailbridge.Submission{}); err == nil {
		o.t.Error("a submission without recipients was accepted")
	}
	o.start()
	if err := o.spool.Start(o.ctx(), o.work()); err == nil {
		o.t.Error("started twice")
	}
	s := o.spool
	o.close()
	if err := s.Close(); err != nil {
		o.t.Errorf("the second Close: %v", err)
	}
	if _, err := s.Accept(o.ctx(), letter("1")); err == nil {
		o.t.Error("a closed spool accepted mail")
	}
	if err := s.Start(o.ctx(), o.work()); err == nil {
		o.t.Error("a closed spool was started")
	}
}
