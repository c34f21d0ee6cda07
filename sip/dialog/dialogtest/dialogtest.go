// Package dialogtest speaks SIP calls in tests: a Side is a stack on loopback
// whose events are asked for one by one, so that a test reads as the
// conversation it is.
//
//	a, b := dialogtest.New(t, "a"), dialogtest.New(t, "b")
//	a.Dial(b.URI("100", "udp"), "offer")
//	call := b.Want("b is called", `call INVITE "offer"`)
//	call.Respond(200, "answer")
//	a.Want("a is answered", `answer 200 "answer"`)
//	b.Want("a acknowledges", `ack ""`)
package dialogtest

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// Patience is how long a test waits for what must come.
const Patience = 5 * time.Second

// ShortTimers sets the timers of RFC 3261 to a twentieth: a transaction times out
// in 1.6 s. For TestMain, before any stack listens.
func ShortTimers() {
	sip.SetTimers(25*time.Millisecond, 100*time.Millisecond, 125*time.Millisecond)
	sip.Timer_D = 64 * sip.T1
}

// Logger writes to the test's output where tests are verbose.
func Logger(t testing.TB) *slog.Logger {
	w := io.Discard
	if testing.Verbose() {
		w = t.Output()
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Side is one end of calls.
type Side struct {
	Stack *dialog.Stack
	// Leg is that of the last call, made or heard.
	Leg *dialog.Leg

	t     testing.TB
	name  string
	heard chan Heard
}

// Heard is one thing that a leg told.
type Heard struct {
	What    string // "call", "request", "cancel", "ack", "end" or "answer"
	Leg     *dialog.Leg
	Request *dialog.Request // of call, request and cancel
	Body    string          // of ack
	End     dialog.End
	Answer  dialog.Response
}

func (h Heard) String() string {
	switch h.What {
	case "call", "request", "cancel":
		return fmt.Sprintf("%s %s %q", h.What, h.Request.Method, h.Request.Body)
	case "answer":
		return fmt.Sprintf("answer %d %q", h.Answer.Status, h.Answer.Body)
	case "end":
		return fmt.Sprintf("end %q local %v", h.End.Reason, h.End.Local)
	}
	return fmt.Sprintf("%s %q", h.What, h.Body)
}

// Respond answers the request that was heard.
func (h Heard) Respond(status int, body string) {
	h.Request.Respond(dialog.Response{Status: status, Content: dialog.SDP([]byte(body))})
}

// New listens on loopback, UDP and TCP.
func New(t testing.TB, name string, change ...func(*dialog.Options)) *Side {
	t.Helper()
	s := &Side{t: t, name: name, heard: make(chan Heard, 1000)}
	o := dialog.Options{
		Listen:   []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"},
		Logger:   Logger(t).With("side", name),
		Incoming: s.Incoming,
	}
	for _, c := range change {
		c(&o)
	}
	var err error
	if s.Stack, err = dialog.Listen(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stack.Close)
	return s
}

// Requested implements dialog.Events.
func (s *Side) Requested(l *dialog.Leg, r *dialog.Request) {
	s.heard <- Heard{What: "request", Leg: l, Request: r}
}

// Cancelled implements dialog.Events.
func (s *Side) Cancelled(l *dialog.Leg, r *dialog.Request) {
	s.heard <- Heard{What: "cancel", Leg: l, Request: r}
}

// Acknowledged implements dialog.Events.
func (s *Side) Acknowledged(l *dialog.Leg, c dialog.Content) {
	s.heard <- Heard{What: "ack", Leg: l, Body: string(c.Body)}
}

// Ended implements dialog.Events.
func (s *Side) Ended(l *dialog.Leg, e dialog.End) { s.heard <- Heard{What: "end", Leg: l, End: e} }

// Answered is for Stack.Dial and Leg.Request.
func (s *Side) Answered(r dialog.Response) { s.heard <- Heard{What: "answer", Answer: r} }

// Incoming is for dialog.Options.
func (s *Side) Incoming(l *dialog.Leg, r *dialog.Request) dialog.Events {
	s.heard <- Heard{What: "call", Leg: l, Request: r}
	return s
}

// URI is how to call this side over "udp" or "tcp".
func (s *Side) URI(user, transport string) sip.Uri {
	return URI(user, s.Stack.Addr(transport), transport)
}

// URI is sip:user@addr, with the transport where that is not UDP.
func URI(user string, addr netip.AddrPort, transport string) sip.Uri {
	u := sip.Uri{Scheme: "sip", User: user, Host: addr.Addr().String(), Port: int(addr.Port())}
	if transport != "udp" {
		u.UriParams.Add("transport", transport)
	}
	return u
}

// Dial calls; body is the offer.
func (s *Side) Dial(to sip.Uri, body string, change ...func(*dialog.Call)) *dialog.Leg {
	s.t.Helper()
	c := dialog.Call{To: to, From: sip.Uri{User: s.name}, Content: dialog.SDP([]byte(body))}
	for _, f := range change {
		f(&c)
	}
	l, err := s.Stack.Dial(c, s, s.Answered)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Leg = l
	return l
}

// Ask sends a request inside the last call.
func (s *Side) Ask(method, body string) {
	s.Leg.Request(method, dialog.SDP([]byte(body)), nil, s.Answered)
}

// Want waits for the next thing heard, which begins with what.
func (s *Side) Want(why, what string) Heard {
	s.t.Helper()
	select {
	case h := <-s.heard:
		if !strings.HasPrefix(h.String(), what) {
			s.t.Fatalf("%s: %s heard %v, want %s", why, s.name, h, what)
		}
		if h.Leg != nil {
			s.Leg = h.Leg
		}
		return h
	case <-time.After(Patience):
		s.t.Fatalf("%s: %s heard nothing, want %s", why, s.name, what)
	}
	return Heard{}
}

// Idle says that nothing is waiting to be heard.
func (s *Side) Idle(why string) {
	s.t.Helper()
	select {
	case h := <-s.heard:
		s.t.Fatalf("%s: %s heard %v, want nothing", why, s.name, h)
	default:
	}
}

// Gone waits until no legs are left.
func (s *Side) Gone(why string) {
	s.t.Helper()
	Until(s.t, fmt.Sprintf("%s: no legs are left at %s", why, s.name), func() bool { return s.Stack.Legs() == 0 })
}

// Until waits for a condition.
func Until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !ok(); <-time.After(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// Goroutines waits until there are no more than before.
func Goroutines(t testing.TB, before int) {
	t.Helper()
	for end := time.Now().Add(Patience); runtime.NumGoroutine() > before; <-time.After(2 * time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}

// Connect makes a call from a to b and answers it.
func Connect(t testing.TB, a, b *Side, transport string) {
	t.Helper()
	a.Dial(b.URI("100", transport), "offer")
	b.Want("b is called", `call INVITE "offer"`).Respond(200, "answer")
	a.Want("a is answered", `answer 200 "answer"`)
	b.Want("a acknowledges", `ack ""`)
}
