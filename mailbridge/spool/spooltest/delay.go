package spooltest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// busyUntilFree is busy until free is closed, and then takes every page.
func busyUntilFree(o *office) (free chan struct{}) {
	free = make(chan struct{})
	o.opts.Retry.Delays = map[string][]time.Duration{"": {10 * time.Millisecond}}
	o.opts.Retry.MaxAttempts = 10_000
	o.call = func(ctx context.Context, j *mailbridge.Job, p []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
		select {
		case <-free:
			return answering(ctx, j, p, confirmed)
		default:
			return mailbridge.Outcome{Status: mailbridge.S4_4_1NoAnswer, Cause: "busy", Retry: true, Sentence: "busy"}
		}
	}
	return free
}

func reportedDelay(o *office) {
	o.opts.DelayAfter = time.Millisecond
	free := busyUntilFree(o)
	o.start()
	id := o.accept("1")
	r := o.wantReport("that it is late")
	if until := r.Job.Created.Add(24 * time.Hour); !r.Delayed || r.Outcome.Delivered || !r.Until.Equal(until) || len(r.Attempts) == 0 {
		o.t.Errorf("reported %+v, want a delay until %v", r, until)
	}
	close(free)
	if r := o.wantReport("that it has arrived, and no second delay"); r.Delayed || !r.Outcome.Delivered {
		o.t.Errorf("reported %+v", r)
	}
	o.wantState("it is delivered", id, 0, spool.Delivered)
	if s := story(o.job(id, 0).Events); strings.Count(s, "report of the delay") != 1 {
		o.t.Errorf("the story is\n%s", s)
	}
}

func silentDelay(o *office) {
	o.opts.DelayAfter = time.Millisecond
	free := busyUntilFree(o)
	o.start()
	sub := letter("1", "2")
	sub.Recipients[0].Notify = mailbridge.NotifySuccess | mailbridge.NotifyFailure
	sub.Recipients[1].Notify = mailbridge.NotifyNever
	id := o.acceptMail(sub)
	o.eventually("both were called again", func() bool { return o.job(id, 0).Attempts > 2 && o.job(id, 1).Attempts > 2 })
	close(free)
	if r := o.wantReport("only the success that was asked for"); r.Delayed || !r.Outcome.Delivered {
		o.t.Errorf("reported %+v", r)
	}
	o.wantState("the other too", id, 1, spool.Delivered)
	o.wantQuiet("NOTIFY=NEVER")
}

func returnedFax(o *office) {
	o.opts.Postmaster = "postmaster@example.com"
	o.deliver = func(_ *mailbridge.Received, mailbox string) error {
		if mailbox == "gone@example.com" {
			return &mailbridge.PermanentError{Status: "5.1.1", Err: errors.New("550 5.1.1 no such user")}
		}
		return nil
	}
	o.start()
	receipt := o.receive(incoming("gone@example.com"), 2)
	o.finish(receipt)
	m := o.wantMail("the postmaster has it")
	if why := m.received.Returned; m.mailbox != "postmaster@example.com" || len(m.pages) != 2 || why == nil ||
		why.Mailbox != "gone@example.com" || !strings.Contains(why.Why, "no such user") {
		o.t.Errorf("mail %+v, %+v", m, why)
	}
	r := o.wantReceived("it failed all the same", receipt.ID(), spool.Failed)
	if len(r.Deliveries) != 2 || r.Deliveries[1].State != spool.Delivered {
		o.t.Errorf("deliveries %+v", r.Deliveries)
	}
}
