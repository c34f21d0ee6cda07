package dialog_test

import (
	"bytes"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/dialog"
	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// overEach runs a conversation over both transports.
func overEach(t *testing.T, f func(t *testing.T, transport string)) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) { t.Parallel(); f(t, transport) })
	}
}

func TestCallAnsweredAndHungUpByCaller(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := New(t, "a"), New(t, "b")
		a.Dial(b.URI("100", transport), "offer", func(c *dialog.Call) {
			c.Headers = []dialog.Header{{"Diversion", "<sip:9@x>"}, {"Bad\r\nName", "x"}, {"X-Two", "a\r\nb"}}
			c.MaxForwards = 7
		})
		call := b.Want("b is called", `call INVITE "offer"`)
		r := call.Request
		if r.From.User != "a" || r.URI.User != "100" || r.To.User != "100" || r.MaxForwards != 7 || !r.Source.IsValid() {
			t.Errorf("the INVITE reads %+v", r)
		}
		if r.Header("diversion") != "<sip:9@x>" || r.Header("X-Two") != "a  b" || r.Type != "application/sdp" {
			t.Errorf("headers %v, type %q", r.Headers, r.Type)
		}
		call.Respond(180, "")
		a.Want("ringing gets through", `answer 180 ""`)
		call.Respond(183, "early")
		a.Want("so does early media", `answer 183 "early"`)
		call.Respond(200, "answer")
		a.Want("the answer", `answer 200 "answer"`)
		b.Want("and its ACK", `ack ""`)
		call.Respond(486, "")

		a.Leg.HangUp(dialog.HangUp{Headers: []dialog.Header{{"Reason", `Q.850;cause=16;text="done"`}}})
		a.Want("a ends", `end "hung up here" local true`)
		if end := b.Want("b hears it", `end "BYE" local false`); end.End.Q850 != 16 {
			t.Errorf("cause %d, want 16", end.End.Q850)
		}
		a.Gone("after the BYE")
		b.Gone("after the BYE")
		a.Idle("all is said")
		b.Idle("all is said")
	})
}

func TestCallHungUpByCalled(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := New(t, "a"), New(t, "b")
		Connect(t, a, b, transport)
		b.Leg.HangUp(dialog.HangUp{})
		b.Want("b ends", `end "hung up here"`)
		a.Want("a hears it", `end "BYE"`)
		a.Gone("after the BYE")
		b.Gone("after the BYE")
	})
}

func TestRefusedCall(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := New(t, "a"), New(t, "b")
		a.Dial(b.URI("100", transport), "offer")
		b.Want("b is called", "call").Request.Respond(dialog.Response{
			Status: 486, Headers: []dialog.Header{{"Reason", "SIP ;cause=486, Q.850; cause=17"}}})
		b.Want("b's leg is over", `end "answered here with Busy Here" local true`)
		if r := a.Want("a is told", "answer 486").Answer; r.Reason != "Busy Here" || r.Local || !strings.Contains(r.Header("Reason"), "17") {
			t.Errorf("the refusal reads %+v", r)
		}
		if e := a.Want("and that it ended", "end").End; e.Q850 != 17 || e.Local {
			t.Errorf("the end reads %+v", e)
		}
		a.Gone("refused")
		b.Gone("refused")
	})
}

func TestReinvitesBothWays(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := New(t, "a"), New(t, "b")
		Connect(t, a, b, transport)
		for range 3 {
			b.Ask("INVITE", "t38 offer")
			a.Want("b's re-INVITE", `request INVITE "t38 offer"`).Respond(200, "t38 answer")
			b.Want("its answer", `answer 200 "t38 answer"`)
			a.Want("its ACK", `ack ""`)

			a.Leg.Request("INFO", dialog.Content{"application/dtmf-relay", []byte("Signal=1")}, nil, a.Answered)
			info := b.Want("an INFO between", `request INFO "Signal=1"`)
			if info.Request.Type != "application/dtmf-relay" {
				t.Errorf("the INFO has type %q", info.Request.Type)
			}
			info.Respond(200, "")
			a.Want("its answer", `answer 200`)

			a.Ask("UPDATE", "update")
			b.Want("a's UPDATE", `request UPDATE "update"`).Respond(200, "updated")
			a.Want("its answer", `answer 200 "updated"`)

			a.Ask("INVITE", "back")
			b.Want("a's re-INVITE", `request INVITE "back"`).Respond(488, "")
			a.Want("it is refused and the call goes on", `answer 488`)
		}
		a.Leg.Request("REFER", dialog.Content{}, nil, a.Answered)
		a.Want("REFER is not spoken", "answer 405")
		a.Leg.HangUp(dialog.HangUp{})
		b.Want("the call ends", `end "BYE"`)
	})
}

