package sipptest

import (
	"fmt"
	"net/smtp"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
)

func TestMain(m *testing.M) {
	hosttest.Main(m, hosttest.Options{Parallel: 64, FirstPort: 15000, LastPort: 20000})
}

// host is a running `pagebridge serve`.
type host struct {
	*hosttest.Host
	t    testing.TB
	sip  int
	smtp string

	mu   sync.Mutex
	free []int // trunks that no talk has taken: ports of sipp
}

// trunksForCalls is how many talks may begin with a call of pagebridge's.
const trunksForCalls = 24

// serve runs pagebridge on loopback until the test ends. more is added to the
// configuration; "[::1]" as address makes a house of IPv6.
func serve(t testing.TB, address, more string) *host {
	t.Helper()
	h := newHost(t)
	h.write(address, more)
	h.Start()
	t.Cleanup(h.Stop)
	return h
}

// newHost is a host that has neither configuration nor process yet.
func newHost(t testing.TB) *host {
	t.Helper()
	testpeer.Command(t, "sipp", "Debian package sip-tester") // all talks are sipp's
	h := &host{t: t, Host: hosttest.New(t, "-v")}
	h.Impatience = 2 * time.Second
	h.sip, h.smtp = hosttest.FreePort(t), fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t))
	return h
}

// write writes the configuration.
func (h *host) write(address, more string) {
	h.t.Helper()
	var c strings.Builder
	fmt.Fprintf(&c, "sip { listen = [\"udp:%s:%d\", \"tcp:%s:%d\"] }\n", address, h.sip, address, h.sip)
	fmt.Fprintf(&c, "media { address = %q }\n", strings.Trim(address, "[]"))
	fmt.Fprintf(&c, "fax { station_id = \"SIPP\" }\n")
	h.free = nil
	for range trunksForCalls {
		port := hosttest.FreePort(h.t)
		h.free = append(h.free, port)
		fmt.Fprintf(&c, "trunk \"sipp-%d\" {\n server = \"%s:%d\"\n options_ping = \"0s\"\n reinvite_after = \"1s\"\n fax = \"t38\"\n}\n", port, address, port)
		fmt.Fprintf(&c, "alias \"to%d\" {\n number = \"+1555%07d\"\n trunk = \"sipp-%d\"\n}\n", port, port, port)
	}
	fmt.Fprintf(&c, "fax_number %q { mailboxes = [\"office@example.com\"] }\n", fax)
	fmt.Fprintf(&c, `mail {
  listen = %q
  domains = ["fax.example.com"]
  allow_clients = ["127.0.0.1"]
  relay { server = "127.0.0.1:9" }
}
spool {
  path = %q
  retry_delays = ["1h"]
  calls = 64
}
`, h.smtp, filepath.Join(filepath.Dir(h.File), "spool"))
	c.WriteString(more)
	h.Configure(c.String())
}

// trunk takes a trunk whose server is to be sipp, and gives sipp's port.
func (h *host) trunk(t testing.TB) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.free) == 0 {
		t.Fatalf("more than %d talks want to be called", trunksForCalls)
	}
	port := h.free[0]
	h.free = h.free[1:]
	return port
}

// mail makes pagebridge call over the trunk of that port.
func (h *host) mail(t testing.TB, port int) {
	t.Helper()
	h.mailTo(t, fmt.Sprintf("to%d", port))
}

// mailTo hands in a mail to an alias.
func (h *host) mailTo(t testing.TB, alias string) {
	t.Helper()
	text := "From: worker@example.com\r\nTo: fax\r\nSubject: sipp\r\n\r\nHello\r\n"
	to := []string{alias + "@fax.example.com"}
	if err := smtp.SendMail(h.smtp, nil, "worker@example.com", to, []byte(text)); err != nil {
		t.Fatal(err)
	}
}
