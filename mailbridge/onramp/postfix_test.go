package onramp

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/postfixtest"
	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/mailcheck"
	"github.com/pagebridge/pagebridge/mailbridge/relay"
	"github.com/pagebridge/pagebridge/mailbridge/report"
	"github.com/pagebridge/pagebridge/t38/t4"
)

func relayTo(t *testing.T, addr string) *relay.Relay {
	t.Helper()
	r, err := relay.New(relay.Options{Server: addr, Hostname: "fax.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A fax goes through a real mail server into a mailbox, octet for octet.
func TestThroughPostfix(t *testing.T) {
	p := postfixtest.Start(t, postfixtest.Options{})
	g := gateway(t, func(o *Options) { o.Relay = relayTo(t, p.Addr) })
	noise := rand.New(rand.NewPCG(1, 2))
	large := make([]byte, 5<<20)
	for i := range large {
		large[i] = byte(noise.Uint32())
	}
	r := received()
	r.Caller, r.RemoteID = "", "Büro ファックス"
	if err := g.Deliver(t.Context(), r, []*t4.Page{{Data: large}}, "office@example.com"); err != nil {
		t.Fatal(err)
	}
	mail := p.Wait(t, "office@example.com", 1)[0]
	m := mailcheck.Python(t, mail)
	if m.Get("Subject") != "Fax from Büro ファックス (1 page)" || m.Get("Return-Path") != "<fax@fax.example.com>" {
		t.Errorf("Subject %q, Return-Path %q", m.Get("Subject"), m.Get("Return-Path"))
	}
	if got := m.Parts[1].Octets(t); !bytes.Equal(got, append([]byte("II*\x00"), large...)) {
		t.Errorf("the attachment has %d octets, and they are not those that were sent", len(got))
	}
	if !strings.Contains(p.Log(), "to=<office@example.com>") {
		t.Error("Postfix has not logged the delivery")
	}
}

// A report goes through a real mail server from the null path, and the server's
// own report is understood.
func TestReportThroughPostfix(t *testing.T) {
	p := postfixtest.Start(t, postfixtest.Options{
		Transports: map[string]string{"full.example.com": "error:5.2.2 mailbox full"},
		Main:       []string{"smtpd_reject_unlisted_recipient = no"}, // it is refused later, by a report
	})
	to := relayTo(t, p.Addr)
	rep := &mailbridge.Report{
		Submission: mailbridge.Submission{ReturnPath: "ann@example.com", ReturnFull: true, Message: []byte("Subject: gr\xfc\xdfe\r\n\r\nt\xe9xt\r\n")},
		Job:        mailbridge.Job{ID: "J1", Pages: 1, Recipient: mailbridge.Recipient{Address: "FAX=7001@fax.example.com"}},
		Outcome:    mailbridge.Outcome{Status: mailbridge.S5_1_1NoSuchNumber, Cause: "no-such-number", Sentence: "The number does not exist."},
	}
	if err := report.Notify(t.Context(), rep, to, report.Options{Hostname: "fax.example.com"}); err != nil {
		t.Fatal(err)
	}
	mail := p.Wait(t, "ann@example.com", 1)[0]
	if !bytes.HasPrefix(mail, []byte("Return-Path: <>\n")) {
		t.Errorf("the report does not come from the null path:\n%.200s", mail)
	}
	d, err := report.Parse(mail)
	if err != nil || d.Recipients[0].Final != "FAX=7001@fax.example.com" || d.Recipients[0].Status != mailbridge.S5_1_1NoSuchNumber {
		t.Errorf("%v: Parse gives %+v", err, d)
	}

	// A fax that no mailbox takes comes back as Postfix's report.
	g := gateway(t, func(o *Options) { o.Relay = to })
	if err := g.Deliver(t.Context(), received(), pages, "office@full.example.com"); err != nil {
		t.Fatal(err)
	}
	mail = p.Wait(t, "fax@fax.example.com", 1)[0]
	d, err = report.Parse(mail)
	if err != nil || d.EnvelopeID != "R4T9XK" || d.Recipients[0].Final != "office@full.example.com" || d.Recipients[0].Action != report.Failed ||
		d.MessageID != messageID(received(), "office@full.example.com", "fax.example.com") {
		t.Errorf("%v: Parse gives %+v of\n%.3000s", err, d, mail)
	}
}