func TestLateOffer(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := New(t, "a"), New(t, "b")
		a.Dial(b.URI("100", transport), "")
		b.Want("an INVITE without an offer", `call INVITE ""`).Respond(200, "offer in 200")
		a.Want("the offer comes in the 200", `answer 200 "offer in 200"`)
		a.Ask("INVITE", "x")
		a.Want("no re-INVITE before the ACK", "answer 491")
		a.Leg.Ack(dialog.SDP([]byte("answer in ACK")))
		b.Want("the answer in the ACK", `ack "answer in ACK"`)
		a.Leg.HangUp(dialog.HangUp{})
		b.Want("the call ends", `end "BYE"`)
	})
}

func TestLateOfferNeverAnswered(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	a.Dial(b.URI("100", "udp"), "")
	b.Want("an INVITE without an offer", `call INVITE ""`).Respond(200, "offer in 200")
	a.Want("the offer comes in the 200", `answer 200`)
	a.Leg.HangUp(dialog.HangUp{})
	b.Want("the ACK comes all the same", `ack ""`)
	b.Want("and then the BYE", `end "BYE"`)
	a.Gone("hung up")
	b.Gone("hung up")
}

func TestCancelled(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := New(t, "a"), New(t, "b")
		a.Dial(b.URI("100", transport), "offer")
		call := b.Want("b is called", "call")
		call.Respond(180, "")
		a.Want("it rings", "answer 180")
		a.Leg.HangUp(dialog.HangUp{Headers: []dialog.Header{{"Reason", "Q.850;cause=19"}}})
		if e := b.Want("b hears CANCEL", `end "CANCEL"`).End; e.Q850 != 19 {
			t.Errorf("cause %d, want 19", e.Q850)
		}
		call.Respond(200, "too late")
		a.Want("the final answer", "answer 487")
		a.Want("a's leg is over", "end")
		a.Gone("cancelled")
		b.Gone("cancelled")
		b.Idle("nothing after the end")
	})
}

func TestNobodyAnswersInTime(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	a.Dial(b.URI("100", "udp"), "offer", func(c *dialog.Call) { c.RingTimeout = 50 * time.Millisecond })
	b.Want("b is called", "call")
	b.Want("a gives up", `end "CANCEL"`)
	if r := a.Want("the verdict is ours", "answer 408").Answer; !r.Local {
		t.Errorf("the answer reads %+v", r)
	}
	a.Want("a's leg is over", "end")
	a.Gone("given up")
}

func TestNobodyThere(t *testing.T) {
	t.Parallel() // it waits for a transaction to time out
	a := New(t, "a")
	a.Dial(sip.Uri{Scheme: "sip", User: "1", Host: "127.0.0.1", Port: 9}, "offer")
	a.Want("UDP times out", "answer 408")
	a.Want("and ends", "end")
	to := sip.Uri{Scheme: "sip", User: "1", Host: "127.0.0.1", Port: 9}
	to.UriParams.Add("transport", "tcp")
	a.Dial(to, "offer")
	a.Want("TCP is refused", "answer 503")
	a.Want("and ends", "end")
	if _, err := a.Stack.Dial(dialog.Call{}, a, a.Answered); err == nil {
		t.Error("a call to nowhere was begun")
	}
}

func TestHangUpBeforeACK(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	a.Dial(b.URI("100", "udp"), "offer")
	call := b.Want("b is called", "call")
	call.Respond(200, "answer")
	call.Leg.HangUp(dialog.HangUp{})
	b.Want("b has left", "end")
	a.Want("a is answered first", "answer 200")
	a.Want("and then hung up", `end "BYE"`)
	a.Gone("hung up")
	b.Gone("hung up")
}

