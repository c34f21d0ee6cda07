package t38

import (
	"net/netip"

	"github.com/pagebridge/pagebridge/t38/internal/socket"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// peerAt is who sends UDPTL from remote, or from anywhere when that is zero.
func peerAt(remote netip.AddrPort, also []netip.Prefix) socket.Peer {
	var packet udptl.Packet
	return socket.Peer{
		Remote: netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()),
		Also:   also,
		Sound:  func(b []byte) bool { return packet.Parse(b) == nil },
	}
}
