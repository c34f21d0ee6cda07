package b2bua_test

import (
	"os"
	"runtime"
	"testing"

	"github.com/pagebridge/pagebridge/sip/b2bua"
	"github.com/pagebridge/pagebridge/sip/dialog"
	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

func TestMain(m *testing.M) {
	ShortTimers()
	os.Exit(m.Run())
}

// to routes all calls to one peer.
type to struct {
	peer      *Side
	transport string
	transfers bool
	refusal   *b2bua.Refusal
}

func (r to) Route(invite *dialog.Request) (dialog.Call, *b2bua.Refusal) {
	c := dialog.Call{From: invite.From, FromName: invite.FromName, Transfers: r.transfers}
	if r.refusal == nil {
		c.To = r.peer.URI(invite.URI.User, r.transport)
	}
	return c, r.refusal
}

// nobody owns a leg until its bridge does.
type nobody struct{}

func (nobody) Requested(*dialog.Leg, *dialog.Request)   {}
func (nobody) Cancelled(*dialog.Leg, *dialog.Request)   {}
func (nobody) Acknowledged(*dialog.Leg, dialog.Content) {}
func (nobody) Ended(*dialog.Leg, dialog.End)            {}

// between is a B2BUA that carries the calls of a on to b.
func between(t *testing.T, r to) (m *Side, done chan struct{}) {
	done = make(chan struct{}, 1000)
	m = New(t, "b2bua", func(o *dialog.Options) {
		o.Incoming = func(l *dialog.Leg, invite *dialog.Request) dialog.Events {
			go b2bua.Bridge(l, invite, r, Logger(t), func() { done <- struct{}{} })
			return nobody{}
		}
	})
	return m, done
}

// both runs a conversation with the second leg over UDP and over TCP.
func both(t *testing.T, f func(t *testing.T, a, m, b *Side, done chan struct{})) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			a, b := New(t, "a"), New(t, "b")
			m, done := between(t, to{peer: b, transport: transport})
			f(t, a, m, b, done)
		})
	}
}

func TestCallThrough(t *testing.T) {
	both(t, func(t *testing.T, a, m, b *Side, done chan struct{}) {
		a.Dial(m.URI("100", "udp"), "offer", func(c *dialog.Call) {
			c.MaxForwards = 20
			c.Headers = []dialog.Header{{Name: "Diversion", Value: "<sip:9@x>"}, {Name: "Session-Expires", Value: "1800"}}
			c.FromName = "Ann"
		})
		call := b.Want("b is called", `call INVITE "offer"`)
		r := call.Request
		if r.MaxForwards != 19 || r.Header("Diversion") == "" || r.Header("Session-Expires") != "" || r.FromName != "Ann" || r.From.User != "a" {
			t.Errorf("the INVITE reads %+v", r)
		}
		if call.Leg.CallID() == a.Leg.CallID() {
			t.Error("both legs have the same Call-ID")
		}
		call.Respond(180, "")
		a.Want("it rings", `answer 180 ""`)
		call.Respond(183, "early")
		a.Want("early media", `answer 183 "early"`)
		call.Respond(200, "answer")
		a.Want("answered", `answer 200 "answer"`)
		b.Want("acknowledged", `ack ""`)

		b.Ask("INVITE", "t38")
		a.Want("b's re-INVITE", `request INVITE "t38"`).Respond(200, "t38 too")
		b.Want("its answer", `answer 200 "t38 too"`)
		a.Want("its ACK", `ack ""`)
		a.Ask("INVITE", "audio")
		b.Want("a's re-INVITE", `request INVITE "audio"`).Respond(488, "")
		a.Want("its refusal", `answer 488`)
		a.Ask("UPDATE", "update")
		b.Want("a's UPDATE", `request UPDATE "update"`).Respond(200, "updated")
		a.Want("its answer", `answer 200 "updated"`)
		a.Ask("INFO", "key")
		b.Want("a's INFO", `request INFO "key"`).Respond(200, "")
		a.Want("its answer", `answer 200`)

		b.Leg.HangUp(dialog.HangUp{Headers: []dialog.Header{{Name: "Reason", Value: "Q.850;cause=31"}}})
		b.Want("b leaves", "end")
		if e := a.Want("a hears it", `end "BYE"`).End; e.Q850 != 31 {
			t.Errorf("cause %d, want 31", e.Q850)
		}
		<-done
		m.Gone("over")
	})
}

