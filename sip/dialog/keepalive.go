package dialog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// Peers' pings are answered below us: sipgo says CRLF to a double CRLF that comes
// over TCP or TLS between messages (RFC 5626 3.5.1), and drops those over UDP.

// keepAlive is a ping (RFC 5626 3.5.1). Over UDP it is a datagram that nobody answers
// (RFC 3261 7.5), which is enough for the address translators on the way.
var keepAlive = []byte("\r\n\r\n")

// keepAliveTimeout bounds how long a ping may be stuck behind what was sent before.
const keepAliveTimeout = 10 * time.Second

// ErrNoFlow: there is no connection that a ping could keep open.
var ErrNoFlow = errors.New("no connection is open")

// KeepAlive pings server, "host:port", over "udp", "tcp" or "tls", so that what is on
// the way does not forget the flow. It opens no connection: without one it gives
// ErrNoFlow. That nobody answers is not noticed; OPTIONS tells that.
func (s *Stack) KeepAlive(ctx context.Context, transport, server string) error {
	if s.isClosed() {
		return ErrClosed
	}
	addrs, err := s.addresses(ctx, server)
	if err != nil {
		return fmt.Errorf("keep-alive to %s: %w", server, err)
	}
	for _, at := range addrs {
		if transport == "udp" {
			err = s.pingUDP(at)
		} else {
			err = s.pingStream(transport, at)
		}
		if !errors.Is(err, ErrNoFlow) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("keep-alive to %s: %w", server, err)
	}
	return nil
}

// addresses are those of a server; at least one.
func (s *Stack) addresses(ctx context.Context, server string) ([]netip.AddrPort, error) {
	host, text, err := net.SplitHostPort(server)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(ip.Unmap(), uint16(port))}, nil
	}
	ips, err := cmp.Or(s.opts.Resolver, net.DefaultResolver).LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var list []netip.AddrPort
	for _, ip := range ips {
		list = append(list, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
	}
	return list, nil
}

// pingUDP goes out of the socket that calls go out of: it is its port that is kept.
func (s *Stack) pingUDP(at netip.AddrPort) error {
	l := s.listenerFor("UDP", at.Addr().String())
	if l == nil {
		return ErrNoFlow
	}
	_, err := l.packet.WriteTo(keepAlive, net.UDPAddrFromAddrPort(at))
	return err
}

func (s *Stack) pingStream(transport string, at netip.AddrPort) error {
	pool := s.transport.Pool(transport)
	if pool == nil {
		return ErrNoFlow
	}
	c := pool.Get(at.String())
	if c == nil {
		return ErrNoFlow
	}
	defer func() { _, _ = c.TryClose() }()
	w, ok := c.(io.Writer)
	if !ok {
		return ErrNoFlow
	}
	if d, ok := c.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = d.SetWriteDeadline(time.Now().Add(keepAliveTimeout))
		defer func() { _ = d.SetWriteDeadline(time.Time{}) }()
	}
	_, err := w.Write(keepAlive) // one write: it cannot get into the middle of a message
	return err
}
