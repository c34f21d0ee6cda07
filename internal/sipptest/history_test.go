package sipptest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/hosttest"
)

// TestHistory asks the command line what became of faxes, while the host runs: one
// that came in, with what the machines said, and one that waits for its next call.
func TestHistory(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 20 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	c := newCrowd(t)
	c.host.Edit(`alias "machine" {`, "alias \"nobody\" {\n  number = \"+15550000000\"\n  trunk = \"callers\"\n}\nalias \"machine\" {")
	c.host.Stop()
	c.host.Start()
	pagebridge := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(hosttest.Program, args...).CombinedOutput()
		if err != nil {
			t.Errorf("pagebridge %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		t.Logf("pagebridge %s\n%s", strings.Join(args, " "), out)
		return string(out)
	}
	want := func(out string, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(out, w) {
				t.Errorf("%q is missing in:\n%s", w, out)
			}
		}
	}
	want(pagebridge("queue", "-c", c.host.File), "Nothing waits.")
	c.host.mailTo(t, "nobody")
	if err := <-c.plainFax(); err != nil {
		t.Fatal(err)
	}
	c.wantMail("office@example.com")

	list := pagebridge("history", "-c", c.host.File)
	want(list, "ID ", "+15551230000", "+15550000000", "The fax went through: 1 page was confirmed.")
	id := ""
	for line := range strings.Lines(list) {
		if strings.Contains(line, "+15551230000") {
			id = strings.Fields(line)[0]
		}
	}
	want(pagebridge("history", "-c", c.host.File, strings.ToLower(id)), id, "Mail to office@example.com: delivered", "over T.38", "DCS", "MCF")
	want(pagebridge("queue", "-c", c.host.File), "worker@example.com", "+15550000000")
	out, err := exec.Command(hosttest.Program, "history", "--spool", filepath.Join(t.TempDir(), "none")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "nothing was ever received") {
		t.Errorf("a spool that is not there: %v\n%s", err, out)
	}
}
