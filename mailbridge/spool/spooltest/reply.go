package spooltest

import (
	"errors"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

// repliesToMail: what comes back about a mail after the relay has taken it.
func repliesToMail(o *office) {
	o.opts.Postmaster = "postmaster@example.com"
	o.start()
	in := incoming("here@example.com", "one@example.com, gone@example.com")
	receipt := o.receive(in, 2)
	o.finish(receipt)
	keys := map[string]string{}
	for range 2 {
		m := o.wantMail("both mails")
		keys[m.mailbox] = m.received.ReplyKey
	}
	here, two := keys["here@example.com"], keys["one@example.com, gone@example.com"]
	if len(here) < 20 || len(two) < 20 || here == two {
		o.t.Fatalf("keys %q", keys)
	}
	o.wantReceived("the relay has them", receipt.ID(), spool.Delivered)
	for _, key := range []string{"", "x", here + "a"} {
		if err := o.spool.KnowsReplyKey(o.ctx(), key); !errors.Is(err, spool.ErrNotFound) {
			o.t.Errorf("key %q: %v", key, err)
		}
	}
	if err := o.spool.Reply(o.ctx(), "x", []mailbridge.Reply{{Kind: mailbridge.ReplyDelivered}}); !errors.Is(err, spool.ErrNotFound) {
		o.t.Errorf("a reply to nothing: %v", err)
	}
	reply := func(key string, r ...mailbridge.Reply) {
		if err := o.spool.Reply(o.ctx(), key, r); err != nil {
			o.t.Fatal(err)
		}
	}
	for range 2 { // what comes twice counts once
		reply(here, mailbridge.Reply{Recipient: "ann@elsewhere.example", Kind: mailbridge.ReplyDelivered, Status: "2.0.0"})
		reply(here, mailbridge.Reply{Recipient: "HERE@example.com", Kind: mailbridge.ReplyDisplayed, Said: "read", Features: "(image-coding=MMR)"})
		reply(two, mailbridge.Reply{Recipient: "one@example.com", Kind: mailbridge.ReplyRelayed},
			mailbridge.Reply{Recipient: "gone@example.com", Kind: mailbridge.ReplyFailed, Status: "5.1.1", Said: "no such user"})
		reply(two, mailbridge.Reply{Recipient: "gone@example.com", Kind: mailbridge.ReplyUnclear, Said: "again, in other words"})
	}
	m := o.wantMail("the postmaster has it")
	if why := m.received.Returned; m.mailbox != "postmaster@example.com" || len(m.pages) != 2 || m.received.ReplyKey != "" ||
		why == nil || why.Mailbox != "gone@example.com" || why.Why != "no such user" {
		o.t.Errorf("mail to %s, %+v, key %q", m.mailbox, why, m.received.ReplyKey)
	}
	o.wantQuiet("once is enough")
	r := o.wantReceived("one mailbox was not reached", receipt.ID(), spool.Failed)
	again := o.receive(incoming("Here@example.com"), 1)
	o.finish(again)
	if m := o.wantMail("what it takes is remembered"); m.received.Takes != "(image-coding=MMR)" {
		o.t.Errorf("it takes %q", m.received.Takes)
	}
	if len(r.Deliveries) != 3 || r.Deliveries[0].State != spool.Delivered || r.Deliveries[1].State != spool.Failed || r.Deliveries[2].State != spool.Delivered {
		o.t.Fatalf("deliveries %+v", r.Deliveries)
	}
	got := r.Deliveries[0].Replies
	if len(got) != 2 || got[0].Kind != mailbridge.ReplyDelivered || got[1].Kind != mailbridge.ReplyDisplayed || got[1].Recipient != "here@example.com" || got[0].Time.IsZero() {
		o.t.Errorf("replies of the first: %+v", got)
	}
	if got = r.Deliveries[1].Replies; len(got) != 3 {
		o.t.Errorf("replies of the second: %+v", got)
	}
}

// replyAfterAll: the pages of a fax are not kept any more when its mail comes back.
func replyAfterAll(o *office) {
	o.opts.Postmaster = "postmaster@example.com"
	o.opts.KeepOctets = 1
	o.start()
	receipt := o.receive(incoming("gone@example.com"), 2)
	o.finish(receipt)
	key := o.wantMail("the mail").received.ReplyKey
	o.wantReceived("it is done", receipt.ID(), spool.Delivered)
	o.close()
	o.start() // which purges
	o.eventually("the pages go", func() bool { return o.pagesOf(receipt.ID()) == 0 })
	if err := o.spool.Reply(o.ctx(), key, []mailbridge.Reply{{Kind: mailbridge.ReplyUnclear, Said: "?"}}); err != nil {
		o.t.Fatal(err)
	}
	o.wantReceived("it failed", receipt.ID(), spool.Failed)
	o.wantQuiet("there is nothing to return")
}
