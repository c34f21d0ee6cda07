package simnet

import (
	"net"
	"os"
	"sync"
	"time"
)

// Conn is a net.PacketConn at one end of a simulated network. It lives by the
// time package, so that in a testing/synctest bubble its time is virtual.
type Conn struct {
	addr  *net.UDPAddr
	peer  *Conn
	inbox chan []byte
	read  deadline

	mu   sync.Mutex
	link *Link // to the peer
}

// Pipe makes the two ends of a network under these conditions. Their addresses
// are 192.0.2.1:4000 and 192.0.2.2:4000.
func Pipe(c Conditions) (a, b *Conn) {
	var ends [2]*Conn
	for i := range ends {
		c.Seed = c.Seed*2 + uint64(i)
		ends[i] = &Conn{
			addr:  &net.UDPAddr{IP: net.IPv4(192, 0, 2, byte(i+1)), Port: 4000},
			inbox: make(chan []byte, 1024),
			link:  New(c),
			read:  deadline{passed: make(chan struct{})},
		}
	}
	ends[0].peer, ends[1].peer = ends[1], ends[0]
	return ends[0], ends[1]
}

// WriteTo sends to the other end, whatever the address.
func (c *Conn) WriteTo(b []byte, _ net.Addr) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.link.Send(now, b)
	for at, ok := c.link.Next(); ok; at, ok = c.link.Next() {
		d, _ := c.link.Receive(at)
		time.AfterFunc(at.Sub(now), func() { c.peer.arrive(d) })
	}
	return len(b), nil
}

func (c *Conn) arrive(d []byte) {
	select {
	case c.inbox <- d:
	default: // a full socket buffer
	}
}

// ReadFrom gives the next datagram.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	passed := c.read.wait()
	select {
	case <-passed:
		return 0, nil, os.ErrDeadlineExceeded
	default:
	}
	select {
	case d := <-c.inbox:
		return copy(b, d), c.peer.addr, nil
	case <-passed:
		return 0, nil, os.ErrDeadlineExceeded
	}
}

// SetReadDeadline bounds ReadFrom, one that is under way as well.
func (c *Conn) SetReadDeadline(t time.Time) error { c.read.set(t); return nil }

// SetDeadline is SetReadDeadline: writing never waits.
func (c *Conn) SetDeadline(t time.Time) error { c.read.set(t); return nil }

// SetWriteDeadline does nothing: writing never waits.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// LocalAddr is the address of this end.
func (c *Conn) LocalAddr() net.Addr { return c.addr }

// Close ends no waiting read; the deadline does.
func (c *Conn) Close() error { return nil }

// deadline is a point in time that can be moved while somebody waits for it.
type deadline struct {
	mu     sync.Mutex
	timer  *time.Timer
	passed chan struct{} // closed when the deadline has passed
	closed bool
}

func (d *deadline) wait() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.passed
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	wait := time.Until(t)
	if !t.IsZero() && wait <= 0 {
		if !d.closed {
			close(d.passed)
			d.closed = true
		}
		return
	}
	if d.closed {
		d.passed, d.closed = make(chan struct{}), false
	}
	if t.IsZero() {
		return
	}
	passed := d.passed
	d.timer = time.AfterFunc(wait, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.passed == passed && !d.closed && d.timer != nil {
			close(passed)
			d.closed = true
		}
	})
}
