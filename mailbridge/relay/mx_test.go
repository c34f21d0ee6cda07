package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/pagebridge/pagebridge/mailbridge"
)

// world is DNS and the network: names of hosts lead to listeners on loopback.
type world struct {
	mx     map[string][]*net.MX
	broken map[string]bool // domains whose lookup fails
	hosts  map[string]string

	mu     sync.Mutex
	dialed []string
}

func (w *world) LookupMX(_ context.Context, domain string) ([]*net.MX, error) {
	if w.broken[domain] {
		return nil, &net.DNSError{Err: "server misbehaving", Name: domain, IsTemporary: true}
	}
	if list, ok := w.mx[domain]; ok {
		return list, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: domain, IsNotFound: true}
}

func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, _ := strings.Cut(strings.TrimSuffix(address, ":25"), "%")
	w.mu.Lock()
	w.dialed = append(w.dialed, host)
	w.mu.Unlock()
	to, ok := w.hosts[host]
	switch {
	case !ok:
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	case to == "":
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	return new(net.Dialer).DialContext(ctx, network, to)
}

func (w *world) relay(t *testing.T) *Relay {
	return relayTo(t, "", func(o *Options) { o.Resolver, o.Dial = w, w.dial })
}

func mx(pref uint16, host string) *net.MX { return &net.MX{Host: host, Pref: pref} }

func TestMX(t *testing.T) {
	later := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "later"}
	gone := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	for _, tt := range []struct {
		name, to string
		mx       []*net.MX
		first    *peer             // at a.test; nil: nobody listens
		dialed   string            // hosts in order
		status   mailbridge.Status // "": taken, "4": try again
	}{
		{"best first", "x@d.test", []*net.MX{mx(20, "b.test."), mx(10, "a.test.")}, &peer{}, "[a.test]", ""},
		{"the second when nobody listens", "x@d.test", []*net.MX{mx(10, "a.test."), mx(20, "b.test.")}, nil, "[a.test b.test]", ""},
		{"the second when the first says later", "x@D.test", []*net.MX{mx(10, "a.test."), mx(20, "b.test.")},
			&peer{rcptErr: map[string]error{"x@D.test": later}}, "[a.test b.test]", ""},
		{"no second when the first refuses", "x@d.test", []*net.MX{mx(10, "a.test."), mx(20, "b.test.")},
			&peer{rcptErr: map[string]error{"x@d.test": gone}}, "[a.test]", "5.1.1"},
		{"a host without address", "x@d.test", []*net.MX{mx(10, "nobody.test."), mx(20, "b.test.")}, nil, "[nobody.test b.test]", ""},
		{"null MX", "x@d.test", []*net.MX{mx(0, ".")}, nil, "[]", "5.1.10"},
		{"implicit MX", "x@b.test", nil, nil, "[b.test]", ""},
		{"no such domain", "x@typo.test", nil, nil, "[typo.test]", "5.1.2"},
		{"DNS is down", "x@broken.test", nil, nil, "[]", "4"},
		{"nobody listens anywhere", "x@a.test", nil, nil, "[a.test]", "4"},
		{"IPv4 literal", "x@[192.0.2.1]", nil, nil, "[192.0.2.1]", ""},
		{"IPv6 literal", "x@[IPv6:2001:db8::1]", nil, nil, "[[2001:db8::1]]", ""},
		{"bad literal", "x@[nowhere]", nil, nil, "[]", "5.1.2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			second := serve(t, &peer{}, nil)
			w := &world{
				mx: map[string][]*net.MX{}, broken: map[string]bool{"broken.test": true},
				hosts: map[string]string{"a.test": "", "b.test": second, "192.0.2.1": second, "[2001:db8::1]": second},
			}
			if tt.mx != nil {
				w.mx["d.test"] = tt.mx
			}
			if tt.first != nil {
				w.hosts["a.test"] = serve(t, tt.first, nil)
			}
			err := w.relay(t).Send(t.Context(), Envelope{To: []string{tt.to}}, testMail)
			if got := verdict(err); got != tt.status || fmt.Sprint(w.dialed) != tt.dialed {
				t.Errorf("%q (%v) by way of %v, want %q by way of %s", got, err, w.dialed, tt.status, tt.dialed)
			}
		})
	}
}

func verdict(err error) mailbridge.Status {
	var p *mailbridge.PermanentError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &p):
		return p.Status
	}
	return "4"
}

// A host that failed is asked last by the next mail.
func TestMXRemembersFailure(t *testing.T) {
	w := &world{
		mx:    map[string][]*net.MX{"d.test": {mx(10, "a.test."), mx(20, "b.test.")}},
		hosts: map[string]string{"a.test": "", "b.test": serve(t, &peer{}, nil)},
	}
	r := w.relay(t)
	for range 2 {
		if err := r.Send(t.Context(), Envelope{To: []string{"x@d.test"}}, testMail); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(w.dialed); got != "[a.test b.test b.test]" {
		t.Errorf("dialled %s", got)
	}
}

// Recipients of several domains: what one takes is not sent again for the other.
func TestMXSeveralDomains(t *testing.T) {
	p := &peer{}
	w := &world{
		mx:    map[string][]*net.MX{"d.test": {mx(10, "a.test.")}, "null.test": {mx(0, ".")}},
		hosts: map[string]string{"a.test": serve(t, p, nil)},
	}
	err := w.relay(t).Send(t.Context(), Envelope{To: []string{"x@d.test", "y@null.test", "z@d.test"}}, testMail)
	var partial *PartialError
	if !errors.As(err, &partial) || len(partial.Refused) != 1 || verdict(partial.Refused["y@null.test"]) != "5.1.10" {
		t.Fatalf("the error is %v", err)
	}
	if slices.Sort(p.to); fmt.Sprint(p.to) != "[x@d.test z@d.test]" {
		t.Errorf("taken for %v", p.to)
	}
}
