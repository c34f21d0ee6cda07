package e2e

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/mailbridge/report"
)

// TestKillPlugin kills the plugin in mid-fax, first with a fax going out, then
// with one coming in: the host stays up and nothing is lost.
func TestKillPlugin(t *testing.T) {
	t.Parallel()
	o := open(t, "+15551230009")

	o.mailOut(t, "FAX=7001@fax.example.com", o.attach()...)
	_, n := o.host.Wait("T.38 is open", 0, 60*time.Second)
	first := o.host.PluginPID()
	pause(t, 8*time.Second) // into the first page
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_, n = o.host.Wait("fax plugin is ready", n, 30*time.Second)
	if second := o.host.PluginPID(); second == first {
		t.Fatal("the plugin was not started again")
	}
	if r := o.report(t, "7001", 400*time.Second); r.Action != report.Delivered {
		t.Fatalf("the report says %+v", r)
	}
	whole := 0
	for _, file := range o.pbx.Received(t, "7001") {
		if info, err := os.Stat(file); err != nil || info.Size() < 1000 {
			continue // what is left of the fax that was cut
		}
		if pages := readTIFF(t, file); len(pages) == 4 {
			samePixels(t, "the fax after the restart", readTIFF(t, o.threeUp), pages[1:])
			whole++
		}
	}
	if whole != 1 {
		t.Errorf("the fax arrived %d times", whole)
	}

	sent := make(chan string, 1)
	go func() {
		line, _ := o.pbx.Send(o.threeUp, "15551230009", "-t", "400")
		sent <- line
	}()
	_, n = o.host.Wait("T.38 is open", n, 60*time.Second)
	pause(t, 8*time.Second)
	if err := syscall.Kill(o.host.PluginPID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	o.host.Wait("fax plugin is ready", n, 30*time.Second)
	if line := <-sent; strings.Contains(line, "status=SUCCESS") {
		t.Errorf("Asterisk believes that a fax which was cut went through: %s", line)
	}
	if line, err := o.pbx.Send(o.threeUp, "15551230009", "-t", "400"); err != nil {
		t.Fatalf("the caller dials again: %s", line)
	}
	hosttest.Eventually(t, "the mail with all three pages", 30*time.Second, func() bool {
		for _, mail := range o.mta.Mails(t, box("+15551230009")) {
			if len(readTIFF(t, attachment(t, mail))) == 3 {
				return true
			}
		}
		return false
	})
}

// TestKillHost kills the whole host between SMTP's 250 and the call.
func TestKillHost(t *testing.T) {
	t.Parallel()
	o := open(t)
	out := o.mailOut(t, "FAX=7001@fax.example.com", o.attach()...)
	if !strings.Contains(out, "250 2.0.0") {
		t.Fatalf("swaks saw no 250:\n%s", out)
	}
	plugin := o.host.PluginPID()
	o.host.Kill()
	hosttest.Eventually(t, "the end of the orphaned plugin", 30*time.Second, func() bool { return syscall.Kill(plugin, 0) != nil })
	o.host.Start()
	if r := o.report(t, "7001", 400*time.Second); r.Action != report.Delivered {
		t.Fatalf("the report says %+v", r)
	}
	files := o.pbx.Received(t, "7001")
	if len(files) != 1 {
		t.Fatalf("Asterisk has %v", files)
	}
	samePixels(t, "Asterisk's pages", readTIFF(t, o.threeUp), readTIFF(t, files[0])[1:])
}

// pause lets a real fax go on for a while.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	<-time.After(d)
}
