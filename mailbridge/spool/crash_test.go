package spool_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

// These tests kill a real process. The test binary runs itself as the child,
// which has a spool in a folder and writes what the world outside saw into the
// file "world" beside it, a line at a time: a line is there as soon as its
// write returned, whatever happens to the process. The parent kills the child,
// starts it again, lets the last one finish its work, and compares the world
// with the spool.

func TestMain(m *testing.M) {
	if dir := os.Getenv("SPOOL_CRASH_DIR"); dir != "" {
		if err := crashChild(dir, os.Getenv("SPOOL_CRASH_MODE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil { // they wait, most of the time
		log.Fatal(err)
	}
	code := m.Run()
	stopPostgres()
	os.Exit(code)
}

func childCommand(dir, mode string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SPOOL_CRASH_DIR="+dir, "SPOOL_CRASH_MODE="+mode)
	return cmd
}

// startChild runs the child and returns when it has opened the spool.
func startChild(t *testing.T, dir, mode string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	return started(t, childCommand(dir, mode))
}

func started(t *testing.T, cmd *exec.Cmd) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "open\n" {
		cmd.Process.Kill()
		cmd.Wait()
		t.Fatalf("the child said %q, %v: %s", line, err, &stderr)
	}
	return cmd, &stderr
}

// drain runs a child that takes nothing new and exits when all work is done.
func drain(t *testing.T, dir string) {
	t.Helper()
	cmd, stderr := startChild(t, dir, "drain")
	killer := time.AfterFunc(2*time.Minute, func() { cmd.Process.Kill() })
	defer killer.Stop()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("draining: %v: %s", err, stderr)
	}
}

// TestKillAtRandom kills the child again and again in the middle of a steady
// stream of mail and faxes. PAGEBRIDGE_CRASH_ROUNDS sets how often.
func TestKillAtRandom(t *testing.T) {
	t.Parallel()
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	if n, err := strconv.Atoi(os.Getenv("PAGEBRIDGE_CRASH_ROUNDS")); err == nil {
		rounds = n
	}
	dir := t.TempDir()
	// Any moment is as good as another: it decides what is tried, not whether
	// the test passes.
	moment := func(most int) { time.Sleep(time.Duration(rand.IntN(most)) * time.Millisecond) }
	for i := range rounds {
		var cmd *exec.Cmd
		if i%3 == 0 { // while it makes its tables or takes up what was left
			cmd = childCommand(dir, "stream")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			moment(100)
		} else {
			cmd, _ = startChild(t, dir, "stream")
			moment(250)
		}
		cmd.Process.Kill()
		cmd.Wait()
	}
	drain(t, dir)
	w := readWorld(t, dir)
	w.check(t, dir)
	t.Logf("%d kills: %d mails accepted, %d faxes sent, %d reports, %d faxes received with %d pages, %d mails out",
		rounds, len(w.accepted), len(w.done), w.reports, len(w.receipts), w.pages, w.mailsOut)
}

// TestKillAt kills the child once at each point where something has just
// happened that is not yet written down, or the other way round.
func TestKillAt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		point string // see crashPoint
		check func(t *testing.T, w *world)
	}{
		{"accepted", nil},
		{"render", nil},
		{"rendered", nil},
		{"dial", nil},
		{"page-sent", nil},
		{"page-confirmed", nil},
		{"all-confirmed", func(t *testing.T, w *world) {
			for job, n := range w.begun {
				if n != 1 {
					t.Errorf("job %s was called %d times after all of it was confirmed", job, n)
				}
			}
		}},
		{"call-returns", nil},
		{"notify", nil},
		{"notified", nil},
		{"receive", nil},
		{"page-received", nil},
		{"page-committed", func(t *testing.T, w *world) {
			if w.mailsOut == 0 {
				t.Error("a page was confirmed and not mailed")
			}
		}},
		{"finished", nil},
		{"deliver", nil},
		{"delivered", nil},
	} {
		t.Run(c.point, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd, stderr := startChild(t, dir, "once-"+c.point)
			killer := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
			err := cmd.Wait()
			killer.Stop()
			if err == nil {
				t.Fatalf("the child never came to the point: %s", stderr)
			}
			drain(t, dir)
			w := readWorld(t, dir)
			w.check(t, dir)
			if w.died != c.point {
				t.Errorf("it died at %q: %s", w.died, stderr)
			}
			if c.check != nil {
				c.check(t, w)
			}
		})
	}
}

// TestOpenSettles: what a crash cut off is settled by Open, before any work.
func TestOpenSettles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, stderr := startChild(t, dir, "once-page-confirmed")
	killer := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer killer.Stop()
	if err := cmd.Wait(); err == nil {
		t.Fatalf("the child never came to the point: %s", stderr)
	}
	s, err := open(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n, err := s.Counts(t.Context())
	if err != nil || n.Jobs[spool.Calling] != 0 || n.Jobs[spool.Queued]+n.Jobs[spool.Delivered] != 1 || n.Received[spool.Receiving] != 0 {
		t.Errorf("after Open: %+v, %v", n, err)
	}
}

