package tsb85

import (
	"net"
	"os"
	"sync"
	"time"
)

// pipe is a net.PacketConn without a network: a bubble of virtual time can only
// wait for what happens within it.
type pipe struct {
	in   chan []byte
	sent func([]byte)

	mu       sync.Mutex
	deadline time.Time
	changed  chan struct{} // closed when the deadline changes
}

var peerAddress = &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 4000}

func newPipe() *pipe {
	return &pipe{in: make(chan []byte, 1024), changed: make(chan struct{})}
}

// arrive puts a datagram before the reader; one too many is lost, as in life.
func (p *pipe) arrive(b []byte) {
	select {
	case p.in <- b:
	default:
	}
}

func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		p.mu.Lock()
		deadline, changed := p.deadline, p.changed
		p.mu.Unlock()
		var timeout <-chan time.Time
		if !deadline.IsZero() {
			left := time.Until(deadline)
			if left <= 0 {
				return 0, nil, os.ErrDeadlineExceeded
			}
			timer := time.NewTimer(left)
			defer timer.Stop()
			timeout = timer.C
		}
		select {
		case datagram := <-p.in:
			return copy(b, datagram), peerAddress, nil
		case <-changed:
		case <-timeout:
		}
	}
}

func (p *pipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	p.sent(b)
	return len(b), nil
}

func (p *pipe) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deadline = t
	close(p.changed)
	p.changed = make(chan struct{})
	return nil
}

func (p *pipe) SetDeadline(t time.Time) error    { return p.SetReadDeadline(t) }
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }
func (p *pipe) LocalAddr() net.Addr              { return peerAddress }
func (p *pipe) Close() error                     { return nil }
