package e2e

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/machine"
	"github.com/pagebridge/pagebridge/internal/postfixtest"
	"github.com/pagebridge/pagebridge/mailbridge/report"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// TestFanOut: one mail to a group and to another number becomes four faxes, each with
// an outcome and a report of its own; and one fax becomes a message to several
// mailboxes, or one for each. Postfix carries all of it.
func TestFanOut(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes half a minute of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	mta := postfixtest.Start(t, postfixtest.Options{})
	far, err := machine.Start(machine.Options{
		Listen: []string{"udp:127.0.0.1:0"}, Media: netip.MustParseAddr("127.0.0.1"), Receives: true, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	sip, door := hosttest.FreePort(t), fmt.Sprintf("127.0.0.1:%d", hosttest.FreePort(t))
	host := hosttest.Serve(t, fmt.Sprintf(`sip { listen = ["udp:127.0.0.1:%d"] }
media { address = "127.0.0.1" }
trunk "far" {
  server = %q
  options_ping = "0s"
  deny = ["*7203"]
}
alias "branches" { numbers = ["+15557201", "+15557202", "+15557203"] }
fax_number "7301" { mailboxes = ["ann@example.com", "bob@example.com"] }
fax_number "7302" {
  mailboxes = ["cleo@example.com", "dan@example.com"]
  fan_out = "one"
}
mail {
  listen = %q
  hostname = "fax.example.com"
  domains = ["fax.example.com"]
  allow_clients = ["127.0.0.0/8"]
  from = "fax@example.com"
  relay { server = %q }
}
spool {
  path = %q
  retry_delays = ["1s"]
  max_attempts = 2
}
`, sip, far.Addr(), door, mta.Addr, filepath.Join(t.TempDir(), "spool")))

	mailToGroup(t, door)
	toMailboxes(t, far, sip)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for range 3 {
		f, err := far.Receive(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if o := f.Outcome; !o.Delivered || o.ECM || o.Rate > 9600 || len(f.Pages) != 1 || f.Pages[0].Resolution != t4.R8x3_85 {
			t.Errorf("the sender wanted no ECM, 9600 bit/s at most and standard resolution: %+v", o)
		}
	}
	got := map[string]report.RecipientStatus{}
	hosttest.Eventually(t, "four reports", time.Minute, func() bool {
		for _, m := range mta.Mails(t, "worker@example.com") {
			d, err := report.Parse(bytes.ReplaceAll(m, []byte("\n"), []byte("\r\n")))
			if err != nil || len(d.Recipients) != 1 || d.EnvelopeID != "QQ+7" {
				t.Fatalf("%+v, %v", d, err)
			}
			got[d.Recipients[0].Final] = d.Recipients[0]
		}
		return len(got) >= 4
	})
	for _, want := range []struct {
		final, original string
		action          report.Action
	}{
		{"FAX=+15557201@fax.example.com", "branches@fax.example.com", report.Delivered},
		{"FAX=+15557202@fax.example.com", "branches@fax.example.com", report.Delivered},
		{"FAX=+15557203@fax.example.com", "branches@fax.example.com", report.Failed},
		{"FAX=+15557204@fax.example.com", "", report.Delivered},
	} {
		if r := got[want.final]; r.Action != want.action || r.Original != want.original {
			t.Errorf("%s: %+v", want.final, r)
		}
	}

	each := fieldsOf(t, mta, "ann@example.com", "bob@example.com")
	if each[0].Get("To") != "<ann@example.com>" || each[1].Get("To") != "<bob@example.com>" || each[0].Get("Message-Id") == each[1].Get("Message-Id") {
		t.Errorf("one each: %v", each)
	}
	one := fieldsOf(t, mta, "cleo@example.com", "dan@example.com")
	if one[0].Get("To") != "<cleo@example.com>, <dan@example.com>" || one[0].Get("Message-Id") != one[1].Get("Message-Id") || one[0].Get("To") != one[1].Get("To") {
		t.Errorf("one for both: %v", one)
	}
	hosttest.Eventually(t, "an empty queue", 30*time.Second, func() bool {
		return strings.Contains(command(t, "queue", "-c", host.File), "Nothing waits")
	})
}

// mailToGroup hands in one mail to a group and to a number, with its sender's words.
func mailToGroup(t *testing.T, door string) {
	t.Helper()
	c, err := smtp.Dial(door)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	steps := []func() error{
		func() error { return c.Mail("worker@example.com", &smtp.MailOptions{EnvelopeID: "QQ+7"}) },
		func() error {
			return c.Rcpt("branches@fax.example.com", &smtp.RcptOptions{
				OriginalRecipientType: smtp.DSNAddressTypeRFC822, OriginalRecipient: "branches@fax.example.com",
				Notify: []smtp.DSNNotify{smtp.DSNNotifySuccess, smtp.DSNNotifyFailure},
			})
		},
		func() error {
			return c.Rcpt("FAX=+15557204@fax.example.com", &smtp.RcptOptions{Notify: []smtp.DSNNotify{smtp.DSNNotifySuccess}})
		},
		func() error {
			w, err := c.Data()
			if err != nil {
				return err
			}
			if _, err := w.Write([]byte("From: worker@example.com\r\nSubject: prices [standard] [ecm:off]\r\nX-Fax-Rate: 9600\r\n\r\nAs agreed.\r\n")); err != nil {
				return err
			}
			return w.Close()
		},
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
}

func toMailboxes(t *testing.T, far *machine.Machine, sip int) {
	t.Helper()
	for _, number := range []string{"7301", "7302"} {
		if o := far.Send(t.Context(), fmt.Sprintf("sip:%s@127.0.0.1:%d", number, sip), []*t4.Page{stripes(60)}); !o.Delivered {
			t.Fatalf("to %s: %+v", number, o)
		}
	}
}

// fieldsOf gives the header of the only mail of each mailbox.
func fieldsOf(t *testing.T, mta *postfixtest.Postfix, boxes ...string) []mail.Header {
	t.Helper()
	var all []mail.Header
	for _, box := range boxes {
		mails := mta.Wait(t, box, 1)
		if len(mails) != 1 {
			t.Fatalf("%s got %d mails", box, len(mails))
		}
		m, err := mail.ReadMessage(bytes.NewReader(mails[0]))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m.Header)
	}
	return all
}
