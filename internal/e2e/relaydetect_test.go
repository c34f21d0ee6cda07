package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/postfixtest"
	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// TestFaxDetected calls numbers that are for voice and fax: neither Asterisk asks
// for T.38 by itself, so that only its CNG tells that one of them is a fax
// machine.
func TestFaxDetected(t *testing.T) {
	t.Parallel()
	threeUp := testpeer.Shared(t, "peers", "asterisk", "tiff", "three-pages.tif")
	page := testpeer.Shared(t, "peers", "asterisk", "tiff", "one-page.tif")
	mta := postfixtest.Start(t, postfixtest.Options{})
	b := openBetween(t, func(*between) string {
		var s strings.Builder
		for _, r := range []struct{ number, more string }{
			{"7010", `mode = "detect"`},
			{"7007", `mode = "detect"`},
			{"7008", fmt.Sprintf("mode = \"mailbox\"\n mailboxes = [%q]", box("7008"))},
			{"7021", fmt.Sprintf("mode = \"mailbox\"\n listen = \"8s\"\n mailboxes = [%q]", box("7021"))},
		} {
			fmt.Fprintf(&s, "route %q {\n trunk = \"far\"\n %s\n}\n", r.number, r.more)
		}
		fmt.Fprintf(&s, "mail {\n hostname = \"fax.example.com\"\n relay { server = %q }\n}\n", mta.Addr)
		fmt.Fprintf(&s, "spool { path = %q }\n", filepath.Join(t.TempDir(), "spool"))
		return s.String()
	})
	t.Run("calls", func(t *testing.T) {
		t.Run("T.38 for both", func(t *testing.T) {
			t.Parallel()
			b.sendAndWant(t, threeUp, "7010", "T38", "-o", "f", "-E", "yes")
			b.caughtSoon(t, "7010", "T.38 goes through")
		})
		for _, c := range []struct{ name, number, caught string }{
			{"into the mailbox while a voice talks", "7008", "it is taken here"},
			{"into the mailbox before anybody is called", "7021", "it is taken here"},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
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
				b.caughtSoon(t, c.number, c.caught)
			})
		}
		t.Run("voice", func(t *testing.T) {
			t.Parallel()
			b.echo(t, 20)
			if call := b.callTo(t, "7007"); strings.Contains(b.host.About(call), "is heard") {
				t.Errorf("a voice call was taken for a fax:\n%s", b.host.About(call))
			}
		})
	})
}

// sendAndWant sends a document, compares what the other Asterisk has of it, and
// gives what the first one says.
func (b *between) sendAndWant(t *testing.T, file, dest, mode string, options ...string) string {
	t.Helper()
	extension := strings.TrimPrefix(dest, "sip:")
	extension, _, _ = strings.Cut(extension, "@")
	line, err := b.near.Send(file, dest, append([]string{"-t", "900"}, options...)...)
	if err != nil {
		t.Fatalf("Asterisk says: %s; the other one: %v", line, b.far.Results(extension))
	}
	t.Log(strings.TrimSpace(line))
	if !strings.Contains(line, "mode="+mode) {
		t.Errorf("the fax did not travel by %s", mode)
	}
	files := b.far.Received(t, extension)
	if len(files) != 1 {
		t.Fatalf("the other Asterisk has %v: %v", files, b.far.Results(extension))
	}
	samePixels(t, "pages that went through", readTIFF(t, file), readTIFF(t, files[0]))
	return line
}

var callID = regexp.MustCompile(`call=(\S+)`)

// callTo finds the id of the call to a number.
func (b *between) callTo(t *testing.T, number string) string {
	t.Helper()
	var m []string
	for line := range strings.SplitSeq(b.host.About("a call goes through"), "\n") {
		if strings.Contains(line, "to="+number+" ") {
			m = callID.FindStringSubmatch(line)
		}
	}
	if m == nil {
		t.Fatalf("no call to %s in the log", number)
	}
	return m[0]
}

// caughtSoon wants a fax to be caught within 5 s of its CNG, which begins when
// the call is answered: after it has come in here.
func (b *between) caughtSoon(t *testing.T, number, caught string) {
	t.Helper()
	var begun, heard, done time.Time
	for line := range strings.SplitSeq(b.host.About(b.callTo(t, number)+" "), "\n") {
		at, err := time.Parse("time="+time.RFC3339Nano, strings.Fields(line)[0])
		switch {
		case err != nil:
		case strings.Contains(line, "a call goes through"):
			begun = at
		case strings.Contains(line, "is heard"):
			heard = at
		case strings.Contains(line, caught) && done.IsZero():
			done = at
		}
	}
	t.Logf("heard after %v, caught after %v", heard.Sub(begun), done.Sub(begun))
	if heard.IsZero() || done.IsZero() || done.Sub(begun) > 5*time.Second {
		t.Errorf("heard at %v, caught at %v; the call began at %v", heard, done, begun)
	}
}
