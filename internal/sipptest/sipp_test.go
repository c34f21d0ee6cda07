package sipptest

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// scenario is a talk with its name.
type scenario struct {
	name string
	talk *talk
}

// runAll runs scenarios side by side against one host.
func runAll(t *testing.T, h *host, list []scenario) {
	for _, s := range list {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if err := h.talk(t, s.name, s.talk); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// talks counts them.
var talks atomic.Int32

// mediaPorts finds ports that are free: sipp binds some, wanted or not, and gives up
// where another has them.
func mediaPorts() (first int) {
	for range 500 {
		first = 20000 + 10*int(talks.Add(1)%300) // killtest begins at 24000
		free := true
		for port := first; port < first+8 && free; port++ {
			conn, err := net.ListenPacket("udp", fmt.Sprintf(":%d", port))
			if free = err == nil; free {
				conn.Close()
			}
		}
		if free {
			break
		}
	}
	return first
}

// taken tells whether some program has a port.
func taken(network, host string, port int) bool {
	l, err := net.Listen(network, net.JoinHostPort(host, fmt.Sprint(port)))
	if err == nil {
		l.Close()
	}
	return err != nil
}

// talk lets sipp have the talk with the host; the error has what sipp says of
// it.
func (h *host) talk(t *testing.T, name string, k *talk) error {
	t.Helper()
	sipp := testpeer.Command(t, "sipp", "Debian package sip-tester")
	dir := t.TempDir()
	file := filepath.Join(dir, "talk.xml")
	if err := os.WriteFile(file, []byte(k.document(name)), 0o644); err != nil {
		t.Fatal(err)
	}
	own, host, mode := cmp.Or(k.own, "127.0.0.1"), "127.0.0.1", "u1"
	if k.ipv6 {
		own, host = "::1", "::1"
	}
	if k.tcp {
		mode = "t1"
	}
	port, byMail := k.port, k.called && k.port == 0
	switch {
	case byMail:
		port = h.trunk(t)
	case port == 0:
		port = hosttest.FreePort(t)
	}
	rtp := mediaPorts()
	args := append([]string{
		"-sf", file, "-i", own, "-p", fmt.Sprint(port), "-t", mode, "-m", "1", "-nostdin", "-skip_rlimit", "-watchdog_interval", "600000",
		"-timeout", fmt.Sprint(int(k.patience.Seconds()) + 15), "-timeout_error", "-recv_timeout", fmt.Sprint((k.patience + 2*time.Second).Milliseconds()),
		"-default_behaviors", "all,-bye", "-mp", fmt.Sprint(rtp), "-trace_msg", "-message_file", "messages", "-trace_err", "-error_file", "errors",
	}, k.flags...)
	if !k.called {
		args = append(args, "-s", k.to, net.JoinHostPort(host, fmt.Sprint(cmp.Or(k.server, h.sip))))
	}
	ctx, cancel := context.WithTimeout(t.Context(), k.patience+15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, sipp, args...)
	cmd.Dir = dir
	done := make(chan error, 1)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { done <- cmd.Wait() }()
	switch {
	case byMail:
		h.mail(t, port) // an INVITE that comes before sipp listens is repeated
	case k.begin != nil:
		hosttest.Eventually(t, "sipp listens", 30*time.Second, func() bool { return taken("tcp", own, port) })
		k.begin()
	}
	if err := <-done; err != nil {
		errors, _ := os.ReadFile(filepath.Join(dir, "errors"))
		messages, _ := os.ReadFile(filepath.Join(dir, "messages"))
		if len(errors) == 0 {
			errors = []byte(tail(out.String(), 30))
		}
		return fmt.Errorf("sipp, at port %d: %v\n%s\nthe whole talk:\n%s", port, err, tail(string(errors), 20), tail(string(messages), 120))
	}
	return nil
}

func tail(s string, lines int) string {
	all := strings.Split(s, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
