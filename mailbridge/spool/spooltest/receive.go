package spooltest

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

func incoming(mailboxes ...string) mailbridge.Received {
	return mailbridge.Received{Call: "c1", Number: "+15550199", Caller: "+15550100", Trunk: "main", Mailboxes: mailboxes}
}

// receive opens a receipt and commits n pages.
func (o *office) receive(r mailbridge.Received, n int) *spool.Receipt {
	o.t.Helper()
	receipt, err := o.spool.Receive(o.ctx(), r)
	if err != nil {
		o.t.Fatalf("Receive: %v", err)
	}
	for _, p := range somePages(n) {
		if err := receipt.Commit(o.ctx(), p); err != nil {
			o.t.Fatalf("Commit: %v", err)
		}
	}
	return receipt
}

func (o *office) finish(r *spool.Receipt) {
	o.t.Helper()
	f := mailbridge.Received{RemoteID: "+1 555 0100", BadRows: 1, Complete: true,
		Outcome: mailbridge.Outcome{Delivered: true, Status: mailbridge.S2_0_0Delivered, Sentence: "The fax came in whole.", Ladder: "-> DIS\n<- DCS\n"}}
	if err := r.Finish(o.ctx(), f); err != nil {
		o.t.Fatalf("Finish: %v", err)
	}
}

func (o *office) wantReceived(why, id string, state spool.State) *spool.ReceivedRecord {
	o.t.Helper()
	var r *spool.ReceivedRecord
	o.eventually(why, func() bool {
		var err error
		if r, err = o.spool.Received(o.ctx(), id); err != nil {
			o.t.Fatalf("Received: %v", err)
		}
		return r.State == state
	})
	return r
}

func receivedToEach(o *office) {
	o.start()
	receipt := o.receive(incoming("b@example.com", "a@example.com", "b@example.com"), 3)
	if r, err := o.spool.Received(o.ctx(), receipt.ID()); err != nil || r.State != spool.Receiving {
		o.t.Errorf("while it comes in: %+v, %v", r, err)
	}
	o.wantQuiet("nothing is mailed before the end")
	o.finish(receipt)
	o.finish(receipt) // changes nothing
	var boxes []string
	for range 2 {
		m := o.wantMail("one for each mailbox")
		boxes = append(boxes, m.mailbox)
		if !reflect.DeepEqual(m.pages, somePages(3)) {
			o.t.Errorf("%s got other pages", m.mailbox)
		}
		r := m.received
		if r.ID != receipt.ID() || r.Pages != 3 || !r.Complete || r.Caller != "+15550100" || r.RemoteID != "+1 555 0100" ||
			r.Call != "c1" || r.Outcome.Ladder == "" || r.Ended.Before(r.Started) {
			o.t.Errorf("received %+v", r)
		}
	}
	slices.Sort(boxes)
	if !slices.Equal(boxes, []string{"a@example.com", "b@example.com"}) {
		o.t.Errorf("mailboxes %q", boxes)
	}
	r := o.wantReceived("it is delivered", receipt.ID(), spool.Delivered)
	if len(r.Deliveries) != 2 || r.Deliveries[0].State != spool.Delivered || r.Deliveries[0].Tries != 1 {
		o.t.Errorf("deliveries %+v", r.Deliveries)
	}
	if err := receipt.Commit(o.ctx(), somePages(1)[0]); err == nil {
		o.t.Error("a page was committed after the end")
	}
	o.wantQuiet("once each")
}

func unfinishedReceipt(o *office) {
	o.opened()
	receipt := o.receive(incoming("a@example.com"), 2)
	o.close()
	o.start()
	m := o.wantMail("what was confirmed is delivered")
	if m.received.ID != receipt.ID() || m.received.Complete || !reflect.DeepEqual(m.pages, somePages(2)) {
		o.t.Errorf("received %+v with %d pages", m.received, len(m.pages))
	}
	if m.received.Outcome.Cause != spool.CauseInterrupted || m.received.Ended.IsZero() {
		o.t.Errorf("outcome %+v", m.received.Outcome)
	}
	o.wantReceived("it is delivered", receipt.ID(), spool.Delivered)
	o.close()
	o.start()
	o.wantQuiet("once")
}

func emptyReceipt(o *office) {
	o.start()
	receipt := o.receive(incoming("a@example.com"), 0)
	o.finish(receipt)
	if r := o.wantReceived("it is history", receipt.ID(), spool.NoPages); len(r.Deliveries) != 0 {
		o.t.Errorf("deliveries %+v", r.Deliveries)
	}
	second := o.receive(incoming("a@example.com"), 0)
	o.close()
	o.start()
	o.wantReceived("the one that was cut off is too", second.ID(), spool.NoPages)
	o.wantQuiet("nothing is mailed")
}

func noMailbox(o *office) {
	o.start()
	receipt := o.receive(incoming(), 1)
	o.finish(receipt)
	o.wantReceived("it failed", receipt.ID(), spool.Failed)
	d, err := o.spool.Document(o.ctx(), receipt.ID())
	if err != nil || len(d.Pages) != 1 {
		o.t.Errorf("Document: %v, %v", d, err)
	}
}

func deliveredLater(o *office) {
	failures := 3
	o.deliver = func(_ *mailbridge.Received, mailbox string) error {
		if mailbox == "slow@example.com" && failures > 0 {
			failures--
			return errLater
		}
		return nil
	}
	o.start()
	receipt := o.receive(incoming("quick@example.com", "slow@example.com"), 1)
	o.finish(receipt)
	o.wantMail("one")
	o.wantMail("the other")
	r := o.wantReceived("both are delivered", receipt.ID(), spool.Delivered)
	if r.Deliveries[0].Tries != 1 || r.Deliveries[1].Tries != 4 {
		o.t.Errorf("deliveries %+v", r.Deliveries)
	}
}

func deliveryRefused(o *office) {
	o.deliver = func(_ *mailbridge.Received, mailbox string) error {
		if mailbox == "gone@example.com" {
			return &mailbridge.PermanentError{Status: "5.1.1", Err: errors.New("550 5.1.1 no such user")}
		}
		return nil
	}
	o.start()
	receipt := o.receive(incoming("gone@example.com", "here@example.com"), 1)
	o.finish(receipt)
	o.wantMail("the other is delivered")
	r := o.wantReceived("one failed", receipt.ID(), spool.Failed)
	if d := r.Deliveries[0]; d.State != spool.Failed || d.Tries != 1 || !strings.Contains(d.Error, "no such user") {
		o.t.Errorf("delivery %+v", d)
	}
}

func deliveryTooOld(o *office) {
	o.opts.MailRetry = spool.MailRetry{Delays: []time.Duration{time.Hour}, MaxAge: time.Minute}
	o.deliver = func(*mailbridge.Received, string) error { return errLater }
	o.start()
	receipt := o.receive(incoming("a@example.com"), 1)
	o.finish(receipt)
	if r := o.wantReceived("it is given up", receipt.ID(), spool.Failed); r.Deliveries[0].Tries != 1 {
		o.t.Errorf("deliveries %+v", r.Deliveries)
	}
}

func noRelay(o *office) {
	o.opened()
	w := o.work()
	w.Deliver, w.Notify = nil, nil
	if err := o.spool.Start(o.ctx(), w); err != nil {
		o.t.Fatal(err)
	}
	id := o.accept("1")
	o.wantState("calls are made without a relay", id, 0, spool.Delivered)
	receipt := o.receive(incoming("a@example.com"), 1)
	o.finish(receipt)
	o.close()
	o.start()
	o.wantMail("the fax was kept until there is a relay")
	o.wantReport("and so was the report")
}
