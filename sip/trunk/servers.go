package trunk

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A trunk's servers are those of the configuration, or those that DNS names
// for the first of them (SRV, RFC 3263 4.2 and RFC 2782): by priority, and among
// equals at random by weight. One that does not answer is passed over for a
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

// srv asks DNS for the servers of a trunk that is given by a name alone.
func (s *Set) srv(ctx context.Context, e *entry) ([]server, error) {
	service := map[string]string{"udp": "sip", "tcp": "sip", "tls": "sips"}[e.place.transport]
	proto := strings.Replace(e.place.transport, "tls", "tcp", 1)
	records, err := s.lookupSRV(ctx, service, proto, e.place.host)
	var list []server
	for _, r := range records {
		if host := strings.TrimSuffix(r.Target, "."); host != "" { // ".": there is no such service
			list = append(list, server{place{host: host, port: int(r.Port), transport: e.place.transport}, r.Priority, r.Weight})
		}
	}
	return list, err
}

func lookupSRV(ctx context.Context, service, proto, name string) ([]*net.SRV, error) {
	_, records, err := net.DefaultResolver.LookupSRV(ctx, service, proto, name)
	return records, err
}

// byName says that DNS may know servers: a name without a port (RFC 3263 4.2).
func (e *entry) byName() bool {
	_, err := netip.ParseAddr(e.place.host)
	return err != nil && e.place.port == 0 && len(e.servers) == 1
}
