package trunk

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// Set is all trunks of a server.
type Set struct {
	// set at construction; immutable
	order  []string
	trunks map[string]*entry
	lookup func(ctx context.Context, host string) ([]netip.Addr, error)

	mu sync.Mutex // guards entry.addrs and entry.calls
}

type entry struct {
	Trunk
	place place
	exact []netip.AddrPort // sources with a port
	nets  []netip.Prefix   // sources without
	addrs []netip.Addr     // of the server, when no sources are given
	calls int              // up now
}

// NewSet checks the trunks. Names of servers are looked up by Watch.
func NewSet(trunks []Trunk) (*Set, error) {
	s := &Set{trunks: map[string]*entry{}, lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}}
	for _, t := range trunks {
		e, err := newEntry(t)
		if err != nil {
			return nil, fmt.Errorf("trunk %q: %w", t.Name, err)
		}
		if t.Name == "" || s.trunks[t.Name] != nil {
			return nil, fmt.Errorf("trunk %q: every trunk needs a name of its own", t.Name)
		}
		s.order, s.trunks[t.Name] = append(s.order, t.Name), e
	}
	return s, nil
}

func newEntry(t Trunk) (*entry, error) {
	p, err := parseServer(t.Server)
	if err != nil {
		return nil, err
	}
	e := &entry{Trunk: t, place: p}
	for _, from := range t.InboundFrom {
		from = strings.TrimSpace(from)
		if ap, err := netip.ParseAddrPort(from); err == nil {
			e.exact = append(e.exact, netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()))
		} else if prefix, err := netip.ParsePrefix(from); err == nil {
			e.nets = append(e.nets, prefix)
		} else if addr, err := netip.ParseAddr(strings.Trim(from, "[]")); err == nil {
			e.nets = append(e.nets, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
		} else {
			return nil, fmt.Errorf("inbound_from %q: want an address, address:port or network", from)
		}
	}
	if addr, err := netip.ParseAddr(p.host); err == nil && len(t.InboundFrom) == 0 {
		e.addrs = []netip.Addr{addr.Unmap()}
	}
	return e, nil
}

// Match gives the trunk that calls from this source belong to. An address with
// its port is a better match than an address, and that than a network; of
// equals the first trunk is taken.
func (s *Set) Match(source netip.AddrPort) (name string, ok bool) {
	source = netip.AddrPortFrom(source.Addr().Unmap(), source.Port())
	best := 0
	for _, n := range s.order {
		if m := s.match(s.trunks[n], source); m > best {
			name, best = n, m
		}
	}
	return name, best > 0
}

// match tells how well a source fits: 0 not at all.
func (s *Set) match(e *entry, source netip.AddrPort) int {
	if slices.Contains(e.exact, source) {
		return 1000
	}
	best := 0
	for _, p := range e.nets {
		if p.Contains(source.Addr()) {
			best = max(best, 1+p.Bits())
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(e.addrs, source.Addr()) {
		best = max(best, 1+source.Addr().BitLen())
		if int(source.Port()) == e.place.port {
			best = 1000
		}
	}
	return best
}

// Names are the trunks in the order of the configuration.
func (s *Set) Names() []string { return s.order }

// Call is a call to number over the named trunk, without content yet. number is
// a number, or a whole URI where it begins with sip: or sips:; then the name may
// be empty. from is the calling number, "" for the trunk's own.
func (s *Set) Call(name, number, from string) (dialog.Call, error) {
	e := s.trunks[name]
	if e == nil {
		if name == "" && strings.HasPrefix(strings.ToLower(number), "sip") {
			return Trunk{}.call(place{}, number, from)
		}
		return dialog.Call{}, fmt.Errorf("there is no trunk %q", name)
	}
	return e.call(e.place, number, from)
}

// Begin counts a call of the trunk; false says that it has as many as it may.
// End takes it off again.
func (s *Set) Begin(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.trunks[name]
	if e == nil {
		return true
	}
	if e.MaxCalls > 0 && e.calls >= e.MaxCalls {
		return false
	}
	e.calls++
	return true
}

// End takes off a call that Begin counted.
func (s *Set) End(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.trunks[name]; e != nil {
		e.calls--
	}
}

// Called is the number that a call of the named trunk is for. A server where we
// are registered calls our Contact, whose user is our user name, and leaves the
// number in To.
func (s *Set) Called(name string, invite *dialog.Request) string {
	if e := s.trunks[name]; e != nil && e.Register && invite.URI.User == e.Username && invite.To.User != "" {
		return plainNumber(invite.To.User)
	}
	if invite.URI.Scheme == "tel" {
		number, _, _ := strings.Cut(invite.URI.Raw(), ";")
		return number
	}
	return plainNumber(invite.URI.User)
}

// plainNumber takes the escapes (RFC 3261 19.1.2) and the parameters of a
// telephone subscriber (19.1.6) off a user part.
func plainNumber(user string) string {
	user, _, _ = strings.Cut(user, ";")
	if plain, err := url.PathUnescape(user); err == nil {
		return plain
	}
	return user
}

// Calling is the number that a call comes from, "" where it is withheld.
func Calling(invite *dialog.Request) string {
	if invite.From.Scheme == "tel" {
		number, _, _ := strings.Cut(invite.From.Raw(), ";")
		return number
	}
	if strings.EqualFold(invite.From.User, "anonymous") {
		return ""
	}
	return plainNumber(invite.From.User)
}
