package trunk

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/dialog"
	"github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

func TestMain(m *testing.M) {
	dialogtest.ShortTimers()
	os.Exit(m.Run())
}

func TestServer(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1":                          "192.0.2.1:5060 udp sip:5@192.0.2.1",
		"192.0.2.1:5070":                     "192.0.2.1:5070 udp sip:5@192.0.2.1:5070",
		"sip.example.com;transport=tcp":      "sip.example.com:5060 tcp sip:5@sip.example.com;transport=tcp",
		"[2001:db8::1]:7;transport=UDP":      "[2001:db8::1]:7 udp sip:5@[2001:db8::1]:7",
		"2001:db8::1":                        "[2001:db8::1]:5060 udp sip:5@[2001:db8::1]",
		"sip.example.com:99 ; transport=tcp": "sip.example.com:99 tcp sip:5@sip.example.com:99;transport=tcp",
		"":                                   "",
		"host:0":                             "",
		"host:port":                          "",
		"host:70000":                         "",
		"a b":                                "",
		"sip:host":                           "",
		"h;transport=sctp":                   "",
		"h;lr":                               "",
		"user@host":                          "",
	} {
		p, err := parseServer(in)
		if err != nil {
			if want != "" {
				t.Errorf("%q: %v", in, err)
			}
			continue
		}
		uri := p.uri("5", "")
		if got := p.hostPort() + " " + p.via() + " " + uri.String(); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestCall(t *testing.T) {
	s, err := NewSet([]Trunk{
		{Name: "plain", Server: "192.0.2.1:5070", From: "+1555"},
		{Name: "domain", Server: "192.0.2.2;transport=tcp", Domain: "example.com", Username: "u", Password: "p"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ trunk, number, from, to, server, caller string }{
		{"plain", "+1999", "", "sip:+1999@192.0.2.1:5070", "192.0.2.1:5070", "+1555"},
		{"plain", "100", "200", "sip:100@192.0.2.1:5070", "192.0.2.1:5070", "200"},
		{"domain", "100", "", "sip:100@example.com;transport=tcp", "192.0.2.2:5060", ""},
		{"domain", "sip:x@y:7;transport=udp", "", "sip:x@y:7;transport=udp", "", ""},
		{"", "SIP:x@y", "3", "sip:x@y", "", "3"},
		{"", "100", "", "", "", ""},
		{"none", "100", "", "", "", ""},
		{"plain", "", "", "", "", ""},
		{"plain", "1@evil", "", "", "", ""},
		{"plain", "1 2", "", "", "", ""},
		{"plain", "1\r\nX: y", "", "", "", ""},
		{"plain", "1", "a>b", "", "", ""},
		{"plain", "sip:", "", "", "", ""},
	} {
		got, err := s.Call(c.trunk, c.number, Caller{Number: c.from})
		if err != nil {
			if c.to != "" {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		if got.To.String() != c.to || got.Server != c.server || got.From.User != c.caller {
			t.Errorf("%+v gives %s at %s from %s", c, got.To.String(), got.Server, got.From.String())
		}
	}
	if c, _ := s.Call("domain", "1", Caller{}); c.Credentials != (dialog.Credentials{Username: "u", Password: "p"}) || c.From.Host != "example.com" {
		t.Errorf("the call reads %+v", c)
	}
}

func TestMatch(t *testing.T) {
	s, err := NewSet([]Trunk{
		{Name: "wide", Server: "192.0.2.99", InboundFrom: []string{"192.0.2.0/24", "2001:db8::/32"}},
		{Name: "host", Server: "192.0.2.1:5070"},
		{Name: "door", Server: "192.0.2.1:5080"},
		{Name: "port", Server: "192.0.2.2", InboundFrom: []string{"192.0.2.2:6000", "[2001:db8::5]:6000"}},
		{Name: "named", Server: "sip.example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.trunks["named"].addrs = []netip.Addr{netip.MustParseAddr("198.51.100.1")}
	for source, want := range map[string]string{
		"192.0.2.1:5070":          "host",
		"192.0.2.1:5080":          "door",
		"192.0.2.1:1234":          "host",
		"192.0.2.2:6000":          "port",
		"192.0.2.2:6001":          "wide",
		"192.0.2.99:5060":         "wide",
		"[2001:db8::5]:6000":      "port",
		"[2001:db8::6]:6000":      "wide",
		"[::ffff:192.0.2.1]:5070": "host",
		"198.51.100.1:5060":       "named",
		"198.51.100.2:5060":       "",
	} {
		got, ok := s.Match(netip.MustParseAddrPort(source))
		if got != want || ok != (want != "") {
			t.Errorf("%s is %q, want %q", source, got, want)
		}
	}
	for _, bad := range [][]Trunk{
		{{Server: "h"}}, {{Name: "a", Server: "h"}, {Name: "a", Server: "h"}}, {{Name: "a"}},
		{{Name: "a", Server: "h", InboundFrom: []string{"example.com"}}},
	} {
		if _, err := NewSet(bad); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func TestMaxCalls(t *testing.T) {
	s, _ := NewSet([]Trunk{{Name: "a", Server: "h", MaxCalls: 2}, {Name: "b", Server: "h"}})
	for i, want := range []bool{true, true, false, false} {
		if s.Begin("a") != want {
			t.Errorf("call %d of a: want %v", i, want)
		}
	}
	if !s.Begin("b") || !s.Begin("none") {
		t.Error("others have no bound")
	}
	s.End("a")
	s.End("none")
	if !s.Begin("a") {
		t.Error("one is over")
	}
}

func TestNumbers(t *testing.T) {
	s, _ := NewSet([]Trunk{{Name: "reg", Server: "h", Register: true, Username: "me"}})
	uri := func(text string) (u sip.Uri) {
		if err := sip.ParseUri(text, &u); err != nil {
			t.Fatal(err)
		}
		return u
	}
	for _, c := range []struct{ trunk, uri, to, want string }{
		{"reg", "sip:me@h", "sip:+15@h", "+15"},
		{"reg", "sip:+16@h", "sip:+15@h", "+16"},
		{"none", "sip:me@h", "sip:+15@h", "me"},
		{"none", "tel:+17;phone-context=x", "sip:+15@h", "+17"},
	} {
		if got := s.Called(c.trunk, &dialog.Request{URI: uri(c.uri), To: uri(c.to)}); got != c.want {
			t.Errorf("%+v gives %s", c, got)
		}
	}
	for from, want := range map[string]string{"sip:+15@h": "+15", "sip:Anonymous@anonymous.invalid": "", "tel:+17": "+17"} {
		if got := calling(&dialog.Request{From: uri(from)}); got != want {
			t.Errorf("%s calls as %q, want %q", from, got, want)
		}
	}
}

// script is a server that answers as it is told, in virtual time.
type script struct {
	t       *testing.T
	start   time.Time
	mu      sync.Mutex
	answers map[string][]any // by method: a dialog.Response or an error each, the last for ever
	asked   []string
	cseq    uint32
	pings   []string
	pinged  []time.Duration
	pingErr error
}

func (s *script) Ask(ctx context.Context, q dialog.Question) (dialog.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := q.Method
	for _, h := range q.Headers {
		line += " " + h.Name + "=" + h.Value
	}
	s.asked = append(s.asked, time.Since(s.start).Truncate(time.Second).String()+" "+line)
	if q.Method == "REGISTER" {
		if q.CSeq <= s.cseq || q.CallID == "" || !q.Contact {
			s.t.Errorf("CSeq %d after %d", q.CSeq, s.cseq)
		}
		s.cseq = q.CSeq + 1 // a challenge took one
	}
	a := s.answers[q.Method]
	if len(a) > 1 {
		s.answers[q.Method] = a[1:]
	}
	if err, ok := a[0].(error); ok {
		return dialog.Response{}, err
	}
	return a[0].(dialog.Response), nil
}

func (s *script) KeepAlive(_ context.Context, transport, server string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pings = append(s.pings, transport+" "+server)
	s.pinged = append(s.pinged, time.Since(s.start))
	return s.pingErr
}

// watching runs Watch for d of virtual time and gives what was reported.
func watching(t *testing.T, trunk Trunk, s *script, d time.Duration) (reports []string) {
	synctest.Test(t, func(t *testing.T) {
		set, err := NewSet([]Trunk{trunk})
		if err != nil {
			t.Fatal(err)
		}
		s.t, s.start = t, time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		set.Watch(ctx, s, dialogtest.Logger(t), func(name string, up bool, detail string) {
			state := "down"
			if up {
				state = "up"
			}
			reports = append(reports, time.Since(s.start).Truncate(time.Second).String()+" "+state+" "+detail)
		})
	})
	return reports
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPing(t *testing.T) {
	silence := errors.New("silence")
	s := &script{answers: map[string][]any{"OPTIONS": {
		silence, dialog.Response{Status: 200}, silence, dialog.Response{Status: 404}, silence, silence, silence,
		dialog.Response{Status: 503, Reason: "Full"}, dialog.Response{Status: 200},
	}}}
	reports := watching(t, Trunk{Name: "t", Server: "192.0.2.1", Ping: 10 * time.Second}, s, 95*time.Second)
	equal(t, "reports", reports, []string{
		"0s down no answer to OPTIONS: silence",
		"10s up OPTIONS is answered 200",
		"50s down no answer to OPTIONS: silence",
		"1m10s down OPTIONS is answered 503 Full",
		"1m20s up OPTIONS is answered 200",
	})
}

func TestRegister(t *testing.T) {
	granted := dialog.Response{Status: 200, Headers: []dialog.Header{
		{Name: "Contact", Value: "<sip:me@h>;expires=300;q=1"}, {Name: "Expires", Value: "3600"}}}
	s := &script{answers: map[string][]any{"REGISTER": {
		errors.New("silence"), dialog.Response{Status: 403, Reason: "No"}, granted, granted, dialog.Response{Status: 500, Reason: "Oh"}, granted,
	}}}
	reports := watching(t, Trunk{Name: "t", Server: "192.0.2.1", Register: true, Username: "me"}, s, 10*time.Minute)
	equal(t, "reports", reports, []string{
		"0s down no answer to REGISTER: silence",
		"30s down REGISTER is answered 403 No",
		"1m0s up registered for 5m0s",
		"9m0s down REGISTER is answered 500 Oh",
		"9m30s up registered for 5m0s",
	})
	equal(t, "asked", s.asked, []string{
		"0s REGISTER Expires=600", "30s REGISTER Expires=600", "1m0s REGISTER Expires=600",
		"5m0s REGISTER Expires=600", "9m0s REGISTER Expires=600", "9m30s REGISTER Expires=600",
		"10m0s REGISTER Expires=0",
	})
}

func TestUnwatchedTrunkIsUp(t *testing.T) {
	equal(t, "reports", watching(t, Trunk{Name: "t", Server: "192.0.2.1"}, &script{}, time.Second), []string{"0s up not watched"})
}

// moving is DNS that gives a host another address each time.
type moving struct {
	names
	answers [][]netip.Addr
}

func (m *moving) Addrs(context.Context, string) ([]netip.Addr, error) {
	a := m.answers[0]
	m.answers = m.answers[1:]
	if a == nil {
		return nil, errNoName
	}
	return a, nil
}

func TestNamesAreLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, _ := NewSet([]Trunk{{Name: "t", Server: "sip.example.com"}})
		answers := [][]netip.Addr{nil, {netip.MustParseAddr("192.0.2.1")}, {netip.MustParseAddr("::ffff:192.0.2.2")}}
		set.UseDNS(&moving{answers: answers})
		ctx, cancel := context.WithTimeout(t.Context(), 14*time.Minute)
		defer cancel()
		go set.Watch(ctx, &script{}, dialogtest.Logger(t), func(string, bool, string) {})
		for _, want := range []string{"", "192.0.2.1", "192.0.2.2"} {
			synctest.Wait()
			for _, a := range []string{"192.0.2.1", "192.0.2.2"} {
				if _, ok := set.Match(netip.MustParseAddrPort(a + ":5060")); ok != (a == want) {
					t.Errorf("%s matches: %v, at that time the server is %q", a, ok, want)
				}
			}
			time.Sleep(lookupEvery)
		}
	})
}

// TestPingAndRegister: the trunk is up when all that is watched is well, and while
// it is down the reason is told that holds.
func TestPingAndRegister(t *testing.T) {
	s := &script{answers: map[string][]any{
		"OPTIONS":  {dialog.Response{Status: 200}},
		"REGISTER": {dialog.Response{Status: 401, Reason: "No"}, dialog.Response{Status: 200}},
	}}
	reports := watching(t, Trunk{Name: "t", Server: "192.0.2.1", Register: true, Username: "me", Ping: 20 * time.Second}, s, 95*time.Second)
	equal(t, "reports", reports, []string{
		"0s down REGISTER is answered 401 No: it does not accept the trunk's username and password",
		"30s up registered for 10m0s; OPTIONS is answered 200",
	})
}
