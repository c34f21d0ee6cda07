package e2e

import (
	"bytes"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
)

// meddler stands between us and Asterisk as the kind of trunk that agrees to
// T.38 and does not mean it: it answers our T.38 re-INVITEs itself and passes
// everything else on.
type meddler struct {
	near, far net.PacketConn // towards us; towards Asterisk
	port      int            // of m=image in the answer
}

// meddle starts one before Asterisk's door at address. imagePort is what it
// answers with: 0 refuses, another accepts and is where nobody listens.
func meddle(t *testing.T, address string, imagePort int) *meddler {
	t.Helper()
	m := &meddler{port: imagePort}
	door, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	for _, conn := range []*net.PacketConn{&m.near, &m.far} {
		if *conn, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	usAt := make(chan net.Addr, 1)
	done := make(chan struct{}, 2)
	go func() {
		defer func() { done <- struct{}{} }()
		m.outward(door, usAt)
	}()
	go func() {
		defer func() { done <- struct{}{} }()
		m.inward(address, usAt)
	}()
	t.Cleanup(func() {
		m.near.Close()
		m.far.Close()
		<-done
		<-done
	})
	return m
}

func (m *meddler) address() string { return m.near.LocalAddr().String() }

// outward takes what we send.
func (m *meddler) outward(door net.Addr, usAt chan<- net.Addr) {
	defer close(usAt)
	b := make([]byte, 65536)
	known := false
	answered := "" // CSeq of the re-INVITE that was answered here
	for {
		n, from, err := m.near.ReadFrom(b)
		if err != nil {
			return
		}
		if !known {
			known = true
			usAt <- from
		}
		msg := b[:n]
		cseq := header(msg, "CSeq")
		number, _, _ := strings.Cut(cseq, " ")
		switch {
		case bytes.HasPrefix(msg, []byte("INVITE ")) && bytes.Contains(msg, []byte("\r\nm=image")):
			answered = number
			m.near.WriteTo(m.answer(msg), from)
		case bytes.HasPrefix(msg, []byte("ACK ")) && number == answered:
		default:
			m.far.WriteTo(msg, door)
		}
	}
}

// inward takes what Asterisk sends. What is said in the dialog must come this
// way, so Contact names the meddler.
func (m *meddler) inward(door string, usAt <-chan net.Addr) {
	b := make([]byte, 65536)
	var us net.Addr
	for {
		n, _, err := m.far.ReadFrom(b)
		if err != nil {
			return
		}
		if us == nil {
			if us = <-usAt; us == nil {
				return
			}
		}
		head, body, _ := strings.Cut(string(b[:n]), "\r\n\r\n")
		head = regexp.MustCompile(`(?m)^Contact:.*$`).ReplaceAllStringFunc(head, func(line string) string {
			return strings.Replace(line, door, m.address(), 1)
		})
		m.near.WriteTo([]byte(head+"\r\n\r\n"+body), us)
	}
}

func (m *meddler) answer(invite []byte) []byte {
	body := fmt.Sprintf("v=0\r\no=- 7 7 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image %d udptl t38\r\na=T38FaxVersion:0\r\n", m.port)
	var head strings.Builder
	head.WriteString("SIP/2.0 200 OK\r\n")
	for line := range strings.Lines(string(invite)) {
		name, _, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "via", "from", "to", "call-id", "cseq":
			head.WriteString(line)
		}
	}
	fmt.Fprintf(&head, "Contact: <sip:%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n", m.address(), len(body))
	return []byte(head.String() + body)
}

func header(msg []byte, name string) string {
	for line := range strings.Lines(string(msg)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
