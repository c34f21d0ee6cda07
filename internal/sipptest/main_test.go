package sipptest

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"net"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the pagebridge that the tests run, built once.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	// Talks wait for each other's sake, not for the processor's: all at once.
	if err := flag.Set("test.parallel", "64"); err != nil {
		log.Fatal(err)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pagebridge-sipp-")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "pagebridge")
	build := exec.Command("go", "build", "-o", program, "../../hostshim/cmd/pagebridge")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		log.Printf("building pagebridge: %v", err)
		return 1
	}
	return m.Run()
}

// host is a running `pagebridge serve`.
type host struct {
	t      testing.TB
	file   string // its configuration
	sip    int
	smtp   string
	cmd    *exec.Cmd
	exited chan struct{}

	mu      sync.Mutex
	lines   []string
	changed chan struct{} // closed and renewed with each line
	free    []int         // trunks that no talk has taken: ports of sipp
}

// trunksForCalls is how many talks may begin with a call of pagebridge's.
const trunksForCalls = 24

// serve runs pagebridge on loopback until the test ends. more is added to the
// configuration; "[::1]" as address makes a house of IPv6.
func serve(t testing.TB, address, more string) *host {
	t.Helper()
	h := newHost(t)
	h.write(address, more)
	h.start()
	t.Cleanup(h.stop)
	return h
}

// newHost is a host that has neither configuration nor process yet.
func newHost(t testing.TB) *host {
	t.Helper()
	h := &host{t: t, file: filepath.Join(t.TempDir(), "pagebridge.hcl"), changed: make(chan struct{})}
	h.sip, h.smtp = freePort(t), fmt.Sprintf("127.0.0.1:%d", freePort(t))
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
		port := freePort(h.t)
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
`, h.smtp, filepath.Join(filepath.Dir(h.file), "spool"))
	c.WriteString(more)
	if err := os.WriteFile(h.file, []byte(c.String()), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// start starts it and waits until it serves.
func (h *host) start() {
	h.t.Helper()
	cmd := exec.Command(program, "serve", "-v", "-c", h.file)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.cmd, h.exited = cmd, make(chan struct{})
	go func() {
		s := bufio.NewScanner(stderr)
		for s.Buffer(nil, 1<<20); s.Scan(); {
			h.mu.Lock()
			h.lines = append(h.lines, s.Text())
			close(h.changed)
			h.changed = make(chan struct{})
			h.mu.Unlock()
		}
		cmd.Wait()
		close(h.exited)
	}()
	h.wait("serving", time.Minute)
}

// stop asks it to end.
func (h *host) stop() {
	h.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-h.exited:
	case <-time.After(2 * time.Second): // a call is still up: a second signal ends it at once
		h.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-h.exited:
		case <-time.After(20 * time.Second):
			h.cmd.Process.Kill()
			<-h.exited
			h.t.Error("pagebridge did not end when asked to")
		}
	}
	if log := h.log(); strings.Contains(log, "a fault in") || strings.Contains(log, "panic") {
		h.t.Errorf("pagebridge's log tells of a fault:\n%s", log)
	}
}

func (h *host) log() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.lines, "\n")
}

// about gives the lines of the log with that text.
func (h *host) about(text string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []string
	for _, l := range h.lines {
		if strings.Contains(l, text) {
			found = append(found, l)
		}
	}
	return strings.Join(found, "\n")
}

// wait waits for a line with that text and gives it.
func (h *host) wait(text string, patience time.Duration) string {
	h.t.Helper()
	late := time.After(patience)
	for from := 0; ; {
		h.mu.Lock()
		lines, changed := h.lines, h.changed
		h.mu.Unlock()
		for ; from < len(lines); from++ {
			if strings.Contains(lines[from], text) {
				return lines[from]
			}
		}
		select {
		case <-changed:
		case <-h.exited:
			h.t.Fatalf("pagebridge ended before it said %q\n%s", text, h.log())
		case <-late:
			h.t.Fatalf("pagebridge did not say %q within %v\n%s", text, patience, h.log())
		}
	}
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

// ports are those that freePort has given out.
var ports = struct {
	sync.Mutex
	next int
}{next: 15000 + os.Getpid()%2000}

// freePort finds a port that is free for UDP and TCP, below those that the
// operating system gives out. It gives none twice.
func freePort(t testing.TB) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for ports.next < 20000 {
		port := ports.next
		ports.next++
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		l.Close()
		p, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		p.Close()
		return port
	}
	t.Fatal("no free port")
	return 0
}