func TestReinviteWaitsForACK(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	a.Dial(b.URI("100", "udp"), "offer")
	call := b.Want("b is called", "call")
	call.Respond(200, "answer")
	call.Leg.Request("INVITE", dialog.SDP([]byte("t38")), nil, b.Answered)
	a.Want("a is answered", "answer 200")
	b.Want("a acknowledges", "ack")
	a.Want("only now the re-INVITE", `request INVITE "t38"`).Respond(200, "ok")
	b.Want("its answer", "answer 200")
	a.Want("its ACK", "ack")
}

func TestGlareBetweenTwoStacks(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	Connect(t, a, b, "udp")
	// Neither leg's goroutine can see the other's INVITE before its own is out.
	hold := make(chan struct{})
	a.Leg.Post(func() { <-hold })
	b.Leg.Post(func() { <-hold })
	a.Ask("INVITE", "from a")
	b.Ask("INVITE", "from b")
	close(hold)
	a.Want("a's meets b's", "answer 491")
	b.Want("b's meets a's", "answer 491")
	a.Idle("no offer got through")
	b.Ask("INVITE", "again")
	a.Want("a later one does", `request INVITE "again"`).Respond(200, "fine")
	b.Want("and is answered", "answer 200")
	a.Ask("INVITE", "x")
}

func TestOwnOfferWhilePeersIsOpen(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	Connect(t, a, b, "udp")
	a.Ask("INVITE", "from a")
	open := b.Want("b has an offer to answer", "request INVITE")
	b.Ask("INVITE", "from b")
	b.Want("its own is refused here", "answer 491")
	b.Ask("UPDATE", "from b")
	b.Want("so is an UPDATE", "answer 491")
	b.Leg.HangUp(dialog.HangUp{})
	b.Want("b leaves", "end")
	a.Want("the open offer is refused first", "answer 487")
	a.Want("then the call ends", `end "BYE"`)
	open.Respond(200, "too late")
	a.Gone("hung up")
	b.Gone("hung up")
}

func TestLargeMessage(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := New(t, "a"), New(t, "b")
		big := strings.Repeat("a=fmtp:18 annexb=no\r\n", 500)
		a.Dial(b.URI("100", transport), big)
		call := b.Want("b is called", "call")
		if !bytes.Equal(call.Request.Body, []byte(big)) {
			t.Error("the offer was changed")
		}
		call.Respond(200, big)
		if r := a.Want("a is answered", "answer 200").Answer; string(r.Body) != big {
			t.Error("the answer was changed")
		}
	})
}

func TestOrderIsKept(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	for range 50 {
		a.Dial(b.URI("100", "udp"), "offer")
		call := b.Want("b is called", "call")
		call.Respond(180, "")
		call.Respond(183, "early")
		call.Respond(200, "answer")
		a.Want("first", "answer 180")
		a.Want("second", "answer 183")
		a.Want("third", "answer 200")
		b.Want("acknowledged", "ack")
		for i := range 5 {
			b.Leg.Request("INFO", dialog.SDP([]byte{byte('0' + i)}), nil, func(dialog.Response) {})
		}
		for i := range 5 {
			a.Want("INFOs in order", `request INFO "`+string(rune('0'+i))).Respond(200, "")
		}
		b.Leg.HangUp(dialog.HangUp{})
		b.Want("the end", "end")
		a.Want("the end", "end")
	}
	a.Gone("all hung up")
	b.Gone("all hung up")
}

