package hosttest

import (
	"bufio"
	"io"
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

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// Host is a `pagebridge serve`, running or to be run.
type Host struct {
	File string // its configuration
	// Impatience is how long Stop lets calls that are up go on before it ends
	// them. 0: as long as they like, within half a minute.
	Impatience time.Duration

	t      testing.TB
	flags  []string
	cmd    *exec.Cmd
	exited chan struct{}

	mu      sync.Mutex
	lines   []string
	changed chan struct{} // closed and renewed with each line
}

// New is a host that has neither configuration nor process yet. flags are more
// flags of serve.
func New(t testing.TB, flags ...string) *Host {
	return &Host{t: t, flags: flags, File: filepath.Join(t.TempDir(), "pagebridge.hcl"), changed: make(chan struct{})}
}

// Serve runs pagebridge on a configuration until the test ends.
func Serve(t testing.TB, configuration string, flags ...string) *Host {
	t.Helper()
	h := New(t, flags...)
	h.Configure(configuration)
	h.Start()
	t.Cleanup(h.Stop)
	return h
}

// Configure writes the configuration.
func (h *Host) Configure(text string) {
	h.t.Helper()
	if err := os.WriteFile(h.File, []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// Edit changes the configuration's text: old, new, old, new, and so on.
func (h *Host) Edit(pairs ...string) {
	h.t.Helper()
	b, err := os.ReadFile(h.File)
	if err != nil {
		h.t.Fatal(err)
	}
	text := strings.NewReplacer(pairs...).Replace(string(b))
	if text == string(b) {
		h.t.Fatalf("%q is not in the configuration", pairs)
	}
	h.Configure(text)
}

// Start runs it, also after a Kill, and waits until it serves.
func (h *Host) Start() {
	h.t.Helper()
	h.Wait("msg=serving ", h.Launch(), time.Minute)
}

// Launch runs it without waiting, and gives the number of the next line of its
// log.
func (h *Host) Launch() int {
	h.t.Helper()
	cmd := testpeer.Promptly(exec.Command(Program, append([]string{"serve", "-c", h.File}, h.flags...)...))
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
	exited := make(chan struct{})
	h.cmd, h.exited = cmd, exited
	go func() {
		h.listen(stderr)
		cmd.Wait()
		close(exited)
	}()
	return from
}

// listen keeps the log.
func (h *Host) listen(log io.Reader) {
	s := bufio.NewScanner(log)
	for s.Buffer(nil, 1<<20); s.Scan(); {
		h.mu.Lock()
		h.lines = append(h.lines, s.Text())
		close(h.changed)
		h.changed = make(chan struct{})
		h.mu.Unlock()
	}
}

// endTime is how long a host may take to end when nothing holds it.
const endTime = 30 * time.Second

// Stop asks it to end.
func (h *Host) Stop() {
	h.cmd.Process.Signal(syscall.SIGTERM)
	if h.Impatience > 0 && !h.endsWithin(h.Impatience) {
		h.cmd.Process.Signal(syscall.SIGTERM) // the second signal ends calls that are up
	}
	if !h.endsWithin(endTime) {
		h.Kill()
		h.t.Error("pagebridge did not end when asked to")
	}
	switch log := h.Log(); {
	case strings.Contains(log, "a fault in") || strings.Contains(log, "panic"):
		h.t.Errorf("pagebridge's log tells of a fault:\n%s", log)
	case h.t.Failed():
		h.t.Logf("pagebridge's log:\n%s", log)
	}
}

func (h *Host) endsWithin(d time.Duration) bool {
	select {
	case <-h.exited:
		return true
	case <-time.After(d):
		return false
	}
}

// Kill ends it as a power failure would. Its plugin sees that a moment later.
func (h *Host) Kill() {
	h.cmd.Process.Kill()
	<-h.exited
}

// Signal sends it a signal.
func (h *Host) Signal(s syscall.Signal) {
	h.t.Helper()
	if err := h.cmd.Process.Signal(s); err != nil {
		h.t.Fatal(err)
	}
}

// Exited is closed when the process of the last Start has ended.
func (h *Host) Exited() <-chan struct{} { return h.exited }

// PID is the host's process id.
func (h *Host) PID() int { return h.cmd.Process.Pid }

var pluginPID = regexp.MustCompile(`fax plugin is ready.* pid=(\d+)`)

// PluginPID is the process id of the plugin that was started last.
func (h *Host) PluginPID() int {
	h.t.Helper()
	found := pluginPID.FindAllStringSubmatch(h.Log(), -1)
	if found == nil {
		h.t.Fatal("no plugin was started")
	}
	pid, _ := strconv.Atoi(found[len(found)-1][1])
	return pid
}

// Log is all that it has said.
func (h *Host) Log() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.lines, "\n")
}

// About gives the lines of the log with that text.
func (h *Host) About(text string) string {
	var found []string
	for line := range strings.SplitSeq(h.Log(), "\n") {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return strings.Join(found, "\n")
}

// Wait waits for a line with that text at or after line number from, and gives
// the line and the number behind it.
func (h *Host) Wait(text string, from int, patience time.Duration) (string, int) {
	h.t.Helper()
	late := time.After(patience)
	for {
		h.mu.Lock()
		lines, changed := h.lines, h.changed
		h.mu.Unlock()
		for ; from < len(lines); from++ {
			if strings.Contains(lines[from], text) {
				return lines[from], from + 1
			}
		}
		select {
		case <-changed:
		case <-h.exited:
			h.t.Fatalf("pagebridge ended before it said %q\n%s", text, h.Log())
		case <-late:
			h.t.Fatalf("pagebridge did not say %q within %v\n%s", text, patience, h.Log())
		}
	}
}
