package dialog

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// listener is one socket that SIP arrives on.
type listener struct {
	network string // "UDP", "TCP" or "TLS"
	addr    netip.AddrPort
	packet  net.PacketConn // UDP
	stream  net.Listener   // TCP, TLS
	ready   chan struct{}  // closed when it can be sent from
}

// open opens one address of Options.Listen.
func (o Options) open(spec string, g *gate) (*listener, error) {
	network, addr, found := strings.Cut(spec, ":")
	network = strings.ToLower(network)
	if !found || network != "udp" && network != "tcp" && network != "tls" {
		return nil, &ListenError{spec, fmt.Errorf(`want "udp:address:port", "tcp:address:port" or "tls:address:port"`)}
	}
	if network == "tls" && (o.TLS == nil || len(o.TLS.Certificates) == 0 && o.TLS.GetCertificate == nil) {
		return nil, &ListenError{spec, fmt.Errorf("TLS needs a certificate")}
	}
	l := &listener{network: strings.ToUpper(network), ready: make(chan struct{})}
	if network == "tls" {
		network = "tcp"
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &ListenError{spec, err}
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() {
		network += "4" // 0.0.0.0 would be a socket of both families
	}
	var bound net.Addr
	if l.network == "UDP" {
		var c net.PacketConn
		if c, err = o.ListenPacket(network, addr); err == nil {
			if udp, ok := c.(*net.UDPConn); ok {
				_ = udp.SetReadBuffer(1 << 20) // for bursts; what the system allows is enough
			}
			l.packet, bound = packets{c, g, new(sync.Once), l.ready}, c.LocalAddr()
		}
	} else {
		var n net.Listener
		if n, err = net.Listen(network, addr); err == nil {
			l.stream, bound = streams{n, g}, n.Addr()
			if l.network == "TLS" {
				l.stream = tls.NewListener(l.stream, o.TLS)
			}
			close(l.ready) // to send over TCP needs no listener
		}
	}
	if err != nil {
		return nil, &ListenError{spec, err}
	}
	if l.addr, err = netip.ParseAddrPort(bound.String()); err != nil {
		_ = l.socket().Close()
		return nil, &ListenError{spec, err}
	}
	l.addr = netip.AddrPortFrom(l.addr.Addr().Unmap(), l.addr.Port())
	return l, nil
}

func (l *listener) socket() io.Closer {
	if l.packet != nil {
		return l.packet
	}
	return l.stream
}

// serve reads until the socket is closed. A message that breaks the parser
// costs that message, or the TCP connection, and not the process.
func (s *Stack) serve(l *listener) {
	defer s.serving.Done()
	for !s.isClosed() {
		func() {
			defer s.guard("reading "+l.network, nil)
			switch l.network {
			case "UDP":
				_ = s.transport.ServeUDP(l.packet)
			case "TCP":
				_ = s.transport.ServeTCP(l.stream)
			case "TLS":
				_ = s.transport.ServeTLS(l.stream)
			}
		}()
		select {
		case <-s.closing:
		case <-time.After(100 * time.Millisecond): // a socket that is broken for good
		}
	}
}

// listenerFor gives the socket from which transport reaches a host, nil if
// there is none of that transport and family.
func (s *Stack) listenerFor(transport string, host string) *listener {
	ip, err := netip.ParseAddr(host)
	var other *listener
	for _, l := range s.listeners {
		if l.network != transport {
			continue
		}
		if err != nil || l.addr.Addr().Is4() == ip.Unmap().Is4() {
			return l
		}
		if l.addr.Addr().IsUnspecified() { // [::] is a socket of both families
			other = l
		}
	}
	return other
}

// sentBy is the host and port that a peer at dest is told; port 0 leaves both
// to the connection.
func (s *Stack) sentBy(transport, dest string) (host string, port int) {
	peer, _, err := net.SplitHostPort(dest)
	if err != nil {
		peer = dest
	}
	l := s.listenerFor(transport, peer)
	if l == nil {
		return "", 0
	}
	switch {
	case s.opts.Advertise != "":
		host = s.opts.Advertise
	case l.addr.Addr().IsUnspecified():
		host = sourceTowards(dest)
	default:
		host = l.addr.Addr().String()
	}
	return host, int(l.addr.Port())
}

// sourceTowards is the local address from which packets to dest are sent; no
// packet is sent to find out.
func sourceTowards(dest string) string {
	c, err := net.Dial("udp", dest)
	if err != nil {
		return "127.0.0.1"
	}
	defer c.Close()
	host, _, _ := net.SplitHostPort(c.LocalAddr().String())
	return host
}

// contact is where requests inside a dialog reach us.
func (s *Stack) contact(user, transport, dest string) *sip.ContactHeader {
	uri := sip.Uri{Scheme: "sip", User: user}
	for _, t := range []string{transport, "UDP", "TCP", "TLS"} {
		if uri.Host, uri.Port = s.sentBy(t, dest); uri.Host != "" {
			if t != "UDP" {
				uri.UriParams.Add("transport", strings.ToLower(t))
			}
			break
		}
	}
	return &sip.ContactHeader{Address: uri}
}
