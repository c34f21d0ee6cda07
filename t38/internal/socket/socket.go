// Package socket is what the loops of calls have in common: a UDP socket, and
// whose datagrams are taken from it.
package socket

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// MaxDatagram is the longest datagram that the loop of a call reads whole.
const MaxDatagram = 2048

// LastWords bounds how many datagrams are still read when a call has ended.
const LastWords = 64

// UDP is what the loop of a call needs of a socket.
type UDP interface {
	ReadFromUDPAddrPort(b []byte) (n int, from netip.AddrPort, err error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	SetReadDeadline(t time.Time) error
}

// Of gives conn its netip form. A *net.UDPConn has it, which saves memory
// for each datagram.
func Of(conn net.PacketConn) UDP {
	if u, ok := conn.(UDP); ok {
		return unmapped{u}
	}
	return packetConn{conn}
}

// unmapped reads addresses from a socket for IPv4 and IPv6 as what they are.
type unmapped struct{ UDP }

func (u unmapped) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := u.UDP.ReadFromUDPAddrPort(b)
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

// Unreachable reports whether a socket says that the peer's port is closed.
func Unreachable(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET)
}

// Transient reports whether a datagram could not be sent for a reason that may
// pass: it counts as lost. EINVAL and EADDRNOTAVAIL are of an announced address that
// cannot be reached from this socket, such as 127.0.0.1: where the packets of such a
// peer come from is learnt by hearing them.
func Transient(err error) bool {
	return Unreachable(err) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.EHOSTUNREACH) ||
		errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EPERM) ||
		errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EADDRNOTAVAIL)
}
