package offramp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
)

// listener lets connections in as long as there is room. Allowed clients and
// strangers have separate room, so that strangers can shut nobody out.
type listener struct {
	net.Listener
	server *Server
}

func (l *listener) Accept() (net.Conn, error) {
	for {
		nc, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.server.admit(nc); c != nil {
			return c, nil
		}
		l.server.log.Warn("SMTP connection refused: too many connections", "client", nc.RemoteAddr().String())
		nc.SetWriteDeadline(time.Now().Add(time.Second))
		nc.Write([]byte("421 4.3.2 Too many connections, try again later\r\n"))
		nc.Close()
	}
}

func (s *Server) admit(nc net.Conn) *conn {
	c := &conn{Conn: nc, server: s, idle: s.o.Limits.Idle, addr: addrOf(nc)}
	c.allowed = s.isAllowed(c.addr) || isLocal(nc)
	s.mu.Lock()
	defer s.mu.Unlock()
	count, limit := &s.allowed, s.o.Limits.Connections
	if !c.allowed {
		count, limit = &s.others, s.o.Limits.Strangers
		c.idle = min(c.idle, strangerIdle)
		c.end = time.Now().Add(strangerTime)
	}
	if *count >= limit || s.closing || s.from(c.addr) >= s.o.Limits.perClient(c.allowed) {
		return nil
	}
	*count++
	s.conns[c] = struct{}{}
	return c
}

// from counts the connections of an address. s.mu is held.
func (s *Server) from(addr netip.Addr) int {
	n := 0
	for c := range s.conns {
		if c.addr == addr {
			n++
		}
	}
	return n
}

// perClient is how many connections one address may have: a stranger may not take
// the place of all others.
func (l *Limits) perClient(allowed bool) int {
	if allowed {
		return l.PerClient
	}
	return min(l.PerClient, (l.Strangers+1)/2)
}

func (s *Server) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.conns[c]; !there {
		return
	}
	delete(s.conns, c)
	if c.allowed {
		s.allowed--
	} else {
		s.others--
	}
	if s.closing && len(s.conns) == 0 {
		s.drain()
	}
}

func (s *Server) isAllowed(a netip.Addr) bool {
	for _, p := range s.o.AllowedClients {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// isLocal tells whether a connection comes by a socket that is a file.
func isLocal(nc net.Conn) bool { return nc.RemoteAddr().Network() == "unix" }

// A stranger has time to be told that he is one.
const (
	strangerIdle = 30 * time.Second
	strangerTime = 5 * time.Minute
)

// addrOf gives the client's address; an IPv4 address in IPv6 clothes counts as
// what it is.
func addrOf(nc net.Conn) netip.Addr {
	ap, err := netip.ParseAddrPort(nc.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

// conn keeps the time limits of a connection. go-smtp sets a deadline once a
// command, which would cover a whole message too; here each read has the idle
// limit and a message has its own.
type conn struct {
	net.Conn
	server  *Server
	addr    netip.Addr
	allowed bool
	idle    time.Duration
	end     time.Time    // of the connection; zero: none
	until   atomic.Int64 // end of the message under way in Unix ns, 0 outside of one
	left    atomic.Int64 // octets that may still come in the message under way
}

// errFlood ends a connection whose client goes on sending long after its
// message has grown too large.
var errFlood = errors.New("far more was sent than the announced limit")

func (c *conn) Read(b []byte) (int, error) {
	deadline := time.Now().Add(c.idle)
	if !c.end.IsZero() && c.end.Before(deadline) {
		deadline = c.end
	}
	if u := c.until.Load(); u != 0 {
		if end := time.Unix(0, u); end.Before(deadline) {
			deadline = end
		}
		if c.left.Load() <= 0 {
			return 0, errFlood
		}
	}
	if err := c.Conn.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	// Asked after the deadline is set: wake comes either before, and is seen
	// here, or after, and ends the read.
	if c.until.Load() == 0 && c.server.isClosing() {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := c.Conn.Read(b)
	c.left.Add(-int64(n))
	return n, err
}

// SetReadDeadline leaves the deadlines to Read.
func (c *conn) SetReadDeadline(time.Time) error { return nil }

func (c *conn) Close() error {
	c.server.leave(c)
	return c.Conn.Close()
}

// promote gives a stranger that has shown who he is the time of a friend.
func (c *conn) promote(idle time.Duration) { c.end, c.idle = time.Time{}, idle }

// begin and finish enclose the transfer of a message.
func (c *conn) begin(l *Limits) {
	c.left.Store(2*l.MessageSize + 1<<20)
	c.until.Store(time.Now().Add(l.Transfer).UnixNano())
}

func (c *conn) finish() { c.until.Store(0) }

// wake ends a read that waits for the next command, since the server closes.
func (c *conn) wake() {
	if c.until.Load() == 0 {
		c.Conn.SetReadDeadline(time.Unix(1, 0))
	}
}
