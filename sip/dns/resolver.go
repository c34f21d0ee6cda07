package dns

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Resolver asks name servers. The zero value asks those of the system.
type Resolver struct {
	// Server is asked instead of the system's, "address:port".
	Server string
}

// Times and sizes of a question.
const (
	tryFor   = 2 * time.Second // one server once
	tries    = 2               // each server
	udpSize  = 1232            // fits a path without fragments
	maxOther = 16              // datagrams that answer something else
)

// Net is the standard library's resolver for the same servers.
func (r Resolver) Net() *net.Resolver {
	if r.Server == "" {
		return net.DefaultResolver
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, r.Server)
	}}
}

// Addrs are the addresses of a host.
func (r Resolver) Addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	return r.Net().LookupNetIP(ctx, "ip", host)
}

// SRV are the records of a name such as "_sip._udp.example.com".
func (r Resolver) SRV(ctx context.Context, name string) ([]*net.SRV, error) {
	_, records, err := r.Net().LookupSRV(ctx, "", "", name)
	return records, err
}

// NAPTR are the records of a domain that name SIP servers, those to be tried first
// first. None and no error: it has none.
func (r Resolver) NAPTR(ctx context.Context, domain string) ([]NAPTR, error) {
	name, err := dnsmessage.NewName(strings.TrimSuffix(domain, ".") + ".")
	if err != nil {
		return nil, fmt.Errorf("%q is no domain: %w", domain, err)
	}
	servers := []string{r.Server}
	if r.Server == "" {
		if servers, err = systemServers(); err != nil {
			return nil, err
		}
	}
	q := dnsmessage.Question{Name: name, Type: typeNAPTR, Class: dnsmessage.ClassINET}
	for range tries {
		for _, server := range servers {
			var list []NAPTR
			if list, err = ask(ctx, server, q); err == nil {
				return list, nil
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			err = fmt.Errorf("asking %s for NAPTR of %s: %w", server, domain, err)
		}
	}
	return nil, err
}

// ask asks one server, over TCP what does not fit a datagram.
func ask(ctx context.Context, server string, q dnsmessage.Question) ([]NAPTR, error) {
	for _, network := range []string{"udp", "tcp"} {
		list, cut, err := exchange(ctx, network, server, q)
		if err != nil || !cut {
			return list, err
		}
	}
	return nil, errors.New("the answer is cut off")
}

func exchange(ctx context.Context, network, server string, q dnsmessage.Question) (list []NAPTR, cut bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	id := uint16(rand.Uint32())
	message, err := question(id, q)
	if err != nil {
		return nil, false, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, server)
	if err != nil {
		return nil, false, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if network == "tcp" {
		message = append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)
	}
	if _, err := conn.Write(message); err != nil {
		return nil, false, err
	}
	for range maxOther {
		b, err := receive(conn, network)
		if err != nil {
			return nil, false, err
		}
		list, cut, err = parseAnswer(b, id, q)
		if !errors.Is(err, errOther) {
			return list, cut, err
		}
	}
	return nil, false, errOther
}

// question is the message that asks it, with room for a long answer (RFC 6891).
func question(id uint16, q dnsmessage.Question) ([]byte, error) {
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: true})
	err := errors.Join(b.StartQuestions(), b.Question(q), b.StartAdditionals())
	var h dnsmessage.ResourceHeader
	err = errors.Join(err, h.SetEDNS0(udpSize, dnsmessage.RCodeSuccess, false), b.OPTResource(h, dnsmessage.OPTResource{}))
	if err != nil {
		return nil, err
	}
	return b.Finish()
}

func receive(conn net.Conn, network string) ([]byte, error) {
	if network == "udp" {
		b := make([]byte, udpSize)
		n, err := conn.Read(b)
		return b[:n], err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(conn, b)
	return b, err
}

// systemServers are those of resolv.conf, where there is one.
func systemServers() ([]string, error) {
	f, err := os.Open("/etc/resolv.conf")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	servers := parseResolvConf(f)
	if len(servers) == 0 {
		return nil, errors.New("/etc/resolv.conf names no server")
	}
	return servers, nil
}

// maxServers is how many of resolv.conf count, as for the C library.
const maxServers = 3

func parseResolvConf(r io.Reader) (servers []string) {
	for s := bufio.NewScanner(r); s.Scan() && len(servers) < maxServers; {
		words := strings.Fields(s.Text())
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		if addr, err := netip.ParseAddr(words[1]); err == nil {
			servers = append(servers, netip.AddrPortFrom(addr, 53).String())
		}
	}
	return servers
}
