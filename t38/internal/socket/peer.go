package socket

import (
	"net/netip"
	"slices"
	"time"
)

// Peer decides whose datagrams are taken. The port of a call may have been that of
// another one shortly before, most of all after a crash, and whoever that was may
// still be sending. So the announced port comes first.
type Peer struct {
	Remote netip.AddrPort // zero: not known yet
	// Sound reports whether a datagram is of the protocol that is spoken.
	Sound func([]byte) bool
	// Also are networks besides the announced address that the peer may send from,
	// from behind an address translator.
	Also []netip.Prefix

	announced netip.AddrPort // what Remote was when nothing had come
	heard     bool           // the announced port has spoken
	followed  netip.AddrPort // the port that is taken instead, if there is one
	since     time.Time      // when the first other port spoke
}

// headStart is for how long the announced port must stay silent before another one
// is followed: an address translator may have changed it.
const headStart = 2 * time.Second

// Accepts reports whether the datagram is the peer's. The caller takes its
// address as the peer's from then on.
func (p *Peer) Accepts(now time.Time, from netip.AddrPort, b []byte) bool {
	if p.Remote != p.announced && p.Remote != p.followed { // another one is announced
		*p = Peer{Remote: p.Remote, Sound: p.Sound, Also: p.Also, announced: p.Remote}
	}
	known := p.announced.IsValid() && p.announced.Port() != 0
	switch {
	case known && from == p.announced:
		p.heard, p.followed = true, netip.AddrPort{}
		return true
	case p.heard:
		return false
	case p.followed.IsValid():
		return from == p.followed
	case p.announced.IsValid() && !p.may(from.Addr()):
		return false
	case !p.Sound(b): // late packets of another protocol come from another port as well
		return false
	case known && p.since.IsZero():
		p.since = now
	}
	if known && now.Sub(p.since) < headStart {
		return false
	}
	p.followed = from
	return true
}

// may tells whether the peer may have an address.
func (p *Peer) may(from netip.Addr) bool {
	return from == p.announced.Addr() || slices.ContainsFunc(p.Also, func(n netip.Prefix) bool { return n.Contains(from) })
}
