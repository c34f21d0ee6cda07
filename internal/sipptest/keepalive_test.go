package sipptest

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// registering is a trunk that registers and pings.
const registering = `trunk "pinged" {
  server = "%s"
  domain = "example.com"
  username = "gateway"
  password = "secret"
  register = true
  options_ping = "0s"
  keep_alive = "1s"
}
`

// TestKeepAlive: a registered flow is pinged (RFC 5626 3.5.1), over the connection of
// the registration or from the port of it; pings of the peer are answered on both
// sorts of connection.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	registrar, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer registrar.Close()
	port := registrar.Addr().(*net.TCPAddr).Port
	h := serve(t, "127.0.0.1", fmt.Sprintf(registering, fmt.Sprintf("127.0.0.1:%d;transport=tcp", port)))
	c, err := registrar.Accept()
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t, c}
	defer c.Close()
	buf := make([]byte, 65535)
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, err := c.Read(buf)
	if err != nil || !bytes.HasPrefix(buf[:n], []byte("REGISTER ")) {
		t.Fatalf("%q, %v, want REGISTER", buf[:n], err)
	}
	head := "SIP/2.0 200 OK\r\n"
	for line := range strings.SplitSeq(string(buf[:n]), "\r\n") {
		switch name, _, _ := strings.Cut(line, ":"); name {
		case "Via", "From", "To", "Call-ID", "CSeq", "Contact":
			head += line + "\r\n"
		}
	}
	w.send(head + "Expires: 600\r\n" + end)
	h.Wait("up=true detail=\"registered for 10m", 0, 10*time.Second)
	for range 2 {
		if got := w.want("\r\n\r\n"); got != "\r\n\r\n" {
			t.Errorf("the ping is %q", got)
		}
		w.send("\r\n")
	}
	w.send("\r\n\r\n")
	if got := w.want("\r\n"); strings.Trim(got, "\r\n") != "" {
		t.Errorf("the pong is %q", got)
	}
	in := newWire(t, h, "tcp")
	in.send("\r\n\r\n")
	if got := in.want("\r\n"); got != "\r\n" {
		t.Errorf("the pong at our own port is %q", got)
	}
	in.send(message("OPTIONS", "tcp") + "CSeq: 1 OPTIONS\r\n" + end)
	in.want("SIP/2.0 200")
}

// TestKeepAliveKamailio: Kamailio takes our pings for pings, over TCP and UDP, and
// keeps the registration; its own pings do not hurt.
func TestKeepAliveKamailio(t *testing.T) {
	testpeer.Command(t, "kamailio", "Debian package kamailio")
	t.Parallel()
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			proxy := hosttest.FreePort(t)
			startKamailio(t, "testdata/registrar.cfg", "udp:127.0.0.1:5060", transport+":127.0.0.1:"+strconv.Itoa(proxy), "children=2", "children=2\ntcp_children=1\ntcp_crlf_ping=yes")
			h.write("127.0.0.1", fmt.Sprintf(registering, fmt.Sprintf("127.0.0.1:%d;transport=%s", proxy, transport)))
			h.Start()
			t.Cleanup(h.Stop)
			h.Wait("up=true detail=\"registered for 40s", 0, 20*time.Second)
			begin := len(h.Log())
			<-time.After(4 * time.Second) // pings go meanwhile
			h.Signal(syscall.SIGHUP)      // registers anew over what is open
			h.Wait("the configuration is reloaded", 0, 5*time.Second)
			hosttest.Eventually(t, "the registration after the pings", 30*time.Second, func() bool {
				return strings.Contains(h.Log()[begin:], "registered for 40s")
			})
			if log := h.Log()[begin:]; strings.Contains(log, "up=false") || strings.Contains(log, "keep-alive is not sent") {
				t.Errorf("the flow is not kept:\n%s", tail(log, 20))
			}
		})
	}
}