func TestLateOfferThrough(t *testing.T) {
	both(t, func(t *testing.T, a, m, b *Side, done chan struct{}) {
		a.Dial(m.URI("100", "udp"), "")
		b.Want("an INVITE without an offer", `call INVITE ""`).Respond(200, "b's offer")
		a.Want("b's offer", `answer 200 "b's offer"`)
		b.Idle("the ACK waits for a's answer")
		a.Leg.Ack(dialog.SDP([]byte("a's answer")))
		b.Want("which comes in the ACK", `ack "a's answer"`)
		b.Ask("INVITE", "")
		a.Want("a re-INVITE without an offer", `request INVITE ""`).Respond(200, "a's offer")
		b.Want("a's offer", `answer 200 "a's offer"`)
		b.Leg.Ack(dialog.SDP([]byte("b's answer")))
		a.Want("b's answer", `ack "b's answer"`)
		a.Leg.HangUp(dialog.HangUp{})
		b.Want("over", `end "BYE"`)
		<-done
	})
}

func TestRefusalsThrough(t *testing.T) {
	both(t, func(t *testing.T, a, m, b *Side, done chan struct{}) {
		for _, c := range []struct{ theirs, told int }{{404, 404}, {486, 486}, {603, 603}, {302, 480}, {401, 403}, {407, 403}, {503, 503}} {
			a.Dial(m.URI("100", "udp"), "offer")
			b.Want("b is called", "call").Respond(c.theirs, "")
			b.Want("b refuses", "end")
			if got := a.Want("a is told", "answer").Answer.Status; got != c.told {
				t.Errorf("%d goes back as %d, want %d", c.theirs, got, c.told)
			}
			a.Want("a's leg is over", "end")
			<-done
		}
		m.Gone("all refused")
	})
}

func TestCancelThrough(t *testing.T) {
	both(t, func(t *testing.T, a, m, b *Side, done chan struct{}) {
		a.Dial(m.URI("100", "udp"), "offer")
		b.Want("b is called", "call").Respond(180, "")
		a.Want("it rings", "answer 180")
		a.Leg.HangUp(dialog.HangUp{Headers: []dialog.Header{{Name: "Reason", Value: `SIP;cause=200;text="Call completed elsewhere"`}}})
		if e := b.Want("b hears CANCEL", `end "CANCEL"`).End; len(e.Reasons) != 1 {
			t.Errorf("the reasons are %v", e.Reasons)
		}
		a.Want("a's final answer", "answer 487")
		<-done
		m.Gone("cancelled")
	})
}

func TestGlareThrough(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	m, _ := between(t, to{peer: b, transport: "udp"})
	a.Dial(m.URI("100", "udp"), "offer")
	b.Want("b is called", "call").Respond(200, "answer")
	a.Want("answered", "answer 200")
	b.Want("acknowledged", "ack")
	a.Ask("INVITE", "from a")
	open := b.Want("a's offer is at b", "request INVITE")
	b.Ask("INVITE", "from b")
	b.Want("b sees the glare itself", "answer 491")
	open.Respond(491, "")
	a.Want("and a is told", "answer 491")
	b.Ask("INVITE", "again")
	a.Want("a later one gets through", `request INVITE "again"`).Respond(200, "ok")
	b.Want("and is answered", "answer 200")
}

func TestReinviteCancelledThrough(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	m, _ := between(t, to{peer: b, transport: "udp"})
	a.Dial(m.URI("100", "udp"), "offer")
	b.Want("b is called", "call").Respond(200, "answer")
	a.Want("answered", "answer 200")
	b.Want("acknowledged", "ack")
	a.Ask("INVITE", "video")
	open := b.Want("b is asked", "request INVITE")
	open.Respond(180, "")
	a.Want("and thinks", "answer 180")
	a.Leg.CancelInvite()
	b.Want("a takes it back", `cancel INVITE "video"`)
	a.Want("as it is told", "answer 487")
	open.Respond(200, "too late")
	a.Ask("INVITE", "audio")
	b.Want("the call goes on", `request INVITE "audio"`).Respond(200, "ok")
	a.Want("and is changed", "answer 200")
}

func TestNowhereToGo(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	m, done := between(t, to{peer: b, refusal: &b2bua.Refusal{Status: 404, Reason: "No such number"}})
	a.Dial(m.URI("100", "udp"), "offer")
	if r := a.Want("no route", "answer 404").Answer; r.Reason != "No such number" {
		t.Errorf("the reason reads %q", r.Reason)
	}
	a.Want("over", "end")
	<-done
	m, done = between(t, to{peer: b, transport: "udp"})
	a.Dial(m.URI("100", "udp"), "offer", func(c *dialog.Call) { c.MaxForwards = 1 })
	a.Want("too many hops", "answer 483")
	<-done
	m.Gone("refused")
}

func TestHundredCallsLeaveNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("calls", func(t *testing.T) {
		a, b := New(t, "a"), New(t, "b")
		m, done := between(t, to{peer: b, transport: "udp"})
		for i := range 100 {
			a.Dial(m.URI("100", []string{"udp", "tcp"}[i%2]), "offer")
			b.Want("b is called", "call").Respond(200, "answer")
			a.Want("answered", "answer 200")
			b.Want("acknowledged", "ack")
			a.Leg.HangUp(dialog.HangUp{})
			a.Want("a leaves", "end")
			b.Want("b too", "end")
			<-done
		}
		m.Gone("all over")
	})
	Goroutines(t, before)
}

