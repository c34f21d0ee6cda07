package trunk

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/sip/dialog"
	"github.com/pagebridge/pagebridge/sip/dns"
)

// Set is all trunks of a server.
type Set struct {
	// set at construction; immutable
	order  []string
	trunks map[string]*entry
	dns    Names

	mu sync.Mutex // guards what of entry is not set at construction
}

type entry struct {
	Trunk
	place place
	exact []netip.AddrPort // sources with a port
	nets  []netip.Prefix   // sources without
	addrs []netip.Addr     // of the server, when no sources are given
	calls int              // up now

	servers []server             // of the configuration
	found   []server             // by DNS, all of one transport; nil: none, servers hold
	failed  map[string]time.Time // by host:port: tried last until then
	next    map[string]time.Time // "in" and "out": when the next call may come
}

// Names is DNS; dns.Resolver is.
type Names interface {
	Addrs(ctx context.Context, host string) ([]netip.Addr, error)
	SRV(ctx context.Context, name string) ([]*net.SRV, error)
	NAPTR(ctx context.Context, domain string) ([]dns.NAPTR, error)
}

// UseDNS lets Watch look names up there; it is called before Watch.
func (s *Set) UseDNS(names Names) { s.dns = names }

// NewSet checks the trunks. Names of servers are looked up by Watch.
func NewSet(trunks []Trunk) (*Set, error) {
	s := &Set{trunks: map[string]*entry{}, dns: dns.Resolver{}}
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
	e := &entry{Trunk: t, place: p, servers: []server{{place: p}}, failed: map[string]time.Time{}, next: map[string]time.Time{}}
	for i, b := range t.Backup {
		more, err := parseServer(b)
		if err != nil {
			return nil, err
		}
		if more.via() != p.via() {
			return nil, fmt.Errorf("backup %q: all servers of a trunk have the same transport", b)
		}
		e.servers = append(e.servers, server{place: more, priority: uint16(i + 1)})
	}
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
	for _, v := range e.servers {
		if addr, err := netip.ParseAddr(v.host); err == nil && len(t.InboundFrom) == 0 {
			e.addrs = append(e.addrs, addr.Unmap())
		}
	}
	return e, nil
}

// Match gives the trunk that calls from this source belong to. An address with
// its port is a better match than an address, and that than a network; of
// equals the first trunk is taken.
func (s *Set) Match(source netip.AddrPort) (name string, ok bool) {
	source = unmapped(source)
	best := 0
	for _, n := range s.order {
		if m := s.match(s.trunks[n], source); m > best {
			name, best = n, m
		}
	}
	return name, best > 0
}

// MatchCall is Match, and keeps to InboundDomains: of trunks that match equally well
// the one whose domain a call names is taken.
func (s *Set) MatchCall(invite *dialog.Request) (name string, ok bool) {
	best := 0
	for _, n := range s.order {
		e := s.trunks[n]
		m := 2 * s.match(e, unmapped(invite.Source))
		if m > 0 && len(e.InboundDomains) > 0 {
			m++
		}
		if m > best && e.serves(invite) {
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
		for _, v := range e.servers {
			if int(source.Port()) == v.port && v.host == source.Addr().String() {
				best = 1000
			}
		}
		if int(source.Port()) == e.place.port {
			best = 1000
		}
	}
	return best
}

// Names are the trunks in the order of the configuration.
func (s *Set) Names() []string { return s.order }

// Has says whether there is a trunk of that name.
func (s *Set) Has(name string) bool { return s.trunks[name] != nil }

// Inherit takes over what another set has learned of trunks of the same names:
// their calls, addresses and failures. To be called before the set is used.
func (s *Set) Inherit(from *Set) {
	from.mu.Lock()
	defer from.mu.Unlock()
	for name, e := range s.trunks {
		old := from.trunks[name]
		if old == nil {
			continue
		}
		e.calls, e.next = old.calls, maps.Clone(old.next)
		if old.Server == e.Server && slices.Equal(old.Backup, e.Backup) {
			e.found, e.failed = old.found, maps.Clone(old.failed)
			if len(e.InboundFrom) == 0 {
				e.addrs = old.addrs
			}
		}
	}
}

// Call is a call to number over the named trunk, without content yet. number is
// a number, or a whole URI where it begins with sip: or sips:; then the name may
// be empty.
func (s *Set) Call(name, number string, from Caller) (dialog.Call, error) {
	e := s.trunks[name]
	if e == nil {
		if name == "" && strings.HasPrefix(strings.ToLower(number), "sip") {
			return Trunk{}.call(place{}, number, from)
		}
		return dialog.Call{}, fmt.Errorf("there is no trunk %q", name)
	}
	return e.call(s.placeOf(e), number, from)
}

// Pace takes a place in the row of outgoing calls of the trunk and gives how long
// the call has to wait for it.
func (s *Set) Pace(name string, now time.Time) time.Duration { return s.pace(name, "out", now, true) }

// Crowded says that calls of the trunk come in too fast for one more.
func (s *Set) Crowded(name string, now time.Time) bool { return s.pace(name, "in", now, false) > 0 }

func (s *Set) pace(name, direction string, now time.Time, queue bool) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.trunks[name]
	if e == nil || e.CallsPerSecond <= 0 {
		return 0
	}
	wait := max(0, e.next[direction].Sub(now))
	if wait == 0 || queue {
		e.next[direction] = now.Add(wait + time.Duration(float64(time.Second)/e.CallsPerSecond))
	}
	return wait
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
	if e := s.trunks[name]; e != nil && e.calls > 0 {
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

// calling is the number in From, "" where it is withheld.
func calling(invite *dialog.Request) string {
	if invite.From.Scheme == "tel" {
		number, _, _ := strings.Cut(invite.From.Raw(), ";")
		return number
	}
	if strings.EqualFold(invite.From.User, "anonymous") {
		return ""
	}
	return plainNumber(invite.From.User)
}
