// Package dnstest is a name server on loopback for tests: it knows a few records by
// heart.
package dnstest

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Server answers what was Added, and that there is nothing else.
type Server struct {
	Addr string // "127.0.0.1:port", UDP and TCP

	mu      sync.Mutex
	cut     bool
	records map[string][]dnsmessage.Resource
	asked   []string
}

// Start runs it until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	var l net.Listener
	var conn net.PacketConn
	for try := 0; conn == nil; try++ { // the same port may not be free for both
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if conn, err = net.ListenPacket("udp", l.Addr().String()); err != nil {
			l.Close()
			if conn = nil; try == 20 {
				t.Fatal(err)
			}
		}
	}
	s := &Server{Addr: l.Addr().String(), records: map[string][]dnsmessage.Resource{}}
	var ends sync.WaitGroup
	ends.Go(func() { s.overUDP(conn) })
	ends.Go(func() { s.overTCP(l) })
	t.Cleanup(func() {
		conn.Close()
		l.Close()
		ends.Wait()
	})
	return s
}

func (s *Server) overUDP(conn net.PacketConn) {
	b := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(b)
		if err != nil {
			return
		}
		if answer := s.answer(b[:n], true); answer != nil {
			conn.WriteTo(answer, from)
		}
	}
}

func (s *Server) overTCP(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err == nil {
			b := make([]byte, binary.BigEndian.Uint16(size[:]))
			if _, err := io.ReadFull(conn, b); err == nil {
				answer := s.answer(b, false)
				conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
			}
		}
		conn.Close()
	}
}

func (s *Server) answer(b []byte, datagram bool) []byte {
	var p dnsmessage.Parser
	h, err := p.Start(b)
	if err != nil {
		return nil
	}
	q, err := p.Question()
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cut := s.cut && datagram
	name := strings.ToLower(q.Name.String())
	s.asked = append(s.asked, strings.TrimPrefix(q.Type.String(), "Type")+" "+name)
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: h.ID, Response: true, RecursionAvailable: true, Truncated: cut},
		Questions: []dnsmessage.Question{q},
	}
	if len(s.records[name]) == 0 {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, r := range s.records[name] {
		if r.Header.Type == q.Type && !cut {
			m.Answers = append(m.Answers, r)
		}
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// Cut makes it say over UDP that no answer fits.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = true
}

// Asked are the questions so far: "SRV _sip._udp.example.com.", "35 example.com."
// for NAPTR.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

func (s *Server) add(name string, t dnsmessage.Type, body dnsmessage.ResourceBody) {
	name = strings.ToLower(strings.TrimSuffix(name, ".") + ".")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[name] = append(s.records[name], dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Type: t, Class: dnsmessage.ClassINET, TTL: 60},
		Body:   body,
	})
}

// A adds an address.
func (s *Server) A(name, addr string) {
	s.add(name, dnsmessage.TypeA, &dnsmessage.AResource{A: netip.MustParseAddr(addr).As4()})
}

// SRV adds a server.
func (s *Server) SRV(name string, priority, weight, port uint16, target string) {
	s.add(name, dnsmessage.TypeSRV, &dnsmessage.SRVResource{
		Priority: priority, Weight: weight, Port: port, Target: dnsmessage.MustNewName(strings.TrimSuffix(target, ".") + "."),
	})
}

// NAPTR adds what RDATA makes.
func (s *Server) NAPTR(name string, rdata []byte) {
	s.add(name, 35, &dnsmessage.UnknownResource{Type: 35, Data: rdata})
}

// RDATA writes a NAPTR record (RFC 3403 4.1).
func RDATA(order, preference uint16, flags, service, regexp, replacement string) []byte {
	b := binary.BigEndian.AppendUint16(nil, order)
	b = binary.BigEndian.AppendUint16(b, preference)
	for _, text := range []string{flags, service, regexp} {
		b = append(append(b, byte(len(text))), text...)
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(replacement, "."), ".") {
		if label != "" {
			b = append(append(b, byte(len(label))), label...)
		}
	}
	return append(b, 0)
}