// TestReliableThrough: a caller that knows PRACK gets what is said early in
// provisional answers that it acknowledges, and may change it early.
func TestReliableThrough(t *testing.T) {
	both(t, func(t *testing.T, a, m, b *Side, done chan struct{}) {
		a.Dial(m.URI("100", "udp"), "offer")
		call := b.Want("b is called", "call")
		if !call.Request.Reliable() {
			t.Error("b is not told that PRACK is understood")
		}
		call.Respond(183, "early answer")
		a.Want("early media", `answer 183 "early answer"`)
		a.Ask("UPDATE", "early change")
		b.Want("changed early by a", `request UPDATE "early change"`).Respond(200, "changed")
		a.Want("answered", `answer 200 "changed"`)
		b.Ask("UPDATE", "and back")
		a.Want("changed early by b", `request UPDATE "and back"`).Respond(200, "changed back")
		b.Want("answered", `answer 200 "changed back"`)
		call.Respond(200, "")
		a.Want("the call is up", `answer 200 ""`)
		b.Want("acknowledged", `ack ""`)
		a.Leg.HangUp(dialog.HangUp{})
		b.Want("over", `end "BYE"`)
		<-done
	})
}

func TestOfferInProvisionalThrough(t *testing.T) {
	both(t, func(t *testing.T, a, m, b *Side, done chan struct{}) {
		a.Dial(m.URI("100", "udp"), "")
		call := b.Want("b is called", `call INVITE ""`)
		call.Respond(183, "b's offer")
		a.Want("an offer", `answer 183 "b's offer"`)
		a.Leg.Ack(dialog.SDP([]byte("a's answer")))
		b.Want("answered in PRACK", `ack "a's answer"`)
		call.Respond(200, "")
		a.Want("the call is up", `answer 200 ""`)
		b.Want("acknowledged", `ack ""`)
		a.Leg.HangUp(dialog.HangUp{})
		b.Want("over", `end "BYE"`)
		<-done
	})
}

func TestNoOfferOfPRACKForACallerWithoutIt(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	m, _ := between(t, to{peer: b, transport: "udp"})
	a.Dial(m.URI("100", "udp"), "offer", func(c *dialog.Call) { c.Unreliable = true })
	call := b.Want("b is called", "call")
	if call.Request.Reliable() {
		t.Error("b is told that PRACK is understood")
	}
	call.Respond(183, "early")
	a.Want("early media", `answer 183 "early"`)
	call.Respond(200, "answer")
	a.Want("and the answer", `answer 200 "answer"`)
}

func TestTransferThrough(t *testing.T) {
	for _, pass := range []bool{false, true} {
		a, b := New(t, "a"), New(t, "b")
		m, _ := between(t, to{peer: b, transport: "udp", transfers: pass})
		a.Dial(m.URI("100", "udp"), "offer", func(c *dialog.Call) { c.Transfers = true })
		call := b.Want("b is called", "call")
		call.Leg.SetTransfers(true)
		call.Respond(200, "answer")
		a.Want("answered", "answer 200")
		b.Want("acknowledged", "ack")
		refer := func(to string) {
			a.Leg.Request("REFER", dialog.Content{}, []dialog.Header{{Name: "Refer-To", Value: to}, {Name: "Referred-By", Value: "<sip:a@x>"}}, a.Answered)
		}
		refer("<sip:200@x>")
		if !pass {
			a.Want("refused", "answer 405")
			continue
		}
		r := b.Want("b is asked", "request REFER")
		if r.Request.Header("Refer-To") != "<sip:200@x>" || r.Request.Header("Referred-By") == "" {
			t.Errorf("the REFER reads %v", r.Request.Headers)
		}
		r.Respond(202, "")
		a.Want("accepted", "answer 202")
		b.Leg.Request("NOTIFY", dialog.Content{Type: "message/sipfrag", Body: []byte("SIP/2.0 200 OK")},
			[]dialog.Header{{Name: "Event", Value: "refer"}, {Name: "Subscription-State", Value: "terminated"}}, b.Answered)
		n := a.Want("a hears how it went", `request NOTIFY "SIP/2.0 200 OK"`)
		if n.Request.Header("Event") != "refer" || n.Request.Type != "message/sipfrag" {
			t.Errorf("the NOTIFY reads %v", n.Request.Headers)
		}
		n.Respond(200, "")
		b.Want("and says so", "answer 200")
		refer("<sip:200@x?Replaces=1%3Bto-tag%3D2>")
		a.Want("a dialog that b does not know", "answer 403")
	}
}
