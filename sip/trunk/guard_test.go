package trunk

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// doors are trunks as a Guard sees them: one known by its address, two that share an
// address and are told apart by domain, and two that anybody may be who proves it.
func doors(t *testing.T) *Set {
	t.Helper()
	s, err := NewSet([]Trunk{
		{Name: "fixed", Server: "192.0.2.1"},
		{Name: "acme", Server: "192.0.2.2", InboundDomains: []string{"acme.example", "acme.example.com"}},
		{Name: "globex", Server: "192.0.2.2", InboundDomains: []string{"globex.example"}},
		{Name: "roams", Server: "192.0.2.3", InboundUsername: "road", InboundPassword: "secret"},
		{Name: "roams-for-acme", Server: "192.0.2.4", InboundUsername: "shared", InboundPassword: "one", InboundDomains: []string{"acme.example"}},
		{Name: "roams-for-globex", Server: "192.0.2.5", InboundUsername: "shared", InboundPassword: "two", InboundDomains: []string{"globex.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func invite(from, user, host string) *dialog.Request {
	return &dialog.Request{
		Method: "INVITE", Source: netip.MustParseAddrPort(from),
		URI: sip.Uri{Scheme: "sip", User: user, Host: host}, To: sip.Uri{Host: "192.0.2.254"}, From: sip.Uri{Host: "192.0.2.253"},
	}
}

func TestWhoseCallByAddressAndDomain(t *testing.T) {
	g, s, now := NewGuard(), doors(t), time.Unix(1e9, 0)
	for _, c := range []struct{ from, host, want string }{
		{"192.0.2.1:5060", "any.example", "fixed"},
		{"192.0.2.2:5060", "ACME.example", "acme"},
		{"192.0.2.2:40000", "globex.example", "globex"},
		{"192.0.2.2:5060", "other.example", ""},
		{"192.0.2.9:5060", "acme.example", ""},
	} {
		v := g.Admit(s, invite(c.from, "100", c.host), now)
		if v.Trunk != c.want || (c.want == "") != (v.Refusal.Status == 401) {
			t.Errorf("from %s for %s: %+v, want %q", c.from, c.host, v, c.want)
		}
	}
	by := invite("192.0.2.2:5060", "100", "192.0.2.254")
	by.From.Host = "globex.example"
	if v := g.Admit(s, by, now); v.Trunk != "globex" {
		t.Errorf("by From: %+v", v)
	}
	closed, err := NewSet([]Trunk{{Name: "fixed", Server: "192.0.2.1"}})
	if err != nil {
		t.Fatal(err)
	}
	if v := g.Admit(closed, invite("192.0.2.9:5060", "100", "x"), now); v.Refusal.Status != 403 || v.Why == "" {
		t.Errorf("where nobody can prove anything: %+v", v)
	}
}

// answer is the response to a challenge of v, the nth with its nonce.
func answer(t *testing.T, r *dialog.Request, v Verdict, algorithm, user, password string, nth int) *dialog.Request {
	t.Helper()
	for _, h := range v.Refusal.Headers {
		ch, err := digest.ParseChallenge(h.Value)
		if err != nil || h.Name != "WWW-Authenticate" {
			t.Fatalf("%+v: %v", h, err)
		}
		if ch.Algorithm != algorithm {
			continue
		}
		c, err := digest.Digest(ch, digest.Options{Method: r.Method, URI: r.URI.String(), Count: nth, Username: user, Password: password})
		if err != nil {
			t.Fatal(err)
		}
		return &dialog.Request{Method: r.Method, URI: r.URI, From: r.From, To: r.To, Source: r.Source, Headers: []dialog.Header{
			{Name: "Authorization", Value: `Digest realm="another", username="x", nonce="n", uri="u", response="r"`},
			{Name: "Authorization", Value: c.String()},
		}}
	}
	t.Fatalf("no challenge of %s in %+v", algorithm, v)
	return nil
}

func stale(v Verdict) bool {
	if v.Refusal.Status != 401 || len(v.Refusal.Headers) == 0 {
		return false
	}
	ch, err := digest.ParseChallenge(v.Refusal.Headers[0].Value)
	return err == nil && ch.Stale
}

func TestWhoseCallByPassword(t *testing.T) {
	g, s, now := NewGuard(), doors(t), time.Unix(1e9, 0)
	from := "203.0.113.7:40000"
	ask := invite(from, "100", "fax.example.com")
	for _, algorithm := range []string{"SHA-256", "MD5"} {
		v := g.Admit(s, ask, now)
		if v.Refusal.Status != 401 || stale(v) || v.Why != "" {
			t.Fatalf("a stranger: %+v", v)
		}
		reply := answer(t, ask, v, algorithm, "road", "secret", 1)
		if got := g.Admit(s, reply, now.Add(time.Second)); got.Trunk != "roams" {
			t.Errorf("%s: %+v", algorithm, got)
		}
		if !g.Knows(ask.Source, now) || g.Knows(netip.MustParseAddrPort("203.0.113.7:40001"), now) || g.Knows(ask.Source, now.Add(2*time.Hour)) {
			t.Error("who has proved it is not known, or others are")
		}
		if got := g.Admit(s, reply, now.Add(2*time.Second)); !stale(got) {
			t.Errorf("%s, heard by another and said again: %+v", algorithm, got)
		}
		if got := g.Admit(s, answer(t, ask, v, algorithm, "road", "secret", 2), now.Add(3*time.Second)); got.Trunk != "roams" {
			t.Errorf("%s, the second call with a nonce: %+v", algorithm, got)
		}
		if got := g.Admit(s, answer(t, ask, v, algorithm, "road", "secret", 3), now.Add(nonceFor+time.Second)); !stale(got) {
			t.Errorf("%s, too late: %+v", algorithm, got)
		}
		other := answer(t, ask, v, algorithm, "road", "secret", 4)
		other.URI.User = "+19005551234"
		if got := g.Admit(s, other, now.Add(4*time.Second)); got.Trunk != "" || got.Why != "its password was for another number" {
			t.Errorf("%s, for another number: %+v", algorithm, got)
		}
		if got := g.Admit(s, answer(t, ask, v, algorithm, "nobody", "secret", 5), now); got.Trunk != "" || got.Why == "" {
			t.Errorf("%s, an unknown name: %+v", algorithm, got)
		}
	}
	v := NewGuard().Admit(s, ask, now)
	if got := g.Admit(s, answer(t, ask, v, "MD5", "road", "secret", 1), now); got.Trunk != "" || got.Why != "" {
		t.Errorf("a nonce of another: %+v", got)
	}
}

// One name for two trunks: the domain says whose password it is.
func TestPasswordOfADomain(t *testing.T) {
	g, s, now := NewGuard(), doors(t), time.Unix(1e9, 0)
	for _, c := range []struct{ host, password, want string }{
		{"acme.example", "one", "roams-for-acme"},
		{"globex.example", "two", "roams-for-globex"},
		{"globex.example", "one", ""},
		{"other.example", "one", ""},
	} {
		ask := invite("203.0.113.8:5060", "100", c.host)
		if v := g.Admit(s, answer(t, ask, g.Admit(s, ask, now), "SHA-256", "shared", c.password, 1), now); v.Trunk != c.want {
			t.Errorf("%s with %s: %+v", c.host, c.password, v)
		}
	}
}

// Who tries passwords is not asked any more, for a while; others are.
func TestGuessing(t *testing.T) {
	g, s, now := NewGuard(), doors(t), time.Unix(1e9, 0)
	try := func(from, password string) Verdict {
		ask := invite(from, "100", "x")
		v := g.Admit(s, ask, now)
		if v.Refusal.Status != 401 {
			return v
		}
		return g.Admit(s, answer(t, ask, v, "MD5", "road", password, 1), now)
	}
	for i := range maxGuesses {
		if v := try(fmt.Sprintf("203.0.113.9:%d", 5060+i), fmt.Sprint(i)); v.Refusal.Status != 401 || v.Why != "its password is wrong" {
			t.Fatalf("guess %d: %+v", i, v)
		}
	}
	if v := try("203.0.113.9:5060", "secret"); v.Refusal.Status != 403 {
		t.Errorf("after %d guesses: %+v", maxGuesses, v)
	}
	if v := try("203.0.113.10:5060", "secret"); v.Trunk != "roams" {
		t.Errorf("another address: %+v", v)
	}
	now = now.Add(guessFor)
	if v := try("203.0.113.9:5060", "secret"); v.Trunk != "roams" {
		t.Errorf("a while later: %+v", v)
	}
	for i := range 3 * maxRemember {
		g.fail(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if len(g.wrong) > maxRemember {
		t.Errorf("%d addresses are remembered", len(g.wrong))
	}
}

// FuzzGuard: whatever an Authorization says, nobody comes in by it.
func FuzzGuard(f *testing.F) {
	f.Add(`Digest username="road", realm="pagebridge", nonce="", uri="sip:100@x", response="", qop=auth, nc=00000001, cnonce="c", algorithm=MD5`)
	f.Add(`Digest realm="pagebridge", nc=ffffffff, algorithm=SHA-512, qop=auth-int`)
	f.Add(`Digest ,,,=`)
	f.Fuzz(func(t *testing.T, value string) {
		s, err := NewSet([]Trunk{{Name: "a", Server: "192.0.2.3", InboundUsername: "road", InboundPassword: "secret"}})
		if err != nil {
			t.Fatal(err)
		}
		r := invite("203.0.113.7:40000", "100", "x")
		r.Headers = []dialog.Header{{Name: "Authorization", Value: value}}
		if v := NewGuard().Admit(s, r, time.Unix(1e9, 0)); v.Trunk != "" || v.Refusal.Status == 0 {
			t.Fatalf("%+v", v)
		}
	})
}
