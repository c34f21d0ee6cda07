package socket

import (
	"net/netip"
	"time"
)

// Peer decides whose datagrams are taken.
type Peer struct {
	Remote netip.AddrPort // zero: not known yet
	// Sound reports whether a datagram is of the protocol that is spoken.
	Sound func([]byte) bool

	last time.Time // of a datagram from Remote
}

// portPatience is for how long the known port must have been silent before
// another one is followed.
const portPatience = 5 * time.Second

// Accepts reports whether the datagram is the peer's. The caller takes its
// address as the peer's from then on.
func (p *Peer) Accepts(now time.Time, from netip.AddrPort, b []byte) bool {
	switch {
	case p.Remote == from:
		p.last = now
		return true
	case p.Remote.IsValid() && (p.Remote.Addr() != from.Addr() || now.Sub(p.last) < portPatience):
		return false
	}
	// An address translator may have changed the port; but late packets of
	// another protocol, which went before, come from another port as well.
	if !p.Sound(b) {
		return false
	}
	p.last = now
	return true
}