// world is what happened outside, read from its file.
type world struct {
	accepted  map[string]int    // recipients of each submission that got its 250
	begun     map[string]int    // calls of each job
	done      map[string]bool   // jobs whose every page was confirmed and written down
	reported  map[string]string // how each job was reported
	committed map[string]int    // pages of each receipt that got their MCF
	mailed    map[string]int    // pages of each mail, by receipt and mailbox
	receipts  map[string]bool

	reports, pages, mailsOut int
	died                     string
}

func readWorld(t *testing.T, dir string) *world {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(dir, "world"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{accepted: map[string]int{}, begun: map[string]int{}, done: map[string]bool{},
		reported: map[string]string{}, committed: map[string]int{}, mailed: map[string]int{}, receipts: map[string]bool{}}
	for line := range strings.Lines(string(file)) {
		w.read(t, strings.Fields(line))
	}
	return w
}

// read takes in one line; what must never happen fails here, where its order
// is known.
func (w *world) read(t *testing.T, f []string) {
	n := 0
	if len(f) > 2 {
		n, _ = strconv.Atoi(f[2])
	}
	switch id := f[1]; f[0] {
	case "accepted":
		w.accepted[id] = n
	case "begun":
		w.begun[id]++
		if w.done[id] {
			t.Errorf("job %s was called after its fax was confirmed", id)
		}
		if w.reported[id] != "" {
			t.Errorf("job %s was called after it was reported as %s", id, w.reported[id])
		}
	case "done":
		w.done[id] = true
	case "reported":
		w.reports++
		if was := w.reported[id]; was != "" && was != f[2] {
			t.Errorf("job %s was reported as %s and as %s", id, was, f[2])
		}
		w.reported[id] = f[2]
	case "committed":
		w.committed[id], w.receipts[id] = n, true
		w.pages++
	case "mailed":
		w.mailsOut++
		w.mailed[id] = n
	case "wrong-page":
		t.Errorf("job %s sent other pages than were rendered", id)
	case "died":
		w.died = id
	}
}

// check compares the world with the spool.
func (w *world) check(t *testing.T, dir string) {
	t.Helper()
	w.compare(t, spool.Options{Path: dir})
}

func (w *world) compare(t *testing.T, o spool.Options) {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	s, err := spool.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for id, recipients := range w.accepted {
		jobs, err := s.Jobs(t.Context(), id)
		if err != nil || len(jobs) != recipients {
			t.Errorf("submission %s was accepted for %d recipients and has jobs %v, %v", id, recipients, jobs, err)
		}
		for _, id := range jobs {
			w.checkJob(t, s, id)
		}
	}
	for id, pages := range w.committed {
		for _, mailbox := range crashMailboxes {
			if got := w.mailed[id+"/"+mailbox]; got < pages {
				t.Errorf("%d pages of %s were confirmed, %s got %d", pages, id, mailbox, got)
			}
		}
	}
}

func (w *world) checkJob(t *testing.T, s *spool.Spool, id string) {
	j, err := s.Job(t.Context(), id)
	if err != nil {
		t.Errorf("job %s: %v", id, err)
		return
	}
	want := spool.Delivered
	if strings.HasPrefix(j.Recipient.Destination.Number, "bad") {
		want = spool.Failed
	}
	if j.State != want || w.reported[id] != string(want) {
		t.Errorf("job %s to %s is %s and was reported as %q, want %s: %+v",
			id, j.Recipient.Destination.Number, j.State, w.reported[id], want, j.Events)
	}
	if w.done[id] && j.State != spool.Delivered {
		t.Errorf("job %s was confirmed and is %s", id, j.State)
	}
	delivered, unsure := 0, false
	for _, a := range j.History {
		if a.Outcome.Delivered {
			delivered++
		}
		if lost := a.Outcome.Cause == spool.CauseInterrupted && a.Outcome.Pages == j.Pages-1; lost != a.Outcome.Unsure {
			t.Errorf("job %s: a call that was cut after %d of %d pages: %+v", id, a.Outcome.Pages, j.Pages, a.Outcome)
		}
		unsure = unsure || a.Outcome.Unsure
	}
	if unsure != strings.Contains(j.Outcome.Sentence, "It may have arrived") {
		t.Errorf("job %s may have arrived twice: %t; its outcome: %s", id, unsure, j.Outcome.Sentence)
	}
	if want == spool.Delivered && delivered != 1 {
		t.Errorf("job %s was delivered %d times", id, delivered)
	}
}

// TestLocked: a spool has one process.
func TestLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, _ := startChild(t, dir, "stream")
	defer cmd.Wait()
	defer cmd.Process.Kill()
	_, err := spool.Open(context.Background(), spool.Options{Path: dir})
	if err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("Open of a spool that another process has: %v", err)
	}
}
