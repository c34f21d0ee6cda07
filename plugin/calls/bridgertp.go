package calls

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// rtpRelay passes RTP between two sockets, unread: whatever codec or encryption
// was agreed between the two ends. A packet leaves in the goroutine that has
// read it, so it is not delayed.
type rtpRelay struct {
	conns [2]*net.UDPConn
	under sync.WaitGroup

	mu      sync.Mutex
	sources [2]rtpSource
}

// rtpSource is the peer of one leg.
type rtpSource struct {
	said netip.AddrPort // by the signalling; not valid: it wants no packets
	from netip.AddrPort // where its packets come from; not valid: none have come
	last time.Time      // when the last one came
}

// rtpPatience is for how long a source must have been silent before another
// one is followed.
const rtpPatience = 2 * time.Second

func newRTPRelay(a, b *net.UDPConn) *rtpRelay { return &rtpRelay{conns: [2]*net.UDPConn{a, b}} }

// start begins to pass packets on.
func (r *rtpRelay) start() {
	for i := range r.conns {
		r.conns[i].SetReadDeadline(time.Time{})
		r.under.Go(func() { r.carry(i) })
	}
}

// direct says where each leg's packets go.
func (r *rtpRelay) direct(remote [2]netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.sources {
		if to := unmapped(remote[i]); r.sources[i].said != to {
			r.sources[i] = rtpSource{said: to}
		}
	}
}

// stop ends it; the sockets stay open.
func (r *rtpRelay) stop() {
	for _, conn := range r.conns {
		conn.SetReadDeadline(time.Unix(1, 0))
	}
	r.under.Wait()
	for _, conn := range r.conns {
		conn.SetReadDeadline(time.Time{})
	}
}

// heard tells whether anything has come on a leg.
func (r *rtpRelay) heard(leg int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sources[leg].from.IsValid()
}

// maxRTP is more than any packet of a voice call has.
const maxRTP = 2048

func (r *rtpRelay) carry(i int) {
	var buf [maxRTP]byte
	for {
		n, from, err := r.conns[i].ReadFromUDPAddrPort(buf[:])
		if err != nil {
			if gaveUp(err) {
				return
			}
			continue // an ICMP message of a peer that is not there yet
		}
		if to := r.pass(i, unmapped(from), buf[:n]); to.Port() != 0 {
			r.conns[1-i].WriteToUDPAddrPort(buf[:n], to)
		}
	}
}

// gaveUp tells the end of the relay from an error that is about one packet.
func gaveUp(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed)
}

// pass decides whether a packet is the peer's, and where it goes. Address
// translators make packets come from elsewhere than the peer says; who has sent
// first counts for as long as it sends.
func (r *rtpRelay) pass(i int, from netip.AddrPort, packet []byte) netip.AddrPort {
	if len(packet) < 12 || packet[0]>>6 != 2 { // RFC 3550 5.1
		return netip.AddrPort{}
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	s, other := &r.sources[i], &r.sources[1-i]
	if s.from != from {
		if s.from.IsValid() && from != s.said && now.Sub(s.last) < rtpPatience {
			return netip.AddrPort{}
		}
		s.from = from
	}
	s.last = now
	switch {
	case !other.said.IsValid():
		return netip.AddrPort{} // on hold
	case other.from.IsValid():
		return other.from
	}
	return other.said
}