func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	a, b := New(t, "a"), New(t, "b")
	for i := range 100 {
		transport := []string{"udp", "tcp"}[i%2]
		switch i % 3 {
		case 0:
			Connect(t, a, b, transport)
			a.Leg.HangUp(dialog.HangUp{})
			a.Want("hung up", "end")
			b.Want("hung up", "end")
		case 1:
			a.Dial(b.URI("100", transport), "offer")
			b.Want("called", "call").Respond(404, "")
			a.Want("refused", "answer 404")
			a.Want("over", "end")
			b.Want("over", "end")
		case 2:
			a.Dial(b.URI("100", transport), "offer")
			b.Want("called", "call").Respond(180, "")
			a.Want("rings", "answer 180")
			a.Leg.HangUp(dialog.HangUp{})
			b.Want("cancelled", "end")
			a.Want("cancelled", "answer 487")
			a.Want("over", "end")
		}
	}
	a.Gone("all over")
	b.Gone("all over")
	Until(t, "no transactions are left", func() bool { return a.Stack.Left()+b.Stack.Left() == 0 })
	a.Stack.Close()
	b.Stack.Close()
	Goroutines(t, before)
}

func TestCloseEndsCalls(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	Connect(t, a, b, "udp")
	a.Stack.Close()
	a.Want("a is told", `end "the SIP stack was closed"`)
	if _, err := a.Stack.Dial(dialog.Call{To: b.URI("1", "udp")}, a, a.Answered); !errors.Is(err, dialog.ErrClosed) {
		t.Errorf("Dial gives %v", err)
	}
	a.Stack.Close()
}

func TestPortInUse(t *testing.T) {
	a := New(t, "a")
	for _, network := range []string{"udp", "tcp"} {
		_, err := dialog.Listen(dialog.Options{Listen: []string{network + ":" + a.Stack.Addr(network).String()}})
		var le *dialog.ListenError
		if !errors.As(err, &le) || !le.InUse() || !strings.Contains(err.Error(), "another program has this port") {
			t.Errorf("%s: %v", network, err)
		}
	}
	for _, bad := range []string{"", "127.0.0.1:5060", "tls:127.0.0.1:0", "udp:nonsense", "udp:256.1.1.1:5"} {
		if s, err := dialog.Listen(dialog.Options{Listen: []string{bad}}); err == nil {
			s.Close()
			t.Errorf("%q is listened on", bad)
		}
	}
	if _, err := dialog.Listen(dialog.Options{}); err == nil {
		t.Error("no address is enough")
	}
}

func TestTooManyLegs(t *testing.T) {
	a, b := New(t, "a"), New(t, "b", func(o *dialog.Options) { o.MaxLegs = 1 })
	Connect(t, a, b, "udp")
	a.Dial(b.URI("100", "udp"), "offer")
	if r := a.Want("the second call", "answer 503").Answer; r.Header("Retry-After") == "" {
		t.Errorf("no Retry-After in %+v", r)
	}
	if _, err := b.Stack.Dial(dialog.Call{To: a.URI("1", "udp")}, b, b.Answered); !errors.Is(err, dialog.ErrBusy) {
		t.Errorf("Dial gives %v", err)
	}
}

func TestAdvertisedAddress(t *testing.T) {
	a := New(t, "a", func(o *dialog.Options) { o.Listen = []string{"udp:0.0.0.0:0"} })
	b := New(t, "b", func(o *dialog.Options) { o.Listen = []string{"udp:0.0.0.0:0"}; o.Advertise = "localhost" })
	to := sip.Uri{Scheme: "sip", User: "1", Host: "127.0.0.1", Port: int(b.Stack.Addr("udp").Port())}
	a.Dial(to, "offer")
	call := b.Want("b is called", "call")
	if c := call.Request.ContactURI(); c.Host != "127.0.0.1" || c.Port != int(a.Stack.Addr("udp").Port()) {
		t.Errorf("a's Contact is %v", c.String())
	}
	call.Respond(200, "answer")
	a.Want("answered", "answer 200")
	b.Want("acknowledged at the advertised name", "ack")
	targets := make(chan sip.Uri, 1)
	call.Leg.Post(func() { targets <- call.Leg.Target() })
	if target := <-targets; target.Host != "127.0.0.1" {
		t.Errorf("b's target is %v", target.String())
	}
	a.Leg.HangUp(dialog.HangUp{})
	b.Want("hung up by name", `end "BYE"`)
	a.Gone("over")
}

