package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/asterisktest"
	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/postfixtest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// TestNeverBusy calls machines that do not take the call: their faxes reach the
// mailbox, and the machine as soon as its line is free.
func TestNeverBusy(t *testing.T) {
	t.Parallel()
	page := testpeer.Shared(t, "peers", "asterisk", "tiff", "one-page.tif")
	mta := postfixtest.Start(t, postfixtest.Options{})
	b := openBetween(t, func(b *between) string {
		var s strings.Builder
		fmt.Fprintf(&s, "trunk \"one-line\" {\n server = %q\n max_calls = 1\n}\n", b.far.Address(asterisktest.Redundancy))
		for _, r := range []struct{ number, trunk, more string }{
			{"7020", "far", ""},
			{"7021", "far", `no_answer = "3s"`},
			{"7025", "far", ""},
			{"7008", "one-line", ""},
			{"7010", "one-line", "forward = true"},
		} {
			fmt.Fprintf(&s, "route %q {\n trunk = %q\n mailboxes = [%q]\n %s\n}\n", r.number, r.trunk, box(r.number), r.more)
		}
		fmt.Fprintf(&s, "mail {\n hostname = \"fax.example.com\"\n relay { server = %q }\n}\n", mta.Addr)
		fmt.Fprintf(&s, "spool {\n path = %q\n retry_delays = [\"5s\"]\n max_attempts = 60\n}\n", filepath.Join(t.TempDir(), "spool"))
		return s.String()
	})
	t.Run("calls", func(t *testing.T) {
		for _, c := range []struct{ name, number string }{
			{"busy", "7020"}, {"no answer", "7021"}, {"answers and is silent", "7025"}, {"no free line", "7010"},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				if c.number == "7010" { // the only line of this machine is in use
					engaged := make(chan string, 1)
					go func() {
						out, _ := b.near.Run("call", "7008", "25")
						engaged <- out
					}()
					defer func() { t.Log(strings.TrimSpace(<-engaged)) }()
					b.host.Wait("on=one-line to=7008", 0, 20*time.Second)
				}
				line, err := b.near.Send(page, c.number, "-t", "400", "-o", "f")
				if err != nil {
					t.Fatalf("Asterisk says: %s", line)
				}
				var mails [][]byte
				hosttest.Eventually(t, "the mail", 30*time.Second, func() bool {
					mails = mta.Mails(t, box(c.number))
					return len(mails) > 0
				})
				samePixels(t, "mailed pages", readTIFF(t, page), readTIFF(t, attachment(t, mails[0])))
			})
		}
	})
	var files []string
	hosttest.Eventually(t, "the machine's own copy", 200*time.Second, func() bool {
		files = b.far.Received(t, "7010")
		return len(files) == 1 && len(b.far.Results("7010")) > 0
	})
	samePixels(t, "pages that the machine has in the end", readTIFF(t, page), readTIFF(t, files[0]))
}
