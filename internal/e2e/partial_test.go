package e2e

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/machine"
	"github.com/pagebridge/pagebridge/internal/mailcatcher"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// TestPartial: a caller hangs up in its second page. One number delivers what came,
// the other holds it until somebody says otherwise.
func TestPartial(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 20 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	catcher, err := mailcatcher.Start("127.0.0.1:0", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer catcher.Close()
	caller, err := machine.Start(machine.Options{
		Listen: []string{"udp:127.0.0.1:0"}, Media: netip.MustParseAddr("127.0.0.1"), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	sip := hosttest.FreePort(t)
	host := hosttest.Serve(t, fmt.Sprintf(`sip { listen = ["udp:127.0.0.1:%d"] }
media { address = "127.0.0.1" }
trunk "far" {
  server = %q
  options_ping = "0s"
}
fax_number "7101" { mailboxes = ["now@example.com"] }
fax_number "7102" {
  mailboxes = ["night@example.com"]
  partial = "deliver"
  deliver {
    hours = "00:00-24:00"
    mailboxes = ["later@example.com"]
    partial = "hold"
  }
}
mail {
  hostname = "fax.example.com"
  from = "fax@example.com"
  relay { server = %q }
}
spool { path = %q }
`, sip, caller.Addr(), catcher.Addr(), filepath.Join(t.TempDir(), "spool")))
	short, long := stripes(60), stripes(6000)
	from := 0
	for _, number := range []string{"7101", "7102"} {
		t.Run(number, func(t *testing.T) {
			ctx, hangUp := context.WithCancel(t.Context())
			defer hangUp()
			over := make(chan bool)
			go func() {
				defer close(over)
				caller.Send(ctx, fmt.Sprintf("sip:%s@127.0.0.1:%d", number, sip), []*t4.Page{short, long})
			}()
			_, from = host.Wait("T.38 is open", from, time.Minute)
			pause(t, 15*time.Second)
			hangUp()
			<-over
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	wantPart(t, ctx, catcher, "now@example.com")
	queue := command(t, "queue", "-c", host.File)
	id := regexp.MustCompile(`(?m)^(R\w+) .* held +7102 `).FindStringSubmatch(queue)
	if id == nil || strings.Contains(queue, "7101") {
		t.Fatalf("the queue is\n%s", queue)
	}
	if said := command(t, "history", "-c", host.File, id[1]); !strings.Contains(said, "held; pagebridge release "+id[1]) {
		t.Errorf("the history says\n%s", said)
	}
	if said := command(t, "release", "-c", host.File, id[1]); !strings.Contains(said, "is released") {
		t.Errorf("pagebridge release says %s", said)
	}
	wantPart(t, ctx, catcher, "later@example.com")
	hosttest.Eventually(t, "an empty queue", 30*time.Second, func() bool {
		return strings.Contains(command(t, "queue", "-c", host.File), "Nothing waits")
	})
	for _, m := range catcher.Mails() {
		if m.To == "night@example.com" {
			t.Error("the block that fits was passed over")
		}
	}
}

func wantPart(t *testing.T, ctx context.Context, c *mailcatcher.Catcher, box string) {
	t.Helper()
	m, err := c.Next(ctx, box)
	if err != nil {
		t.Fatalf("the mail to %s: %v", box, err)
	}
	message := bytes.ReplaceAll(bytes.ReplaceAll(m.Message, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	parts, err := offramp.Parts(message, offramp.PartLimits{})
	if err != nil || len(parts) == 0 {
		t.Fatalf("%v in\n%.2000s", err, m.Message)
	}
	text := string(parts[0].Body)
	if f := offramp.FieldsOf(message, "Subject", "X-Fax-Incomplete", "Auto-Submitted"); !strings.HasPrefix(f["Subject"], "INCOMPLETE fax from ") ||
		!strings.HasSuffix(f["Subject"], "(1 page and part of page 2)") || !strings.HasPrefix(f["X-Fax-Incomplete"], "1 pages came; broke in page 2") ||
		f["Auto-Submitted"] != "auto-generated" || !strings.Contains(text, "1 page came, the call broke in page 2.") {
		t.Errorf("fields %q, text\n%s", f, text)
	}
	pages := readTIFF(t, attachment(t, bytes.ReplaceAll(message, []byte("\r\n"), []byte("\n"))))
	if len(pages) != 2 || pages[0].Rows != 60 || pages[1].Rows < 100 || pages[1].Rows >= 6000 {
		t.Errorf("%d pages", len(pages))
	}
	t.Logf("%s", text)
}

// command runs a command of pagebridge and gives what it says.
func command(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(hosttest.Program, args...).CombinedOutput()
	if err != nil {
		t.Errorf("pagebridge %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// stripes is a page with something on every row, which takes its time.
func stripes(rows int) *t4.Page {
	bits := make([]byte, 216*rows)
	for row := range rows {
		for i := row / 50 * 7 % 20; i < 216; i += 20 {
			bits[216*row+i] = byte(0xF0 >> (row * row / 100 % 5))
		}
	}
	return t4.FromBitmap(bits, 1728, 216, rows, t4.MMR, t4.R8x7_7)
}

// TestAsteriskHangsUp: the PBX of the caller ends the call in mid-page. What came is
// mailed, pel by pel as it was sent.
func TestAsteriskHangsUp(t *testing.T) {
	t.Parallel()
	o := open(t, "+15551230021")
	sent := readTIFF(t, o.threeUp)
	over := make(chan string, 1)
	go func() {
		line, _ := o.pbx.Send(o.threeUp, "15551230021", "-t", "300")
		over <- line
	}()
	o.host.Wait("T.38 is open", 0, 60*time.Second)
	pause(t, 20*time.Second)
	if out, err := o.pbx.Run("cli", "channel request hangup all"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Log(strings.TrimSpace(<-over))
	mails := o.mta.Wait(t, box("+15551230021"), 1)
	message := bytes.ReplaceAll(mails[0], []byte("\n"), []byte("\r\n"))
	f := offramp.FieldsOf(message, "Subject", "X-Fax-Incomplete")
	got := readTIFF(t, attachment(t, mails[0]))
	if !strings.Contains(f["Subject"], "and part of page") && !strings.Contains(f["Subject"], "part of page 1") || len(got) > len(sent) {
		t.Fatalf("%d pages: %q", len(got), f)
	}
	last := len(got) - 1
	if last > 0 {
		samePixels(t, "the pages that came whole", sent[:last], got[:last])
	}
	part, stride, err := got[last].Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	whole, _, err := sent[last].Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	rows := got[last].Rows - 4 // the row of the cut is damaged
	if rows < 10 || rows >= sent[last].Rows || !bytes.Equal(part[:rows*stride], whole[:rows*stride]) {
		t.Errorf("the part has %d rows of %d", got[last].Rows, sent[last].Rows)
	}
	t.Logf("%q: %d of %d rows of page %d", f, got[last].Rows, sent[last].Rows, last+1)
}
