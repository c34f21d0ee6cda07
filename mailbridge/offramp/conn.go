package offramp

import (
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
	c.allowed = s.isAllowed(c.addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	count, limit := &s.allowed, s.o.Limits.Connections
	if !c.allowed {
		count, limit = &s.others, s.o.Limits.Strangers
		c.idle = min(c.idle, 30*time.Second)
	}
	if *count >= limit || s.closing {
		return nil
	}
	*count++
	s.conns[c] = struct{}{}
	return c
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
	until   atomic.Int64 // end of the message under way in Unix ns, 0 outside of one
}

func (c *conn) Read(b []byte) (int, error) {
	deadline := time.Now().Add(c.idle)
	if u := c.until.Load(); u != 0 {
		if end := time.Unix(0, u); end.Before(deadline) {
			deadline = end
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
	return c.Conn.Read(b)
}

// SetReadDeadline leaves the deadlines to Read.
func (c *conn) SetReadDeadline(time.Time) error { return nil }

func (c *conn) Close() error {
	c.server.leave(c)
	return c.Conn.Close()
}

// begin and end enclose the transfer of a message.
func (c *conn) begin(limit time.Duration) { c.until.Store(time.Now().Add(limit).UnixNano()) }
func (c *conn) end()                      { c.until.Store(0) }

// wake ends a read that waits for the next command, since the server closes.
func (c *conn) wake() {
	if c.until.Load() == 0 {
		c.Conn.SetReadDeadline(time.Unix(1, 0))
	}
}
