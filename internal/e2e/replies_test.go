package e2e

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/smtp"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
	"github.com/pagebridge/pagebridge/internal/machine"
	"github.com/pagebridge/pagebridge/internal/postfixtest"
	"github.com/pagebridge/pagebridge/mailbridge/report"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// TestReplies: Postfix takes a fax for two mailboxes with 250 and finds out later that
// one of them is full. Its reports come back to the host by the fax's own return path,
// so does the receipt of the one who has read it: all of it stands in the history, and
// the postmaster has the fax that nobody got. And who asks for a receipt of what he
// faxes has one.
func TestReplies(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 20 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	t.Parallel()
	sip, door := hosttest.FreePort(t), hosttest.FreePort(t)
	mta := postfixtest.Start(t, postfixtest.Options{
		Transports: map[string]string{
			"full.example.com": "error:5.2.2 mailbox full",
			"fax.example.com":  fmt.Sprintf("127.0.0.1:%d", door),
		},
		Main: []string{"smtpd_reject_unlisted_recipient = no"},
	})
	caller, err := machine.Start(machine.Options{
		Listen: []string{"udp:127.0.0.1:0"}, Media: netip.MustParseAddr("127.0.0.1"), Receives: true, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	host := hosttest.Serve(t, fmt.Sprintf(`sip { listen = ["udp:127.0.0.1:%d"] }
media { address = "127.0.0.1" }
trunk "far" {
  server = %q
  options_ping = "0s"
}
fax_number "7101" { mailboxes = ["ann@example.com", "bob@full.example.com"] }
mail {
  hostname = "fax.example.com"
  listen = "127.0.0.1:%d"
  domains = ["fax.example.com"]
  allow_clients = ["127.0.0.1"]
  relay {
    server = %q
    postmaster = "boss@example.com"
    ask_delivery = true
    ask_reading = true
  }
}
spool { path = %q }
`, sip, caller.Addr(), door, mta.Addr, filepath.Join(t.TempDir(), "spool")))
	// Worker asks for a receipt of a fax of his own.
	order := "From: worker@example.com\r\nTo: <FAX=+4930123@fax.example.com>\r\nDisposition-Notification-To: worker@example.com\r\n" +
		"Message-ID: <order@example.com>\r\nSubject: order\r\n\r\nTwelve, please.\r\n"
	if err := smtp.SendMail(mta.Addr, nil, "worker@example.com", []string{"FAX=+4930123@fax.example.com"}, []byte(order)); err != nil {
		t.Fatal(err)
	}
	if r := caller.Send(t.Context(), fmt.Sprintf("sip:7101@127.0.0.1:%d", sip), []*t4.Page{stripes(60)}); !r.Delivered {
		t.Fatalf("%+v", r)
	}

	got := mta.Wait(t, "ann@example.com", 1)[0]
	m, err := mail.ReadMessage(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	path, asks := m.Header.Get("Return-Path"), m.Header.Get("Disposition-Notification-To")
	if path != asks || !regexp.MustCompile(`^<fax-reply-[a-z2-7]{26}@fax\.example\.com>$`).MatchString(path) {
		t.Errorf("the return path is %s, receipts go to %s", path, asks)
	}
	receipt := fmt.Sprintf(`From: ann@example.com
To: %s
Subject: Return Receipt (displayed)
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

I have seen it.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;ann@example.com
Original-Message-ID: %s
Disposition: manual-action/MDN-sent-manually; displayed
--b--
`, asks, m.Header.Get("Message-ID"))
	// From the null path: RFC 8098 3.
	if err := smtp.SendMail(mta.Addr, nil, "", []string{strings.Trim(asks, "<>")}, []byte(strings.ReplaceAll(receipt, "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}

	back := mta.Wait(t, "boss@example.com", 1)[0]
	if s := string(back); !strings.Contains(s, "could NOT be delivered to <bob@full.example.com>") || !strings.Contains(s, "mailbox full") {
		t.Errorf("the postmaster has\n%.3000s", s)
	}
	if pages := readTIFF(t, attachment(t, back)); len(pages) != 1 || pages[0].Rows != 60 {
		t.Errorf("with %d pages", len(pages))
	}
	id := regexp.MustCompile(`X-Fax-Id: (\w+)`).FindSubmatch(got)
	if id == nil {
		t.Fatal("the mail has no id")
	}
	var story string
	hosttest.Eventually(t, "the whole story", 30*time.Second, func() bool {
		story = command(t, "history", "-c", host.File, string(id[1]))
		for _, want := range []string{
			`State: failed`, `Mail to ann@example.com: delivered`, `displayed at ann@example.com`, `delivered at ann@example.com 2.0.0`,
			`Mail to bob@full.example.com: failed`, `failed at bob@full.example.com 5.2.2 `, `Mail to boss@example.com: delivered`,
		} {
			if !strings.Contains(story, want) {
				return false
			}
		}
		return true
	})
	t.Log(story)
	if err := smtp.SendMail(mta.Addr, nil, "eve@example.com", []string{"Postmaster@fax.example.com"}, []byte("Subject: abuse\r\n\r\nStop it.\r\n")); err != nil {
		t.Fatal(err)
	}
	if got := mta.Wait(t, "boss@example.com", 2); !bytes.Contains(bytes.Join(got, nil), []byte("Stop it.")) {
		t.Error("the complaint did not reach the postmaster")
	}
	kinds := map[string]int{}
	for _, m := range mta.Wait(t, "worker@example.com", 2) {
		list, err := report.Replies(m, "")
		if err != nil || len(list) != 1 || list[0].Recipient != "FAX=+4930123@fax.example.com" {
			t.Errorf("%+v, %v in\n%s", list, err, m)
			continue
		}
		kinds[string(list[0].Kind)]++
	}
	if kinds["delivered"] != 1 || kinds["dispatched"] != 1 {
		t.Errorf("worker has %v, want a report and a receipt", kinds)
	}
	if n := len(mta.Mails(t, "boss@example.com")); n != 2 {
		t.Errorf("the postmaster has %d mails, want the fax and the complaint", n)
	}
}
