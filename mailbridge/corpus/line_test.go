package corpus

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"
)

// line is a network of two sockets without loss or delay, for tests in virtual time.
type line struct {
	mu    sync.Mutex
	ends  [2]end
	ready *sync.Cond
}

// end is one of the sockets, a net.PacketConn.
type end struct {
	line     *line
	address  netip.AddrPort
	queue    [][]byte
	deadline time.Time
	timer    *time.Timer
	closed   bool
}

func newLine() (a, b *end) {
	l := &line{}
	l.ready = sync.NewCond(&l.mu)
	for i := range l.ends {
		l.ends[i] = end{line: l, address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}), 4000)}
	}
	return &l.ends[0], &l.ends[1]
}

func (e *end) other() *end {
	if e == &e.line.ends[0] {
		return &e.line.ends[1]
	}
	return &e.line.ends[0]
}

func (e *end) ReadFrom(b []byte) (int, net.Addr, error) {
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	for {
		switch {
		case e.closed:
			return 0, nil, net.ErrClosed
		case !e.deadline.IsZero() && !time.Now().Before(e.deadline):
			return 0, nil, os.ErrDeadlineExceeded
		case len(e.queue) > 0:
			n := copy(b, e.queue[0])
			e.queue = e.queue[1:]
			return n, net.UDPAddrFromAddrPort(e.other().address), nil
		}
		e.line.ready.Wait()
	}
}

func (e *end) WriteTo(b []byte, to net.Addr) (int, error) {
	o := e.other()
	if to.String() != o.address.String() {
		return 0, errors.New("there is nobody at " + to.String())
	}
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	o.queue = append(o.queue, slices.Clone(b))
	e.line.ready.Broadcast()
	return len(b), nil
}

func (e *end) SetReadDeadline(at time.Time) error {
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
	if e.deadline = at; !at.IsZero() {
		e.timer = time.AfterFunc(time.Until(at), e.line.ready.Broadcast)
	}
	e.line.ready.Broadcast()
	return nil
}

func (e *end) Close() error {
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	e.closed = true
	e.line.ready.Broadcast()
	return nil
}

func (e *end) LocalAddr() net.Addr                { return net.UDPAddrFromAddrPort(e.address) }
func (e *end) SetDeadline(at time.Time) error     { return e.SetReadDeadline(at) }
func (e *end) SetWriteDeadline(t time.Time) error { return nil }
