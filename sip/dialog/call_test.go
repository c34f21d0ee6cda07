package dialog

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// overEach runs a conversation over both transports.
func overEach(t *testing.T, f func(t *testing.T, transport string)) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) { t.Parallel(); f(t, transport) })
	}
}

func TestCallAnsweredAndHungUpByCaller(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := newSide(t, "a"), newSide(t, "b")
		a.dial(b.uri("100", transport), "offer", func(c *Call) {
			c.Headers = []Header{{"Diversion", "<sip:9@x>"}, {"Bad\r\nName", "x"}, {"X-Two", "a\r\nb"}}
			c.MaxForwards = 7
		})
		call := b.want("b is called", `call INVITE "offer"`)
		r := call.req
		if r.From.User != "a" || r.URI.User != "100" || r.To.User != "100" || r.MaxForwards != 7 || !r.Source.IsValid() {
			t.Errorf("the INVITE reads %+v", r)
		}
		if r.Header("diversion") != "<sip:9@x>" || r.Header("X-Two") != "a  b" || r.Type != "application/sdp" {
			t.Errorf("headers %v, type %q", r.Headers, r.Type)
		}
		respond(r, 180, "")
		a.want("ringing gets through", `answer 180 ""`)
		respond(r, 183, "early")
		a.want("so does early media", `answer 183 "early"`)
		respond(r, 200, "answer")
		a.want("the answer", `answer 200 "answer"`)
		b.want("and its ACK", `ack ""`)
		respond(r, 486, "")

		a.leg.HangUp(HangUp{Headers: []Header{{"Reason", `Q.850;cause=16;text="done"`}}})
		a.want("a ends", `end "hung up here" local true`)
		if end := b.want("b hears it", `end "BYE" local false`); end.end.Q850 != 16 {
			t.Errorf("cause %d, want 16", end.end.Q850)
		}
		a.gone("after the BYE")
		b.gone("after the BYE")
		a.idle("all is said")
		b.idle("all is said")
	})
}

func TestCallHungUpByCalled(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := newSide(t, "a"), newSide(t, "b")
		connect(t, a, b, transport)
		b.leg.HangUp(HangUp{})
		b.want("b ends", `end "hung up here"`)
		a.want("a hears it", `end "BYE"`)
		a.gone("after the BYE")
		b.gone("after the BYE")
	})
}

func TestRefusedCall(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := newSide(t, "a"), newSide(t, "b")
		a.dial(b.uri("100", transport), "offer")
		b.want("b is called", "call").req.Respond(Response{
			Status: 486, Headers: []Header{{"Reason", "SIP ;cause=486, Q.850; cause=17"}}})
		b.want("b's leg is over", `end "answered here with Busy Here" local true`)
		if r := a.want("a is told", "answer 486").res; r.Reason != "Busy Here" || r.Local || !strings.Contains(r.Header("Reason"), "17") {
			t.Errorf("the refusal reads %+v", r)
		}
		if e := a.want("and that it ended", "end").end; e.Q850 != 17 || e.Local {
			t.Errorf("the end reads %+v", e)
		}
		a.gone("refused")
		b.gone("refused")
	})
}

func TestReinvitesBothWays(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := newSide(t, "a"), newSide(t, "b")
		connect(t, a, b, transport)
		for range 3 {
			b.leg.Request("INVITE", SDP([]byte("t38 offer")), nil, b.answered)
			respond(a.want("b's re-INVITE", `request INVITE "t38 offer"`).req, 200, "t38 answer")
			b.want("its answer", `answer 200 "t38 answer"`)
			a.want("its ACK", `ack ""`)

			a.leg.Request("INFO", Content{"application/dtmf-relay", []byte("Signal=1")}, nil, a.answered)
			info := b.want("an INFO between", `request INFO "Signal=1"`)
			if info.req.Type != "application/dtmf-relay" {
				t.Errorf("the INFO has type %q", info.req.Type)
			}
			respond(info.req, 200, "")
			a.want("its answer", `answer 200`)

			a.leg.Request("UPDATE", SDP([]byte("update")), nil, a.answered)
			respond(b.want("a's UPDATE", `request UPDATE "update"`).req, 200, "updated")
			a.want("its answer", `answer 200 "updated"`)

			a.leg.Request("INVITE", SDP([]byte("back")), nil, a.answered)
			respond(b.want("a's re-INVITE", `request INVITE "back"`).req, 488, "")
			a.want("it is refused and the call goes on", `answer 488`)
		}
		a.leg.Request("REFER", Content{}, nil, a.answered)
		a.want("REFER is not spoken", "answer 405")
		a.leg.HangUp(HangUp{})
		b.want("the call ends", `end "BYE"`)
	})
}

