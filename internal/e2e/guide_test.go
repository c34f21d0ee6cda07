package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/asterisktest"
	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/mailcatcher"
	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/mailbridge/report"
)

// guide is a guide of examples/, brought to life at free ports.
type guide struct {
	pbx     *asterisktest.PBX
	host    *hosttest.Host
	mailbox *mailcatcher.Catcher
	smtp    string
	spool   string // Asterisk's
}

// follow does what examples/asterisk says. edit are changes to its pjsip.conf.
func follow(t *testing.T, edit ...string) *guide {
	t.Helper()
	g := &guide{smtp: fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t)), spool: t.TempDir()}
	var err error
	if g.mailbox, err = mailcatcher.Start("127.0.0.1:0", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.mailbox.Close)
	sip := hosttest.FreePort(t)
	g.pbx = asterisktest.StartWith(t, sip, map[string]string{
		"pjsip.conf":      text(t, "asterisk/pjsip.conf", append([]string{"127.0.0.1:5060", "127.0.0.1:@SIP@"}, edit...)...),
		"extensions.conf": text(t, "asterisk/extensions.conf", "/var/spool/asterisk", g.spool),
	})
	g.host = hosttest.Serve(t, text(t, "asterisk/pagebridge.hcl",
		"127.0.0.1:5060", g.pbx.Address(0), "127.0.0.1:5080", fmt.Sprintf("127.0.0.1:%d", sip),
		"127.0.0.1:2525", g.smtp, "127.0.0.1:25", g.mailbox.Addr(), "/var/lib/pagebridge", filepath.Join(t.TempDir(), "spool")))
	return g
}

// text is a file of examples/ with some of its places changed; each must be there.
func text(t *testing.T, name string, pairs ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(b), pairs[i]) {
			t.Fatalf("%s has no %q", name, pairs[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(string(b))
}

func (g *guide) cli(t *testing.T, command string) string {
	t.Helper()
	out, err := g.pbx.Run("cli", command)
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return out
}

// TestAsteriskGuide follows examples/asterisk: pagebridge registers with digest,
// faxes go both ways over the registration, which is refreshed and taken back.
func TestAsteriskGuide(t *testing.T) {
	t.Parallel()
	page := testpeer.Shared(t, "peers", "asterisk", "tiff", "one-page.tif")
	// As short a time as pagebridge refreshes after: half of it.
	g := follow(t, "max_contacts = 1", "max_contacts = 1\nmaximum_expiration = 40\nminimum_expiration = 10")
	if line, _ := g.host.Wait("up=true detail=\"registered for", 0, 20*time.Second); !strings.Contains(line, "for 40s") && !strings.Contains(line, "for 39s") {
		t.Errorf("it is registered for longer than Asterisk lets it: %s", line)
	}
	registered := time.Now()

	if reply := refused(t, g.smtp, worker, "FAX=7001@fax.example.com", mailHead+"\r\nHello\r\n"); reply != "" {
		t.Fatal(reply)
	}
	if err := os.CopyFS(g.spool, os.DirFS(filepath.Dir(page))); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(g.spool, filepath.Base(page)), filepath.Join(g.spool, "page.tif")); err != nil {
		t.Fatal(err)
	}
	g.cli(t, "channel originate PJSIP/+15551230000@pagebridge extension s@send-a-page")

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	mail, err := g.mailbox.Next(ctx, "office@example.com")
	if err != nil {
		t.Fatalf("the fax does not become a mail: %v", err)
	}
	samePixels(t, "the mailed page", readTIFF(t, page), readTIFF(t, attachment(t, bytes.ReplaceAll(mail.Message, []byte("\r\n"), []byte("\n")))))
	mail, err = g.mailbox.Next(ctx, worker)
	if err != nil {
		t.Fatalf("the mail does not become a fax: %v", err)
	}
	dsn, err := report.Parse(mail.Message)
	if err != nil || len(dsn.Recipients) != 1 || dsn.Recipients[0].Action != report.Delivered {
		t.Errorf("the report: %v\n%s", err, mail.Message)
	}
	if pages := readTIFF(t, filepath.Join(g.spool, "fax-7001.tif")); len(pages) != 1 {
		t.Errorf("Asterisk has %d pages", len(pages))
	}
	if !strings.Contains(g.host.Log(), "T.38 is open") || strings.Contains(g.host.Log(), "G.711 is open") {
		t.Error("the faxes did not go over T.38")
	}

	<-time.After(time.Until(registered.Add(43 * time.Second)))
	if contacts := g.cli(t, "pjsip show contacts"); !strings.Contains(contacts, "Avail") {
		t.Errorf("after the time of the first registration Asterisk knows\n%s", contacts)
	}
	g.host.Signal(syscall.SIGTERM)
	<-g.host.Exited()
	if contacts := g.cli(t, "pjsip show contacts"); strings.Contains(contacts, "Contact:  pagebridge") {
		t.Errorf("after the end Asterisk knows\n%s", contacts)
	}
}

// TestAsteriskWantsSHA256 registers where MD5 is not taken (RFC 8760), and where the
// password is another.
func TestAsteriskWantsSHA256(t *testing.T) {
	t.Parallel()
	g := follow(t, "auth_type = digest", "auth_type = digest\nsupported_algorithms_uas = SHA-256")
	g.host.Wait("up=true detail=\"registered for", 0, 20*time.Second)
	g = follow(t, "password = change-me", "password = changed")
	g.host.Wait("does not accept the trunk's username and password", 0, 20*time.Second)
}
