package calls

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
)

// ports binds the UDP sockets of media within a range.
type ports struct {
	addr     netip.Addr
	min, max uint16

	mu   sync.Mutex
	next uint16 // where the search begins, so that a port rests before it is used again; 0: anywhere
}

// bind opens a socket on the next port that is free. RTP is given an even port
// (RFC 3550 11).
func (p *ports) bind(even bool) (*net.UDPConn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	span := int(p.max) - int(p.min) + 1
	var last error
	for range span {
		switch {
		case p.next == 0:
			// Peers of a process that died go on sending for a while: a new one
			// shall not begin with the same ports.
			p.next = p.min + uint16(rand.IntN(span))
		case p.next < p.min || p.next > p.max:
			p.next = p.min
		}
		port := p.next
		p.next++
		if even && port%2 != 0 {
			continue
		}
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.addr, port)))
		if err == nil {
			return conn, nil
		}
		last = err
	}
	return nil, fmt.Errorf("no free media port on %s between %d and %d: %w", p.addr, p.min, p.max, last)
}

// beside opens the port above that of a socket, which is RTCP's (RFC 3550 11);
// nil when it is taken or out of range.
func (p *ports) beside(c *net.UDPConn) *net.UDPConn {
	port := portOf(c) + 1
	if port == 0 || p.max != 0 && port > p.max {
		return nil
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.addr, port)))
	if err != nil {
		return nil
	}
	return conn
}

func portOf(c *net.UDPConn) uint16 {
	return uint16(c.LocalAddr().(*net.UDPAddr).Port)
}