func TestLateOffer(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := newSide(t, "a"), newSide(t, "b")
		a.dial(b.uri("100", transport), "")
		respond(b.want("an INVITE without an offer", `call INVITE ""`).req, 200, "offer in 200")
		a.want("the offer comes in the 200", `answer 200 "offer in 200"`)
		a.leg.Request("INVITE", SDP([]byte("x")), nil, a.answered)
		a.want("no re-INVITE before the ACK", "answer 491")
		a.leg.Ack(SDP([]byte("answer in ACK")))
		b.want("the answer in the ACK", `ack "answer in ACK"`)
		a.leg.HangUp(HangUp{})
		b.want("the call ends", `end "BYE"`)
	})
}

func TestLateOfferNeverAnswered(t *testing.T) {
	a, b := newSide(t, "a"), newSide(t, "b")
	a.dial(b.uri("100", "udp"), "")
	respond(b.want("an INVITE without an offer", `call INVITE ""`).req, 200, "offer in 200")
	a.want("the offer comes in the 200", `answer 200`)
	a.leg.HangUp(HangUp{})
	b.want("the ACK comes all the same", `ack ""`)
	b.want("and then the BYE", `end "BYE"`)
	a.gone("hung up")
	b.gone("hung up")
}

func TestCancelled(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := newSide(t, "a"), newSide(t, "b")
		a.dial(b.uri("100", transport), "offer")
		call := b.want("b is called", "call")
		respond(call.req, 180, "")
		a.want("it rings", "answer 180")
		a.leg.HangUp(HangUp{Headers: []Header{{"Reason", "Q.850;cause=19"}}})
		if e := b.want("b hears CANCEL", `end "CANCEL"`).end; e.Q850 != 19 {
			t.Errorf("cause %d, want 19", e.Q850)
		}
		respond(call.req, 200, "too late")
		a.want("the final answer", "answer 487")
		a.want("a's leg is over", "end")
		a.gone("cancelled")
		b.gone("cancelled")
		b.idle("nothing after the end")
	})
}

func TestNobodyAnswersInTime(t *testing.T) {
	a, b := newSide(t, "a"), newSide(t, "b")
	a.dial(b.uri("100", "udp"), "offer", func(c *Call) { c.RingTimeout = 50 * time.Millisecond })
	b.want("b is called", "call")
	b.want("a gives up", `end "CANCEL"`)
	if r := a.want("the verdict is ours", "answer 408").res; !r.Local {
		t.Errorf("the answer reads %+v", r)
	}
	a.want("a's leg is over", "end")
	a.gone("given up")
}

func TestNobodyThere(t *testing.T) {
	a := newSide(t, "a")
	a.dial(sip.Uri{Scheme: "sip", User: "1", Host: "127.0.0.1", Port: 9}, "offer")
	a.want("UDP times out", "answer 408")
	a.want("and ends", "end")
	to := sip.Uri{Scheme: "sip", User: "1", Host: "127.0.0.1", Port: 9}
	to.UriParams.Add("transport", "tcp")
	a.dial(to, "offer")
	a.want("TCP is refused", "answer 503")
	a.want("and ends", "end")
	if _, err := a.stack.Dial(Call{}, a, a.answered); err == nil {
		t.Error("a call to nowhere was begun")
	}
}

func TestHangUpBeforeACK(t *testing.T) {
	a, b := newSide(t, "a"), newSide(t, "b")
	a.dial(b.uri("100", "udp"), "offer")
	call := b.want("b is called", "call")
	respond(call.req, 200, "answer")
	call.leg.HangUp(HangUp{})
	b.want("b has left", "end")
	a.want("a is answered first", "answer 200")
	a.want("and then hung up", `end "BYE"`)
	a.gone("hung up")
	b.gone("hung up")
}

func TestReinviteWaitsForACK(t *testing.T) {
	a, b := newSide(t, "a"), newSide(t, "b")
	a.dial(b.uri("100", "udp"), "offer")
	call := b.want("b is called", "call")
	respond(call.req, 200, "answer")
	call.leg.Request("INVITE", SDP([]byte("t38")), nil, b.answered)
	a.want("a is answered", "answer 200")
	b.want("a acknowledges", "ack")
	respond(a.want("only now the re-INVITE", `request INVITE "t38"`).req, 200, "ok")
	b.want("its answer", "answer 200")
	a.want("its ACK", "ack")
}

