package trunk

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/sip/dns"
)

// A trunk's servers are those of the configuration, or those that DNS names
// for the first of them (NAPTR and SRV, RFC 3263 4 and RFC 2782): by priority, and
// among equals at random by weight. One that does not answer is passed over for a
// while.

// Pause is how long a server that failed is tried last.
const pauseAfterFailure = 30 * time.Second

// server is one of a trunk.
type server struct {
	place
	priority, weight uint16
}

// Servers are where a call over the named trunk may be sent, "host:port", in the
// order in which they are to be tried.
func (s *Set) Servers(name string) []string {
	e := s.trunks[name]
	if e == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := e.found
	if list == nil {
		list = e.servers
	}
	var good, bad []string
	for _, v := range ordered(list, rand.IntN) {
		if at := v.hostPort(); time.Now().Before(e.failed[at]) {
			bad = append(bad, at)
		} else {
			good = append(good, at)
		}
	}
	return append(good, bad...)
}

// Failed notes that a server of the trunk did not answer, or had no room (503).
func (s *Set) Failed(name, server string) {
	s.failedUntil(name, server, time.Now().Add(pauseAfterFailure))
}

// Answered notes that it did.
func (s *Set) Answered(name, server string) { s.failedUntil(name, server, time.Time{}) }

func (s *Set) failedUntil(name, server string, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.trunks[name]; e != nil && len(e.failed) < 1000 {
		e.failed[server] = until
	}
}

// ordered puts servers in the order of RFC 2782.
func ordered(list []server, random func(int) int) []server {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b server) int { return cmp.Compare(a.priority, b.priority) })
	for i := range list {
		same, sum := i, 0
		for ; same < len(list) && list[same].priority == list[i].priority; same++ {
			sum += int(list[same].weight)
		}
		if sum == 0 {
			continue // all alike: the order in which they stand
		}
		n := random(sum + 1)
		for j := i; j < same; j++ {
			if n -= int(list[j].weight); n <= 0 && list[j].weight > 0 {
				list[i], list[j] = list[j], list[i]
				break
			}
		}
	}
	return list
}

// services are the transports that a domain may want, by the services of NAPTR
// (RFC 3263 4.1, 8.1), and what SRV calls them.
var services = []struct{ naptr, transport, srv string }{
	{"SIP+D2U", "udp", "_sip._udp."},
	{"SIP+D2T", "tcp", "_sip._tcp."},
	{"SIPS+D2T", "tls", "_sips._tcp."},
}

// find asks DNS for the servers of a trunk that is given by a name alone: those of
// one transport, the first that the domain has. None: it says nothing of servers.
func (s *Set) find(ctx context.Context, e *entry) ([]server, error) {
	if e.place.transport == "" {
		records, err := s.dns.NAPTR(ctx, e.place.host)
		for _, r := range records {
			for _, v := range services {
				if r.Service != v.naptr {
					continue
				}
				if list, _ := s.replacement(ctx, r, v.transport); len(list) > 0 {
					return list, nil
				}
			}
		}
		if err != nil && ctx.Err() != nil {
			return nil, err
		}
	}
	var failed error
	for _, v := range services {
		if e.place.transport != "" && e.place.transport != v.transport {
			continue
		}
		list, err := s.srv(ctx, v.srv+e.place.host, v.transport)
		if len(list) > 0 {
			return list, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// replacement follows a NAPTR record.
func (s *Set) replacement(ctx context.Context, r dns.NAPTR, transport string) ([]server, error) {
	switch r.Flags {
	case "s":
		return s.srv(ctx, r.Replacement, transport)
	case "a":
		return []server{{place: place{host: r.Replacement, transport: transport}}}, nil
	}
	return nil, nil
}

func (s *Set) srv(ctx context.Context, name, transport string) ([]server, error) {
	records, err := s.dns.SRV(ctx, name)
	var list []server
	for _, r := range records[:min(len(records), maxServers)] {
		if host := strings.TrimSuffix(r.Target, "."); host != "" { // ".": there is no such service
			list = append(list, server{place{host: host, port: int(r.Port), transport: transport}, r.Priority, r.Weight})
		}
	}
	return list, err
}

// maxServers bounds what DNS may name for one trunk.
const maxServers = 32

// placeOf is where a trunk is, with the transport that DNS names.
func (s *Set) placeOf(e *entry) place {
	p := e.place
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.transport == "" && len(e.found) > 0 {
		p.transport = e.found[0].transport
	}
	return p
}

// byName says that DNS may know servers: a name without a port (RFC 3263 4.2).
func (e *entry) byName() bool {
	_, err := netip.ParseAddr(e.place.host)
	return err != nil && e.place.port == 0 && len(e.servers) == 1
}
