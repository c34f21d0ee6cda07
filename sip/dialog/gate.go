package dialog

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Bounds for those whom Options.Known does not know. sipgo remembers each UDP
// source for good, and a TCP connection costs a goroutine and 64 kB.
const (
	strangeSources     = 10000
	strangeConnections = 100
	strangePatience    = 30 * time.Second // for the next octets of a TCP connection
)

// gate keeps strangers few, so that a flood of them costs neither memory nor the
// known peers' calls. With no way to know peers it is open.
type gate struct {
	known func(netip.AddrPort) bool

	mu          sync.Mutex
	sources     map[netip.AddrPort]struct{}
	connections int
}

func newGate(known func(netip.AddrPort) bool) *gate {
	return &gate{known: known, sources: map[netip.AddrPort]struct{}{}}
}

// hears says whether a datagram from this source is read.
func (g *gate) hears(source netip.AddrPort) bool {
	source = netip.AddrPortFrom(source.Addr().Unmap(), source.Port())
	if g.known == nil || g.known(source) {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.sources[source]; ok {
		return true
	}
	if len(g.sources) >= strangeSources {
		return false
	}
	g.sources[source] = struct{}{}
	return true
}

// enter counts a stranger's connection; false says that there are too many.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.connections >= strangeConnections {
		return false
	}
	g.connections++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.connections--
}

// packets is a UDP socket behind the gate. It tells when sipgo begins to read
// from it, since only then it can send.
type packets struct {
	net.PacketConn
	gate  *gate
	once  *sync.Once
	ready chan struct{}
}

func (c packets) ReadFrom(b []byte) (int, net.Addr, error) {
	c.once.Do(func() { close(c.ready) })
	for {
		n, addr, err := c.PacketConn.ReadFrom(b)
		if err != nil {
			return n, nil, err
		}
		if source, ok := addr.(*net.UDPAddr); !ok || !c.gate.hears(source.AddrPort()) {
			continue
		}
		if wrong := misread(b[:n]); wrong != "" {
			if answer := badRequest(b[:n], wrong); answer != nil {
				_, _ = c.PacketConn.WriteTo(answer, addr)
			}
			continue
		}
		return n, addr, nil
	}
}

// streams is a TCP listener behind the gate.
type streams struct {
	net.Listener
	gate *gate
}

func (l streams) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		source, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if l.gate.known == nil || err == nil && l.gate.known(netip.AddrPortFrom(source.Addr().Unmap(), source.Port())) {
			return c, nil
		}
		if l.gate.enter() {
			return &strangeConn{Conn: c, gate: l.gate}, nil
		}
		_ = c.Close()
	}
}

// strangeConn is a stranger's connection: one that stays silent is closed.
type strangeConn struct {
	net.Conn
	gate *gate
	once sync.Once
}

func (c *strangeConn) Read(b []byte) (int, error) {
	_ = c.SetReadDeadline(time.Now().Add(strangePatience))
	return c.Conn.Read(b)
}

func (c *strangeConn) Close() error {
	c.once.Do(c.gate.leave)
	return c.Conn.Close()
}
