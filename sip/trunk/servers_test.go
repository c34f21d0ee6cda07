package trunk

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pagebridge/pagebridge/sip/dialog"
	"github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
	"github.com/pagebridge/pagebridge/sip/dns"
)

func TestServersInOrder(t *testing.T) {
	s, err := NewSet([]Trunk{{Name: "a", Server: "192.0.2.1", Backup: []string{"192.0.2.2:5070", "b.example.com"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"192.0.2.1:5060", "192.0.2.2:5070", "b.example.com:5060"}
	if got := s.Servers("a"); !slices.Equal(got, want) {
		t.Errorf("servers: %v", got)
	}
	s.Failed("a", "192.0.2.1:5060")
	if got := s.Servers("a"); got[0] != want[1] || got[2] != want[0] {
		t.Errorf("after a failure: %v", got)
	}
	s.Answered("a", "192.0.2.1:5060")
	if got := s.Servers("a"); !slices.Equal(got, want) {
		t.Errorf("after an answer: %v", got)
	}
	if _, err := NewSet([]Trunk{{Name: "a", Server: "h", Backup: []string{"i;transport=tcp"}}}); err == nil {
		t.Error("transports of a trunk may differ")
	}
	if s.Servers("none") != nil {
		t.Error("a trunk that there is not has servers")
	}
}

// TestWeights: RFC 2782's choice, over many calls.
func TestWeights(t *testing.T) {
	list := []server{{place{host: "c"}, 20, 0}, {place{host: "a"}, 10, 60}, {place{host: "b"}, 10, 20}}
	first := map[string]int{}
	for i := range 81 {
		got := ordered(list, func(n int) int {
			if n == 81 {
				return i
			}
			return 0
		})
		first[got[0].host]++
		if got[2].host != "c" {
			t.Fatalf("priority 20 is not last: %v", got)
		}
	}
	if first["a"] != 61 || first["b"] != 20 {
		t.Errorf("first: %v", first)
	}
}

// names is DNS by heart: NAPTR by domain, SRV and addresses by name.
type names struct {
	naptr map[string][]dns.NAPTR
	srv   map[string][]*net.SRV
	addrs map[string][]netip.Addr
	asked []string
}

var errNoName = errors.New("no such name")

func (n *names) NAPTR(_ context.Context, domain string) ([]dns.NAPTR, error) {
	n.asked = append(n.asked, domain)
	return n.naptr[domain], nil
}

func (n *names) SRV(_ context.Context, name string) ([]*net.SRV, error) {
	n.asked = append(n.asked, name)
	if n.srv[name] == nil {
		return nil, errNoName
	}
	return n.srv[name], nil
}

func (n *names) Addrs(_ context.Context, host string) ([]netip.Addr, error) {
	n.asked = append(n.asked, host)
	if n.addrs[host] == nil {
		return nil, errNoName
	}
	return n.addrs[host], nil
}

func TestServersOfADomain(t *testing.T) {
	here := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	two := []*net.SRV{{Target: "two.example.com.", Port: 5071, Priority: 2}, {Target: "one.example.com.", Port: 5070, Priority: 1}}
	one := two[1:]
	domain := func(records ...dns.NAPTR) map[string][]dns.NAPTR {
		return map[string][]dns.NAPTR{"example.com": records}
	}
	for _, c := range []struct {
		name, server string
		dns          names
		asked        []string
		servers      []string
		transport    string // of the URI that is called
	}{
		{"a transport is given: SRV alone", "example.com;transport=tls",
			names{srv: map[string][]*net.SRV{"_sips._tcp.example.com": two}},
			[]string{"_sips._tcp.example.com"}, []string{"one.example.com:5070", "two.example.com:5071"}, "tls"},
		{"the domain prefers TCP", "example.com",
			names{naptr: domain(dns.NAPTR{Flags: "s", Service: "SIP+D2T", Replacement: "_sip._tcp.a.example.com"}, dns.NAPTR{Flags: "s", Service: "SIP+D2U", Replacement: "_sip._udp.example.com"}),
				srv: map[string][]*net.SRV{"_sip._tcp.a.example.com": one, "_sip._udp.example.com": two}},
			[]string{"example.com", "_sip._tcp.a.example.com"}, []string{"one.example.com:5070"}, "tcp"},
		{"what nobody serves is passed over", "example.com",
			names{naptr: domain(dns.NAPTR{Flags: "s", Service: "SIP+D2S", Replacement: "_sip._sctp.example.com"},
				dns.NAPTR{Flags: "s", Service: "SIPS+D2T", Replacement: "_sips._tcp.example.com"}, dns.NAPTR{Flags: "a", Service: "SIP+D2T", Replacement: "host.example.com"}),
				srv: map[string][]*net.SRV{}},
			[]string{"example.com", "_sips._tcp.example.com"}, []string{"host.example.com:5060"}, "tcp"},
		{"SRV without NAPTR", "example.com",
			names{srv: map[string][]*net.SRV{"_sip._tcp.example.com": one}},
			[]string{"example.com", "_sip._udp.example.com", "_sip._tcp.example.com"}, []string{"one.example.com:5070"}, "tcp"},
		{"neither", "example.com", names{},
			[]string{"example.com", "_sip._udp.example.com", "_sip._tcp.example.com", "_sips._tcp.example.com"}, []string{"example.com:5060"}, ""},
		{"the service is not there", "example.com;transport=tcp",
			names{srv: map[string][]*net.SRV{"_sip._tcp.example.com": {{Target: "."}}}},
			[]string{"_sip._tcp.example.com"}, []string{"example.com:5060"}, "tcp"},
		{"a port is given", "example.com:5080", names{}, nil, []string{"example.com:5080"}, ""},
		{"an address", "192.0.2.1;transport=tcp", names{}, nil, []string{"192.0.2.1:5060"}, "tcp"},
	} {
		set, err := NewSet([]Trunk{{Name: "t", Server: c.server, InboundFrom: []string{here[0].String()}}})
		if err != nil {
			t.Fatal(err)
		}
		set.UseDNS(&c.dns)
		set.resolveOnce(t.Context(), set.trunks["t"], dialogtest.Logger(t))
		if !slices.Equal(c.dns.asked, c.asked) {
			t.Errorf("%s: asked for %q, want %q", c.name, c.dns.asked, c.asked)
		}
		if got := set.Servers("t"); !slices.Equal(got, c.servers) {
			t.Errorf("%s: servers %v, want %v", c.name, got, c.servers)
		}
		call, err := set.Call("t", "+1555", Caller{})
		if got, _ := call.To.UriParams.Get("transport"); err != nil || got != c.transport {
			t.Errorf("%s: calls %v, %v", c.name, call.To, err)
		}
	}
}

// Nobody is asked before it is known where they are.
func TestRegisterWaitsForDNS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, err := NewSet([]Trunk{{Name: "t", Server: "example.com", Register: true, Username: "me"}})
		if err != nil {
			t.Fatal(err)
		}
		set.UseDNS(&names{
			naptr: map[string][]dns.NAPTR{"example.com": {{Flags: "s", Service: "SIP+D2T", Replacement: "_sip._tcp.example.com"}}},
			srv:   map[string][]*net.SRV{"_sip._tcp.example.com": {{Target: "one.example.com.", Port: 5070}}},
			addrs: map[string][]netip.Addr{"one.example.com": {netip.MustParseAddr("192.0.2.9")}},
		})
		b := &byServer{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		set.Watch(ctx, b, dialogtest.Logger(t), func(string, bool, string) {})
		if len(b.asked) == 0 || b.asked[0] != "REGISTER one.example.com:5070" {
			t.Errorf("asked: %v", b.asked)
		}
		if name, ok := set.Match(netip.MustParseAddrPort("192.0.2.9:40000")); !ok || name != "t" {
			t.Errorf("a call of the server that DNS names is of %q, %v", name, ok)
		}
	})
}

// byServer answers for each server as it is told.
type byServer struct {
	down  map[string]bool
	asked []string
}

func (b *byServer) Ask(_ context.Context, q dialog.Question) (dialog.Response, error) {
	b.asked = append(b.asked, q.Method+" "+q.Server)
	if b.down[q.Server] {
		return dialog.Response{}, errors.New("silence")
	}
	return dialog.Response{Status: 200, Headers: []dialog.Header{{Name: "Expires", Value: "120"}}}, nil
}

func (b *byServer) KeepAlive(context.Context, string, string) error { return nil }

func TestRegisterFailsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, err := NewSet([]Trunk{{Name: "t", Server: "192.0.2.1", Backup: []string{"192.0.2.2"}, Register: true, Username: "me"}})
		if err != nil {
			t.Fatal(err)
		}
		b := &byServer{down: map[string]bool{"192.0.2.1:5060": true}}
		var ups []bool
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		set.Watch(ctx, b, dialogtest.Logger(t), func(_ string, up bool, _ string) { ups = append(ups, up) })
		if len(ups) != 1 || !ups[0] {
			t.Errorf("reports: %v", ups)
		}
		want := []string{"REGISTER 192.0.2.1:5060", "REGISTER 192.0.2.2:5060"}
		if len(b.asked) < 3 || !slices.Equal(b.asked[:2], want) {
			t.Errorf("asked: %v", b.asked)
		}
	})
}
