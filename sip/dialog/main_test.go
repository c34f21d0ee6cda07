package dialog

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The timers of RFC 3261 in hundredths: a transaction times out in 640 ms.
func TestMain(m *testing.M) {
	sip.SetTimers(10*time.Millisecond, 40*time.Millisecond, 50*time.Millisecond)
	sip.Timer_D = 64 * sip.T1
	os.Exit(m.Run())
}

// patience is how long a test waits for what must come.
const patience = 5 * time.Second

func quiet(t testing.TB) *slog.Logger {
	if testing.Verbose() {
		return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.NewTextHandler(io.Discard, nil))
}

// side is one end of a test call: what its leg tells comes out of heard.
type side struct {
	t     testing.TB
	name  string
	stack *Stack
	heard chan heard
	leg   *Leg // of the call at hand
}

// heard is one call of Events or of an answer function.
type heard struct {
	what string // "call", "request", "ack", "end", "answer"
	leg  *Leg
	req  *Request
	body string
	end  End
	res  Response
}

func (h heard) String() string {
	switch h.what {
	case "call", "request":
		return fmt.Sprintf("%s %s %q", h.what, h.req.Method, h.req.Body)
	case "answer":
		return fmt.Sprintf("answer %d %q", h.res.Status, h.res.Body)
	case "end":
		return fmt.Sprintf("end %q local %v", h.end.Reason, h.end.Local)
	}
	return fmt.Sprintf("%s %q", h.what, h.body)
}

func (s *side) Requested(l *Leg, r *Request) { s.heard <- heard{what: "request", leg: l, req: r} }
func (s *side) Acknowledged(l *Leg, c Content) {
	s.heard <- heard{what: "ack", leg: l, body: string(c.Body)}
}
func (s *side) Ended(l *Leg, e End) { s.heard <- heard{what: "end", leg: l, end: e} }
func (s *side) answered(r Response) { s.heard <- heard{what: "answer", res: r} }
func (s *side) incoming(l *Leg, r *Request) Events {
	s.heard <- heard{what: "call", leg: l, req: r}
	return s
}

// newSide listens on loopback, UDP and TCP.
func newSide(t testing.TB, name string, change ...func(*Options)) *side {
	t.Helper()
	s := &side{t: t, name: name, heard: make(chan heard, 100)}
	o := Options{
		Listen: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}, Logger: quiet(t).With("side", name), Incoming: s.incoming,
	}
	for _, c := range change {
		c(&o)
	}
	var err error
	if s.stack, err = Listen(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stack.Close)
	return s
}

// uri is how to call this side.
func (s *side) uri(user, transport string) sip.Uri {
	return uriOf(user, s.stack.Addr(transport), transport)
}

func uriOf(user string, addr netip.AddrPort, transport string) sip.Uri {
	u := sip.Uri{Scheme: "sip", User: user, Host: addr.Addr().String(), Port: int(addr.Port())}
	if transport != "udp" {
		u.UriParams.Add("transport", transport)
	}
	return u
}

// dial calls to and returns the leg.
func (s *side) dial(to sip.Uri, body string, change ...func(*Call)) *Leg {
	s.t.Helper()
	c := Call{To: to, From: sip.Uri{User: s.name}, Content: SDP([]byte(body))}
	for _, f := range change {
		f(&c)
	}
	l, err := s.stack.Dial(c, s, s.answered)
	if err != nil {
		s.t.Fatal(err)
	}
	s.leg = l
	return l
}

// want waits for the next thing heard; it begins with what.
func (s *side) want(why, what string) heard {
	s.t.Helper()
	select {
	case h := <-s.heard:
		if !strings.HasPrefix(h.String(), what) {
			s.t.Fatalf("%s: %s heard %v, want %s", why, s.name, h, what)
		}
		if h.leg != nil {
			s.leg = h.leg
		}
		return h
	case <-time.After(patience):
		s.t.Fatalf("%s: %s heard nothing, want %s", why, s.name, what)
	}
	return heard{}
}

// idle says that nothing is waiting to be heard.
func (s *side) idle(why string) {
	s.t.Helper()
	select {
	case h := <-s.heard:
		s.t.Fatalf("%s: %s heard %v, want nothing", why, s.name, h)
	default:
	}
}

// gone waits until no legs are left.
func (s *side) gone(why string) {
	s.t.Helper()
	for end := time.Now().Add(patience); s.stack.Legs() > 0; {
		if time.Now().After(end) {
			s.t.Fatalf("%s: %s still has %d legs", why, s.name, s.stack.Legs())
		}
		runtime.Gosched()
		<-time.After(time.Millisecond)
	}
}

func respond(r *Request, status int, body string) {
	r.Respond(Response{Status: status, Content: SDP([]byte(body))})
}

// connect makes a call from a to b and answers it.
func connect(t testing.TB, a, b *side, transport string) {
	t.Helper()
	a.dial(b.uri("100", transport), "offer")
	call := b.want("b is called", `call INVITE "offer"`)
	respond(call.req, 200, "answer")
	a.want("a is answered", `answer 200 "answer"`)
	b.want("a acknowledges", `ack ""`)
}