func TestGlareBetweenTwoStacks(t *testing.T) {
	a, b := newSide(t, "a"), newSide(t, "b")
	connect(t, a, b, "udp")
	// Neither leg's goroutine can see the other's INVITE before its own is out.
	hold := make(chan struct{})
	a.leg.post(func() { <-hold })
	b.leg.post(func() { <-hold })
	a.leg.Request("INVITE", SDP([]byte("from a")), nil, a.answered)
	b.leg.Request("INVITE", SDP([]byte("from b")), nil, b.answered)
	close(hold)
	a.want("a's meets b's", "answer 491")
	b.want("b's meets a's", "answer 491")
	a.idle("no offer got through")
	b.leg.Request("INVITE", SDP([]byte("again")), nil, b.answered)
	respond(a.want("a later one does", `request INVITE "again"`).req, 200, "fine")
	b.want("and is answered", "answer 200")
	a.leg.Request("INVITE", SDP([]byte("x")), nil, a.answered)
}

func TestOwnOfferWhilePeersIsOpen(t *testing.T) {
	a, b := newSide(t, "a"), newSide(t, "b")
	connect(t, a, b, "udp")
	a.leg.Request("INVITE", SDP([]byte("from a")), nil, a.answered)
	open := b.want("b has an offer to answer", "request INVITE")
	b.leg.Request("INVITE", SDP([]byte("from b")), nil, b.answered)
	b.want("its own is refused here", "answer 491")
	b.leg.Request("UPDATE", SDP([]byte("from b")), nil, b.answered)
	b.want("so is an UPDATE", "answer 491")
	b.leg.HangUp(HangUp{})
	b.want("b leaves", "end")
	a.want("the open offer is refused first", "answer 487")
	a.want("then the call ends", `end "BYE"`)
	respond(open.req, 200, "too late")
	a.gone("hung up")
	b.gone("hung up")
}

func TestLargeMessage(t *testing.T) {
	overEach(t, func(t *testing.T, transport string) {
		a, b := newSide(t, "a"), newSide(t, "b")
		big := strings.Repeat("a=fmtp:18 annexb=no\r\n", 500)
		a.dial(b.uri("100", transport), big)
		call := b.want("b is called", "call")
		if !bytes.Equal(call.req.Body, []byte(big)) {
			t.Error("the offer was changed")
		}
		respond(call.req, 200, big)
		if r := a.want("a is answered", "answer 200").res; string(r.Body) != big {
			t.Error("the answer was changed")
		}
	})
}

func TestOrderIsKept(t *testing.T) {
	a, b := newSide(t, "a"), newSide(t, "b")
	for range 50 {
		a.dial(b.uri("100", "udp"), "offer")
		call := b.want("b is called", "call")
		respond(call.req, 180, "")
		respond(call.req, 183, "early")
		respond(call.req, 200, "answer")
		a.want("first", "answer 180")
		a.want("second", "answer 183")
		a.want("third", "answer 200")
		b.want("acknowledged", "ack")
		for i := range 5 {
			b.leg.Request("INFO", SDP([]byte{byte('0' + i)}), nil, func(Response) {})
		}
		for i := range 5 {
			respond(a.want("INFOs in order", `request INFO "`+string(rune('0'+i))).req, 200, "")
		}
		b.leg.HangUp(HangUp{})
		b.want("the end", "end")
		a.want("the end", "end")
	}
	a.gone("all hung up")
	b.gone("all hung up")
}

func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	a, b := newSide(t, "a"), newSide(t, "b")
	for i := range 100 {
		transport := []string{"udp", "tcp"}[i%2]
		switch i % 3 {
		case 0:
			connect(t, a, b, transport)
			a.leg.HangUp(HangUp{})
			a.want("hung up", "end")
			b.want("hung up", "end")
		case 1:
			a.dial(b.uri("100", transport), "offer")
			respond(b.want("called", "call").req, 404, "")
			a.want("refused", "answer 404")
			a.want("over", "end")
			b.want("over", "end")
		case 2:
			a.dial(b.uri("100", transport), "offer")
			respond(b.want("called", "call").req, 180, "")
			a.want("rings", "answer 180")
			a.leg.HangUp(HangUp{})
			b.want("cancelled", "end")
			a.want("cancelled", "answer 487")
			a.want("over", "end")
		}
	}
	a.gone("all over")
	b.gone("all over")
	none := func(s *Stack) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.client)+len(s.server)+len(s.opened) == 0
	}
	for end := time.Now().Add(patience); !none(a.stack) || !none(b.stack); <-time.After(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("transactions are left: %d %d, %d %d", len(a.stack.client), len(a.stack.server), len(b.stack.client), len(b.stack.server))
		}
	}
	a.stack.Close()
	b.stack.Close()
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before; <-time.After(5 * time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}

