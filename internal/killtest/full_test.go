package killtest

import (
	"errors"
	"fmt"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
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

	o.fill()
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

// fill takes all room of the spool's disk: with mails that are called later, and
// with what is not the spool's. SQLite finds some in its own files, for which mails
// are tried that are as small as a page.
func (o *office) fill() {
	t := o.t
	t.Helper()
	waiting := fmt.Sprintf("X-Fax-Send-At: %s\r\n", time.Now().Add(time.Minute).UTC().Format(time.RFC3339))
	refused := func(more int) bool {
		id := o.newID()
		picture, err := tiff.Encode([]*t4.Page{codedPage(id, 0)}, tiff.ProfileS)
		if err != nil {
			t.Fatal(err)
		}
		m := &mailOut{sender: fmt.Sprintf("worker%d@example.com", id), pages: 1, jobs: 1}
		o.mu.Lock()
		o.mails[id] = m
		o.mu.Unlock()
		mail := mailOf(m.sender, id, waiting, append(picture, make([]byte, more)...), "")
		err = o.handIn(m.sender, []string{"FAX=+15559999999@fax.example.com"}, mail)
		var reply *textproto.Error
		if err != nil && (!errors.As(err, &reply) || reply.Code != 452) {
			t.Fatalf("a full disk: %v, want 452", err)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		m.accepted, m.refused = err == nil, err != nil
		return m.refused
	}
	for try := 0; !refused(300_000); try++ {
		if try == 50 {
			t.Fatal("50 mails of 400 kB fit on a disk of 4 MB")
		}
	}
	ballast, err := os.Create(filepath.Join(o.spool, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer ballast.Close()
	inRow := 0
	for try := 0; inRow < 4; try++ {
		if try == 200 {
			t.Fatal("200 mails fit on a full disk")
		}
		for err = nil; err == nil; {
			_, err = ballast.Write(make([]byte, 1024))
		}
		if inRow++; !refused(0) {
			inRow = 0
			continue
		}
		<-time.After(200 * time.Millisecond) // what is rendered gives room back
	}
}
