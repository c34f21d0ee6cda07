package dialogtest

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Network carries datagrams in memory, at once and in order, so that stacks and
// media can run in virtual time (testing/synctest), where sockets cannot.
type Network struct {
	mu    sync.Mutex
	next  uint16
	conns map[netip.AddrPort]*memoryConn
}

// NewNetwork makes an empty one.
func NewNetwork() *Network {
	return &Network{next: 20000, conns: map[netip.AddrPort]*memoryConn{}}
}

// Listen is for dialog.Options.ListenPacket; port 0 takes a free one.
func (n *Network) Listen(_, address string) (net.PacketConn, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if at.Port() == 0 {
		n.next++
		at = netip.AddrPortFrom(at.Addr(), n.next)
	}
	if n.conns[at] != nil {
		return nil, syscall.EADDRINUSE
	}
	c := &memoryConn{network: n, addr: at, in: make(chan datagram, 1000), closed: make(chan struct{}), changed: make(chan struct{})}
	n.conns[at] = c
	return c, nil
}

// Socket is a socket of the network at 127.0.0.1, closed when the test ends.
func (n *Network) Socket(t testing.TB) net.PacketConn {
	c, err := n.Listen("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

type datagram struct {
	from netip.AddrPort
	data []byte
}

// memoryConn is one socket.
type memoryConn struct {
	network *Network
	addr    netip.AddrPort
	in      chan datagram
	closed  chan struct{}
	closing sync.Once

	mu       sync.Mutex
	deadline time.Time
	changed  chan struct{} // closed and renewed with the deadline
}

func (c *memoryConn) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		c.mu.Lock()
		deadline, changed := c.deadline, c.changed
		c.mu.Unlock()
		var late <-chan time.Time
		if !deadline.IsZero() {
			if !time.Now().Before(deadline) {
				return 0, nil, os.ErrDeadlineExceeded
			}
			t := time.NewTimer(time.Until(deadline))
			defer t.Stop()
			late = t.C
		}
		select {
		case d := <-c.in:
			return copy(b, d.data), net.UDPAddrFromAddrPort(d.from), nil
		case <-c.closed:
			return 0, nil, net.ErrClosed
		case <-late:
		case <-changed:
		}
	}
}

// WriteTo drops what nobody listens for, and what a full queue has no room for.
func (c *memoryConn) WriteTo(b []byte, to net.Addr) (int, error) {
	at := to.(*net.UDPAddr).AddrPort()
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	c.network.mu.Lock()
	peer := c.network.conns[at]
	c.network.mu.Unlock()
	if peer != nil {
		select {
		case peer.in <- datagram{c.addr, append([]byte(nil), b...)}:
		default:
		}
	}
	return len(b), nil
}

func (c *memoryConn) Close() error {
	c.closing.Do(func() {
		c.network.mu.Lock()
		delete(c.network.conns, c.addr)
		c.network.mu.Unlock()
		close(c.closed)
	})
	return nil
}

func (c *memoryConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.addr) }

func (c *memoryConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	close(c.changed)
	c.changed = make(chan struct{})
	return nil
}

func (c *memoryConn) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *memoryConn) SetWriteDeadline(time.Time) error { return nil }