func TestFaultInOwnerEndsTheCallOnly(t *testing.T) {
	a := New(t, "a")
	b := New(t, "b", func(o *dialog.Options) {
		incoming := o.Incoming
		o.Incoming = func(l *dialog.Leg, r *dialog.Request) dialog.Events {
			if r.URI.User == "bad" {
				panic("a fault")
			}
			return incoming(l, r)
		}
	})
	Connect(t, a, b, "udp")
	good := a.Leg
	a.Dial(b.URI("bad", "udp"), "offer")
	a.Want("the bad call is refused", "answer 500")
	a.Want("and over", "end")
	good.HangUp(dialog.HangUp{})
	b.Want("the good one lives until it is hung up", `end "BYE"`)
}

func TestPeerRestarted(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := New(t, "a"), New(t, "b")
		Connect(t, a, b, transport)
		old := a.Leg
		addr := b.Stack.Addr(transport)
		b.Stack.Close()
		b.Want("b is gone", "end")
		Until(t, "a knows", func() bool { return !a.Stack.Connected(addr.String()) })
		c := New(t, "c", func(o *dialog.Options) { o.Listen = []string{transport + ":" + addr.String()} })
		a.Dial(c.URI("100", transport), "offer")
		c.Want("it is called anew", "call").Respond(486, "")
		a.Want("and answers", "answer 486")
		a.Want("over", "end")
		old.Request("INVITE", dialog.SDP([]byte("t38")), nil, a.Answered)
		a.Want("of the old call it knows nothing", "answer 481")
		a.Want("which is its end", "end \"the peer answered 481")
		a.Gone("over")
	})
}

func TestRequestsOfACallThatEnds(t *testing.T) {
	a, b := New(t, "a"), New(t, "b")
	a.Dial(b.URI("100", "udp"), "offer")
	call := b.Want("b is called", "call")
	call.Respond(200, "answer")
	b.Ask("INVITE", "waits for the ACK")
	b.Ask("INFO", "waits for nothing")
	call.Leg.HangUp(dialog.HangUp{})
	for range 2 {
		if r := b.Want("each gets an answer before the end", "answer 487").Answer; !r.Local {
			t.Errorf("the answer reads %+v", r)
		}
	}
	b.Want("which is the last", "end")
	b.Ask("INFO", "too late")
	b.Ask("PRACK", "not spoken")
	a.Want("a is answered", "answer 200")
	a.Want("hears the INFO", "request INFO").Respond(200, "")
	a.Want("and the BYE", `end "BYE"`)
	a.Gone("over")
	b.Gone("over")
	after := make(chan dialog.End, 1)
	call.Leg.Handover(ender(after))
	if e := <-after; !e.Local {
		t.Errorf("a late owner is told %+v", e)
	}
}

// ender is told the end.
type ender chan dialog.End

func (ender) Requested(*dialog.Leg, *dialog.Request)   {}
func (ender) Cancelled(*dialog.Leg, *dialog.Request)   {}
func (ender) Acknowledged(*dialog.Leg, dialog.Content) {}
func (c ender) Ended(_ *dialog.Leg, e dialog.End)      { c <- e }

func TestIPv6(t *testing.T) {
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skip("this machine has no IPv6")
	} else {
		_ = l.Close()
	}
	for _, listen := range []string{"[::1]:0", "[::]:0"} {
		for _, transport := range []string{"udp", "tcp"} {
			a := New(t, "a", func(o *dialog.Options) { o.Listen = []string{transport + ":" + listen} })
			b := New(t, "b", func(o *dialog.Options) { o.Listen = []string{transport + ":" + listen} })
			to := sip.Uri{Scheme: "sip", User: "1", Host: "[::1]", Port: int(b.Stack.Addr(transport).Port())}
			if listen == "[::]:0" { // a socket of both families
				to.Host = "127.0.0.1"
			}
			to.UriParams.Add("transport", transport)
			a.Dial(to, "offer")
			b.Want("b is called", "call").Respond(200, "answer")
			a.Want("answered", "answer 200")
			b.Want("acknowledged", "ack")
			b.Ask("INVITE", "again")
			a.Want("re-INVITE", "request INVITE").Respond(200, "answer")
			b.Want("answered", "answer 200")
			a.Want("acknowledged", "ack")
			a.Leg.HangUp(dialog.HangUp{})
			b.Want("hung up", `end "BYE"`)
			a.Gone("over")
		}
	}
}
