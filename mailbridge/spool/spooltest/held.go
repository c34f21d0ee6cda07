package spooltest

import (
	"context"
	"errors"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

// broken is a fax that broke off and whose number holds such.
func (o *office) broken() *spool.ReceivedRecord {
	o.t.Helper()
	in := incoming("a@example.com", "b@example.com")
	in.HoldPartial = true
	receipt := o.receive(in, 3)
	f := mailbridge.Received{HoldPartial: true, Cut: true, Outcome: mailbridge.Outcome{Status: mailbridge.S4_4_2BadConnect, Sentence: "It broke."}}
	if err := receipt.Finish(o.ctx(), f); err != nil {
		o.t.Fatal(err)
	}
	r := o.wantReceived("it waits", receipt.ID(), spool.Queued)
	if !r.Held || r.Pages != 3 || !r.Cut || len(r.Deliveries) != 0 {
		o.t.Fatalf("held: %+v", r)
	}
	return r
}

func heldPartial(o *office) {
	o.start()
	r := o.broken()
	other := incoming("c@example.com")
	other.HoldPartial = true
	whole := o.receive(other, 1)
	o.finish(whole)
	if m := o.wantMail("what is whole is not held"); m.mailbox != "c@example.com" {
		o.t.Fatalf("mail to %s", m.mailbox)
	}
	o.wantReceived("it is done", whole.ID(), spool.Delivered)
	if got := o.openIDs(); !equal(got, []string{r.ID}) {
		o.t.Errorf("not done: %v, want %s", got, r.ID)
	}
	o.close()
	o.start() // a restart changes nothing
	o.wantQuiet("it is held")
	for range 2 {
		if err := o.spool.Release(o.ctx(), r.ID); err != nil && !errors.Is(err, spool.ErrEnded) {
			o.t.Fatal(err)
		}
	}
	for range 2 {
		if m := o.wantMail("it is released"); m.received.ID != r.ID || m.received.Complete || !m.received.Cut || len(m.pages) != 3 {
			o.t.Errorf("%+v", m.received)
		}
	}
	o.wantReceived("it is done", r.ID, spool.Delivered)
	if err := o.spool.Release(o.ctx(), r.ID); !errors.Is(err, spool.ErrEnded) {
		o.t.Errorf("Release of what is done: %v", err)
	}
	if err := o.spool.Release(o.ctx(), "R22222"); !errors.Is(err, spool.ErrNotFound) {
		o.t.Errorf("Release of nothing: %v", err)
	}
}

func discardedPartial(o *office) {
	o.start()
	r := o.broken()
	if err := o.spool.Cancel(o.ctx(), r.ID, "anna"); err != nil {
		o.t.Fatal(err)
	}
	if r = o.wantReceived("it is given up", r.ID, spool.Failed); r.Held || !strings.Contains(r.Events[len(r.Events)-1].What, "discarded by anna") {
		o.t.Errorf("%+v", r)
	}
	if err := o.spool.Release(o.ctx(), r.ID); !errors.Is(err, spool.ErrEnded) {
		o.t.Errorf("Release of what is discarded: %v", err)
	}
	o.wantQuiet("nobody gets it")
}

// ordered gives orders from beside the process that works.
func ordered(o *office) {
	o.busyAtFirst()
	o.start()
	r := o.broken()
	c, err := spool.Command(o.ctx(), o.opts)
	if err != nil {
		o.t.Fatal(err)
	}
	defer c.Close()
	if err := c.Send(o.ctx(), spool.OrderRelease, "R22222", "anna"); err == nil || !strings.Contains(err.Error(), "no such fax") {
		o.t.Errorf("an order about nothing: %v", err)
	}
	if err := c.Send(o.ctx(), spool.OrderRelease, r.ID, "anna"); err != nil {
		o.t.Error(err)
	}
	o.wantMail("it is released")
	o.wantMail("it is released")
	j := o.waits(o.accept("1"), 1)
	if err := c.Send(o.ctx(), spool.OrderCancel, j.ID, "anna"); err != nil {
		o.t.Error(err)
	}
	o.wantCancelled(j.SubmissionID)
	o.close()
	ctx, cancel := context.WithCancel(o.ctx())
	cancel()
	if err := c.Send(ctx, spool.OrderHold, j.ID, "anna"); !errors.Is(err, context.Canceled) {
		o.t.Errorf("an order to nobody: %v", err)
	}
}