func TestCloseEndsCalls(t *testing.T) {
	a, b := newSide(t, "a"), newSide(t, "b")
	connect(t, a, b, "udp")
	a.stack.Close()
	a.want("a is told", `end "the SIP stack was closed"`)
	if _, err := a.stack.Dial(Call{To: b.uri("1", "udp")}, a, a.answered); !errors.Is(err, ErrClosed) {
		t.Errorf("Dial gives %v", err)
	}
	a.stack.Close()
}

func TestPortInUse(t *testing.T) {
	a := newSide(t, "a")
	for _, network := range []string{"udp", "tcp"} {
		_, err := Listen(Options{Listen: []string{network + ":" + a.stack.Addr(network).String()}})
		var le *ListenError
		if !errors.As(err, &le) || !le.InUse() || !strings.Contains(err.Error(), "another program has this port") {
			t.Errorf("%s: %v", network, err)
		}
	}
	for _, bad := range []string{"", "127.0.0.1:5060", "tls:127.0.0.1:0", "udp:nonsense", "udp:256.1.1.1:5"} {
		if s, err := Listen(Options{Listen: []string{bad}}); err == nil {
			s.Close()
			t.Errorf("%q is listened on", bad)
		}
	}
	if _, err := Listen(Options{}); err == nil {
		t.Error("no address is enough")
	}
}

func TestTooManyLegs(t *testing.T) {
	a, b := newSide(t, "a"), newSide(t, "b", func(o *Options) { o.MaxLegs = 1 })
	connect(t, a, b, "udp")
	a.dial(b.uri("100", "udp"), "offer")
	if r := a.want("the second call", "answer 503").res; r.Header("Retry-After") == "" {
		t.Errorf("no Retry-After in %+v", r)
	}
	if _, err := b.stack.Dial(Call{To: a.uri("1", "udp")}, b, b.answered); !errors.Is(err, ErrBusy) {
		t.Errorf("Dial gives %v", err)
	}
}

func TestAdvertisedAddress(t *testing.T) {
	a := newSide(t, "a", func(o *Options) { o.Listen = []string{"udp:0.0.0.0:0"} })
	b := newSide(t, "b", func(o *Options) { o.Listen = []string{"udp:0.0.0.0:0"}; o.Advertise = "localhost" })
	to := sip.Uri{Scheme: "sip", User: "1", Host: "127.0.0.1", Port: int(b.stack.Addr("udp").Port())}
	a.dial(to, "offer")
	call := b.want("b is called", "call")
	if c := call.req.msg.Contact().Address; c.Host != "127.0.0.1" || c.Port != int(a.stack.Addr("udp").Port()) {
		t.Errorf("a's Contact is %v", c.String())
	}
	respond(call.req, 200, "answer")
	a.want("answered", "answer 200")
	b.want("acknowledged at the advertised name", "ack")
	if target := call.leg.dialog.target; target.Host != "127.0.0.1" {
		t.Errorf("b's target is %v", target.String())
	}
	a.leg.HangUp(HangUp{})
	b.want("hung up by name", `end "BYE"`)
	a.gone("over")
}

func TestFaultInOwnerEndsTheCallOnly(t *testing.T) {
	a := newSide(t, "a")
	b := newSide(t, "b", func(o *Options) {
		incoming := o.Incoming
		o.Incoming = func(l *Leg, r *Request) Events {
			if r.URI.User == "bad" {
				panic("a fault")
			}
			return incoming(l, r)
		}
	})
	connect(t, a, b, "udp")
	good := a.leg
	a.dial(b.uri("bad", "udp"), "offer")
	a.want("the bad call is refused", "answer 500")
	a.want("and over", "end")
	good.HangUp(HangUp{})
	b.want("the good one lives until it is hung up", `end "BYE"`)
}
