package t38

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/pagebridge/pagebridge/t38/udptl"
)

// peer decides whose datagrams are taken.
type peer struct {
	remote netip.AddrPort // zero: not known yet
	last   time.Time      // of a sound datagram from remote
	packet udptl.Packet
}

// portPatience is for how long the known port must have been silent before
// another one is followed.
const portPatience = 5 * time.Second

// accepts reports whether the datagram is the peer's. The caller takes its
// address as the peer's from then on.
func (p *peer) accepts(now time.Time, from netip.AddrPort, b []byte) bool {
	switch {
	case p.remote == from:
		p.last = now
		return true
	case p.remote.IsValid() && (p.remote.Addr() != from.Addr() || now.Sub(p.last) < portPatience):
		return false
	}
	// An address translator may have changed the port; but late RTP from the
	// audio that went before comes from another port as well.
	if p.packet.Parse(b) != nil {
		return false
	}
	p.last = now
	return true
}

// udpConn is what the loop needs of a socket.
type udpConn interface {
	ReadFromUDPAddrPort(b []byte) (n int, from netip.AddrPort, err error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	SetReadDeadline(t time.Time) error
}

// asUDP gives conn its netip form. A *net.UDPConn has it, which saves memory
// for each datagram.
func asUDP(conn net.PacketConn) udpConn {
	if u, ok := conn.(udpConn); ok {
		return unmapped{u}
	}
	return packetConn{conn}
}

// unmapped reads addresses from a socket for IPv4 and IPv6 as what they are.
type unmapped struct{ udpConn }

func (u unmapped) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := u.udpConn.ReadFromUDPAddrPort(b)
	return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), err
}

type packetConn struct{ net.PacketConn }

func (c packetConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := c.ReadFrom(b)
	if u, ok := from.(*net.UDPAddr); ok {
		a := u.AddrPort()
		return n, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), err
	}
	return n, netip.AddrPort{}, err
}

func (c packetConn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return c.WriteTo(b, net.UDPAddrFromAddrPort(to))
}

// unreachable reports whether a socket says that the peer's port is closed.
func unreachable(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET)
}

// transient reports whether a datagram could not be sent for a reason that may
// pass: it counts as lost.
func transient(err error) bool {
	return unreachable(err) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.EHOSTUNREACH) ||
		errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EPERM)
}
