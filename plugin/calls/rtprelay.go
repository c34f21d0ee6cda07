package calls

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/t38/faxdetect"
)

// rtpRelay passes RTP and RTCP between the sockets of two legs, unread: whatever
// codec or encryption was agreed between the two ends. A packet leaves in the
// goroutine that has read it, so it is not delayed; it is listened to when it has
// left.
//
//	rtp   A ──▶ pass ──▶ B        and back; each direction has its goroutine
//	              └──▶ ear, hear
//	rtcp  A ──▶ pass ──▶ B
type rtpRelay struct {
	paths [2]rtpPath
	hear  func(leg int, s faxdetect.Signal) // nil: nobody listens
	under sync.WaitGroup

	mu     sync.Mutex
	rtp    [2]rtpSource
	rtcp   [2]rtpSource
	counts [2]rtpCount
	events [2]uint8 // payload types of telephone events
}

// rtpPath is the pair of sockets of a leg.
type rtpPath struct {
	also []netip.Prefix // Trunk.MediaFrom
	rtp  *net.UDPConn
	rtcp *net.UDPConn // nil: the port beside it was taken
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

func newRTPRelay(a, b rtpPath, hear func(leg int, s faxdetect.Signal)) *rtpRelay {
	return &rtpRelay{paths: [2]rtpPath{a, b}, hear: hear}
}

// start begins to pass packets on.
func (r *rtpRelay) start() {
	for i, p := range r.paths {
		r.under.Go(func() { r.carry(i) })
		if p.rtcp != nil && r.paths[1-i].rtcp != nil {
			r.under.Go(func() { r.carryRTCP(i) })
		}
	}
}

// direct says where each leg's packets go, and what is a telephone event in
// those that come from it.
func (r *rtpRelay) direct(remote [2]netip.AddrPort, events [2]uint8) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = events
	for i := range r.rtp {
		to := unmapped(remote[i])
		if r.rtp[i].said == to {
			continue
		}
		r.rtp[i], r.rtcp[i] = rtpSource{said: to}, rtpSource{}
		if to.IsValid() { // RFC 3550 11
			r.rtcp[i].said = netip.AddrPortFrom(to.Addr(), to.Port()+1)
		}
	}
}

// stop ends it; the sockets stay open.
func (r *rtpRelay) stop() {
	r.deadlines(time.Unix(1, 0))
	r.under.Wait()
	r.deadlines(time.Time{})
}

func (r *rtpRelay) deadlines(t time.Time) {
	for _, p := range r.paths {
		p.rtp.SetReadDeadline(t)
		if p.rtcp != nil {
			p.rtcp.SetReadDeadline(t)
		}
	}
}

// heard tells whether anything has come on a leg.
func (r *rtpRelay) heard(leg int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rtp[leg].from.IsValid()
}

// stats says what has come from each leg.
func (r *rtpRelay) stats() [2]RTPStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	var s [2]RTPStats
	for i := range s {
		s[i] = r.counts[i].RTPStats
		s[i].Lost = r.counts[i].lost()
	}
	return s
}

// maxRTP is more than any packet of a voice call has.
const maxRTP = 2048

func (r *rtpRelay) carry(i int) {
	var buf [maxRTP]byte
	var ear *faxdetect.Detector
	var events uint8
	for {
		n, from, err := r.paths[i].rtp.ReadFromUDPAddrPort(buf[:])
		if err != nil {
			if gaveUp(err) {
				return
			}
			continue // an ICMP message of a peer that is not there yet
		}
		to, named, ok := r.pass(i, unmapped(from), buf[:n])
		if to.Port() != 0 {
			r.paths[1-i].rtp.WriteToUDPAddrPort(buf[:n], to)
		}
		if !ok || r.hear == nil {
			continue
		}
		if ear == nil || named != events {
			ear, events = faxdetect.New(faxdetect.Options{Events: named}), named
		}
		if s := ear.RTP(buf[:n]); s != faxdetect.Nothing {
			r.hear(i, s)
		}
	}
}

// gaveUp tells the end of the relay from an error that is about one packet.
func gaveUp(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed)
}

// pass decides whether a packet is the peer's, where it goes, and what is a
// telephone event in it.
func (r *rtpRelay) pass(i int, from netip.AddrPort, packet []byte) (to netip.AddrPort, events uint8, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	count := &r.counts[i]
	if len(packet) < rtcpHeader || packet[0]>>6 != 2 || !r.rtp[i].follows(from, r.paths[i].also) { // RFC 3550 5.1
		count.Strange++
		return to, 0, false
	}
	to = r.rtp[1-i].to()
	switch {
	case isRTCP(packet): // on the same port (RFC 5761)
		count.RTCP++
		return to, 0, false
	case len(packet) < rtpHeader:
		count.Strange++
		return netip.AddrPort{}, 0, false
	}
	count.take(packet)
	return to, r.events[i], true
}

// Headers of RFC 3550 5.1 and 6.4.
const (
	rtpHeader  = 12
	rtcpHeader = 8
)

// isRTCP tells RTCP from RTP by its packet type (RFC 5761 4).
func isRTCP(packet []byte) bool { return packet[1] >= 192 && packet[1] <= 223 }

// follows tells whether an address is the peer's. Address translators make
// packets come from elsewhere than the peer says; who has sent first counts for
// as long as it sends, if the peer may be there.
func (s *rtpSource) follows(from netip.AddrPort, also []netip.Prefix) bool {
	now := time.Now()
	if s.said.IsValid() && from.Addr() != s.said.Addr() &&
		!slices.ContainsFunc(also, func(n netip.Prefix) bool { return n.Contains(from.Addr()) }) {
		return false
	}
	if s.from != from {
		if s.from.IsValid() && from != s.said && now.Sub(s.last) < rtpPatience {
			return false
		}
		s.from = from
	}
	s.last = now
	return true
}

// to is where packets for the peer go; not valid: nowhere, it is on hold.
func (s *rtpSource) to() netip.AddrPort {
	if s.said.IsValid() && s.from.IsValid() {
		return s.from
	}
	return s.said
}

// carryRTCP passes the reports on that the two ends make for each other: packets
// keep their numbers here, so that what they say stays true.
func (r *rtpRelay) carryRTCP(i int) {
	var buf [maxRTP]byte
	for {
		n, from, err := r.paths[i].rtcp.ReadFromUDPAddrPort(buf[:])
		if err != nil {
			if gaveUp(err) {
				return
			}
			continue
		}
		if to := r.passRTCP(i, unmapped(from), buf[:n]); to.Port() != 0 {
			r.paths[1-i].rtcp.WriteToUDPAddrPort(buf[:n], to)
		}
	}
}

func (r *rtpRelay) passRTCP(i int, from netip.AddrPort, packet []byte) netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(packet) < rtcpHeader || packet[0]>>6 != 2 || !isRTCP(packet) || !r.rtcp[i].follows(from, r.paths[i].also) {
		r.counts[i].Strange++
		return netip.AddrPort{}
	}
	r.counts[i].RTCP++
	return r.rtcp[1-i].to()
}

// unmapped compares addresses of IPv4 in whatever form a socket gives them.
func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
