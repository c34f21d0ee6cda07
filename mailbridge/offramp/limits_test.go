package offramp

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// Strangers have few connections and allowed clients are served meanwhile.
func TestConnectionLimits(t *testing.T) {
	s, _ := startServer(t, func(o *Options) { o.Limits.Connections = 2 })
	var held []net.Conn
	defer func() {
		for _, nc := range held {
			nc.Close()
		}
	}()
	open := func() string {
		nc, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, nc)
		nc.SetDeadline(time.Now().Add(10 * time.Second))
		return reply1(t, bufio.NewReader(nc))
	}
	for i, want := range []string{"220", "220", "421 4.3.2"} {
		if got := open(); !strings.HasPrefix(got, want) {
			t.Errorf("connection %d is greeted %q, want %q", i+1, got, want)
		}
	}
}

func TestCloseLetsAMessageFinish(t *testing.T) {
	s, st := startServer(t, nil)
	nc, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	idle, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	idle.SetDeadline(time.Now().Add(10 * time.Second))
	r, ri := bufio.NewReader(nc), bufio.NewReader(idle)
	reply1(t, ri)
	fmt.Fprint(nc, "EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<acme@fax.example.com>\r\nDATA\r\n")
	for range 5 {
		reply1(t, r)
	}
	fmt.Fprint(nc, "\r\nhalf")
	waitForData(t, s)
	closed := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		closed <- s.Close(ctx)
	}()
	if got := reply1(t, ri); !strings.HasPrefix(got, "421") {
		t.Errorf("the idle client is told %q, want 421", got)
	}
	fmt.Fprint(nc, " whole\r\n.\r\n")
	if got := reply1(t, r); !strings.HasPrefix(got, "250 2.0.0 queued") {
		t.Errorf("the message under way ends with %q", got)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if len(st.all()) != 1 {
		t.Error("the message was not stored")
	}
}

// waitForData waits until a message is under way.
func waitForData(t *testing.T, s *Server) {
	t.Helper()
	for range 1000 {
		s.mu.Lock()
		for c := range s.conns {
			if c.until.Load() != 0 {
				s.mu.Unlock()
				return
			}
		}
		s.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
	t.Fatal("no message got under way")
}

// A client that does not stop after its mail has grown too large is cut off.
func TestFlood(t *testing.T) {
	addr, _ := start(t, func(o *Options) { o.Limits.MessageSize = 1000 })
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(nc, "EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<acme@fax.example.com>\r\nDATA\r\n")
	line := []byte(strings.Repeat("x", 998) + "\r\n")
	for sent := 0; ; sent += len(line) {
		if sent > 100<<20 {
			t.Fatal("100 MB were taken")
		}
		if _, err := nc.Write(line); err != nil {
			return // cut off
		}
	}
}

// Mails on their way in share one budget of memory.
func TestMemoryIsShared(t *testing.T) {
	s, st := startServer(t, nil)
	left := s.memory.left.Load()
	s.memory.left.Store(10)
	const script = `
		220
		> EHLO c
		250
		> MAIL FROM:<a@example.com>
		250
		> RCPT TO:<acme@fax.example.com>
		250
		> DATA
		354
		>
		> text
		> .
		`
	play(t, s.Addr().String(), script+"451 4.3.1 Too many large mails come in at once")
	s.memory.left.Store(left)
	play(t, s.Addr().String(), script+"250 2.0.0 queued\n> QUIT\n221")
	if got := s.memory.left.Load(); got != left || len(st.all()) != 1 {
		t.Errorf("%d of %d octets are left, %d mails stored", got, left, len(st.all()))
	}
}

func TestSlowClients(t *testing.T) {
	addr, _ := start(t, func(o *Options) { o.Limits.Idle, o.Limits.Transfer = 200*time.Millisecond, 300*time.Millisecond })
	play(t, addr, "220\n421 4.4.2")
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(nc)
	fmt.Fprint(nc, "EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<acme@fax.example.com>\r\nDATA\r\n")
	for range 5 {
		reply1(t, r)
	}
	go func() { // never idle, never done
		for {
			if _, err := nc.Write([]byte("x")); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	if got := reply1(t, r); !strings.HasPrefix(got, "451 4.4.2 The mail did not come whole") {
		t.Errorf("the slow client is told %q", got)
	}
}
