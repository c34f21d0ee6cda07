package dialog_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/dialog"
	. "github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
)

// read takes what comes next.
func read(t *testing.T, c net.Conn) string {
	t.Helper()
	b := make([]byte, 65535)
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, err := c.Read(b)
	if err != nil {
		t.Fatalf("nothing comes: %v", err)
	}
	return string(b[:n])
}

// answer says 200 to a request.
func answer(t *testing.T, c net.Conn, request string) {
	t.Helper()
	head := "SIP/2.0 200 OK\r\n"
	for line := range strings.SplitSeq(request, "\r\n") {
		if name, _, _ := strings.Cut(line, ":"); name == "Via" || name == "From" || name == "To" || name == "Call-ID" || name == "CSeq" {
			head += line + "\r\n"
		}
	}
	if _, err := c.Write([]byte(head + "Content-Length: 0\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
}

// TestKeepAliveOverStreams: over the connection that a request has opened pings go
// both ways (RFC 5626 3.5.1), and requests still pass.
func TestKeepAliveOverStreams(t *testing.T) {
	ca := NewCA(t)
	for transport, config := range map[string]*tls.Config{"tcp": nil, "tls": ca.Config("127.0.0.1")} {
		t.Run(transport, func(t *testing.T) {
			var peer net.Listener
			peer, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer peer.Close()
			a := New(t, "a", func(o *dialog.Options) { o.TLS = config })
			at := peer.Addr().String()
			if config != nil {
				peer = tls.NewListener(peer, config)
			}
			if err := a.Stack.KeepAlive(t.Context(), transport, at); !errors.Is(err, dialog.ErrNoFlow) {
				t.Errorf("before anything was sent: %v", err)
			}
			asked := make(chan error, 2)
			ask := func() {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				uri := sip.Uri{Scheme: "sip", Host: "127.0.0.1", Port: peer.Addr().(*net.TCPAddr).Port}
				uri.UriParams.Add("transport", transport)
				r, err := a.Stack.Ask(ctx, dialog.Question{Method: "OPTIONS", URI: uri})
				if err == nil && r.Status != 200 {
					err = fmt.Errorf("answered %d", r.Status)
				}
				asked <- err
			}
			go ask()
			c, err := peer.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			answer(t, c, read(t, c))
			if err := <-asked; err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if err := a.Stack.KeepAlive(t.Context(), transport, at); err != nil {
					t.Fatal(err)
				}
				if got := read(t, c); got != "\r\n\r\n" {
					t.Errorf("the ping is %q", got)
				}
			}
			c.Write([]byte("\r\n\r\n"))
			if got := read(t, c); got != "\r\n" {
				t.Errorf("the pong is %q", got)
			}
			c.Write([]byte("\r\n")) // a pong, which is not answered
			go ask()
			answer(t, c, read(t, c))
			if err := <-asked; err != nil {
				t.Errorf("after the pings: %v", err)
			}
		})
	}
}

// TestKeepAliveOverUDP: the ping comes from the port that calls come from; pings of
// the peer are not taken for anything.
func TestKeepAliveOverUDP(t *testing.T) {
	peer, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	a := New(t, "a")
	if err := a.Stack.KeepAlive(t.Context(), "udp", peer.LocalAddr().String()); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	_ = peer.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, from, err := peer.ReadFrom(b)
	if err != nil || string(b[:n]) != "\r\n\r\n" || from.String() != a.Stack.Addr("udp").String() {
		t.Errorf("%q from %v, %v", b[:n], from, err)
	}
	for _, ping := range []string{"\r\n", "\r\n\r\n", "\x00\x00\x00\x00"} {
		if _, err := peer.WriteTo([]byte(ping), from); err != nil {
			t.Fatal(err)
		}
	}
	a.Idle("pings are nothing for the owner")
	for _, wrong := range []string{"nowhere", "127.0.0.1:x", "[::1]:5060"} {
		if err := a.Stack.KeepAlive(t.Context(), "udp", wrong); err == nil {
			t.Errorf("%s is pinged", wrong)
		}
	}
	a.Stack.Close()
	if err := a.Stack.KeepAlive(t.Context(), "udp", "127.0.0.1:9"); !errors.Is(err, dialog.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestAskWhileClosing: a question that is open when the stack closes ends with an
// error.
func TestAskWhileClosing(t *testing.T) {
	peer, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	a := New(t, "a")
	asked := make(chan error, 1)
	go func() {
		_, err := a.Stack.Ask(context.Background(), dialog.Question{Method: "OPTIONS", URI: sip.Uri{Scheme: "sip", Host: "127.0.0.1", Port: peer.LocalAddr().(*net.UDPAddr).Port}})
		asked <- err
	}()
	_ = peer.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, _, err := peer.ReadFrom(make([]byte, 65535)); err != nil {
		t.Fatal(err)
	}
	a.Stack.Close()
	if err := <-asked; err == nil {
		t.Error("it ends without an answer and without an error")
	}
}
