package killtest

import (
	"errors"
	"net/textproto"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// TestDiskFull: with no room left SMTP says 452 and no page is confirmed; with
// room again everything goes on, and what was promised has been kept.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 9)
	if err := os.Mkdir(o.spool, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=4m", "none", o.spool).CombinedOutput(); err != nil {
		t.Skipf("no disk of a few MB can be had: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", o.spool).Run() })
	o.launched = o.host.Launch()
	o.host.Wait("SMTP listens", 0, time.Minute)
	o.mailOut()

	id := o.newID()
	picture, err := tiff.Encode([]*t4.Page{codedPage(id, 0)}, tiff.ProfileS)
	if err != nil {
		t.Fatal(err)
	}
	filler := mailOf("filler@example.com", id, append(picture, make([]byte, 300_000)...), "")
	o.mails[id] = &mailOut{sender: "filler@example.com", pages: 1, accepted: true}
	var reply *textproto.Error
	for range 50 {
		if err = o.handIn("filler@example.com", []string{"FAX=+15559999999@fax.example.com"}, filler); err != nil {
			break
		}
		o.mails[id].jobs++
	}
	if !errors.As(err, &reply) || reply.Code != 452 {
		t.Fatalf("a full disk: %v, want 452", err)
	}
	full := o.faxIn()
	if full.delivered || full.confirmed > 0 {
		t.Errorf("%d pages were confirmed with no room for them", full.confirmed)
	}
	if out, err := exec.Command("mount", "-o", "remount,size=64m", o.spool).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	hosttest.Eventually(t, "mail is taken again", time.Minute, func() bool {
		m := o.mailOut()
		return m.accepted
	})
	if f := o.faxIn(); !f.delivered {
		t.Errorf("a fax with room again: %+v", f)
	}
	o.settle()
	o.host.Stop()
	t.Log(o.check())
}
