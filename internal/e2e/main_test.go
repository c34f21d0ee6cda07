package e2e

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
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
	// Faxes wait for each other's sake, not for the processor's: all at once.
	if err := flag.Set("test.parallel", "32"); err != nil {
		log.Fatal(err)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pagebridge-e2e-")
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
	t       testing.TB
	file    string // its configuration
	cmd     *exec.Cmd
	exited  chan struct{}
	mu      sync.Mutex
	lines   []string
	changed chan struct{} // closed and renewed with each line
}

// serve writes the configuration and runs pagebridge on it until the test ends.
func serve(t testing.TB, configuration string) *host {
	t.Helper()
	h := &host{t: t, file: filepath.Join(t.TempDir(), "pagebridge.hcl"), changed: make(chan struct{})}
	if err := os.WriteFile(h.file, []byte(configuration), 0o644); err != nil {
		t.Fatal(err)
	}
	h.start()
	t.Cleanup(func() {
		h.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-h.exited:
		case <-time.After(20 * time.Second):
			h.cmd.Process.Kill()
			<-h.exited
			t.Error("pagebridge did not end when asked to")
		}
		if t.Failed() {
			t.Logf("pagebridge's log:\n%s", h.log())
		}
	})
	return h
}

// start starts it, also after a kill.
func (h *host) start() {
	h.t.Helper()
	cmd := exec.Command(program, "serve", "-c", h.file)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	from := len(h.lines)
	h.mu.Unlock()
	h.cmd, h.exited = cmd, make(chan struct{})
	exited := h.exited
	go func() {
		for s := bufio.NewScanner(stderr); s.Scan(); {
			h.mu.Lock()
			h.lines = append(h.lines, s.Text())
			close(h.changed)
			h.changed = make(chan struct{})
			h.mu.Unlock()
		}
		cmd.Wait()
		close(exited)
	}()
	h.wait("serving", from, 60*time.Second)
}

// kill ends it as a power failure would, and waits for its plugin to see that.
func (h *host) kill() {
	h.t.Helper()
	h.cmd.Process.Kill()
	<-h.exited
}

func (h *host) log() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.lines, "\n")
}

// wait waits for a line with that text at or after line number from, and gives
// the line and the number behind it.
func (h *host) wait(text string, from int, patience time.Duration) (string, int) {
	h.t.Helper()
	late := time.After(patience)
	for {
		h.mu.Lock()
		lines, changed := h.lines, h.changed
		h.mu.Unlock()
		for i := from; i < len(lines); i++ {
			if strings.Contains(lines[i], text) {
				return lines[i], i + 1
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

var pluginPID = regexp.MustCompile(`fax plugin is ready.* pid=(\d+)`)

// plugin is the process id of the plugin that was started last.
func (h *host) plugin() int {
	h.t.Helper()
	found := pluginPID.FindAllStringSubmatch(h.log(), -1)
	if found == nil {
		h.t.Fatal("no plugin was started")
	}
	pid, _ := strconv.Atoi(found[len(found)-1][1])
	return pid
}

// ports are those that freePort has given out.
var ports = struct {
	sync.Mutex
	next int
}{next: 12000 + os.Getpid()%1000}

// freePort finds a port that is free for UDP and TCP, below those that the
// operating system gives out. It gives none twice.
func freePort(t testing.TB) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for ports.next < 15000 {
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

// eventually waits until done gives true, asking every 100 ms.
func eventually(t testing.TB, what string, patience time.Duration, done func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !done(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
