package onramp

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/mailcheck"
)

func TestReturned(t *testing.T) {
	taken := &taker{}
	g := gateway(t, func(o *Options) { o.Relay, o.RequestDSN, o.RequestMDN = taken, true, true })
	r := received()
	r.Returned = &mailbridge.Returned{Mailbox: "gone@example.com", Why: "550 5.1.1 no such user\r\nBcc: x"}
	if err := g.Deliver(t.Context(), r, pages, "postmaster@example.com"); err != nil {
		t.Fatal(err)
	}
	if taken.e.From != "" || taken.e.Notify != mailbridge.NotifyNever {
		t.Errorf("the envelope is %+v, which may come back", taken.e)
	}
	m := mailcheck.Python(t, taken.message)
	if s := m.Get("Subject"); !strings.HasPrefix(s, "UNDELIVERED to gone@example.com: Fax from +15551234567") {
		t.Errorf("the subject is %q", s)
	}
	text := string(m.Parts[0].Octets(t))
	if !strings.Contains(text, "550 5.1.1 no such user") || m.Get("Bcc") != "" || m.Get("Disposition-Notification-To") != "" {
		t.Errorf("the mail is\n%s", taken.message)
	}
	if want, _, _ := encode(pages, ""); !bytes.Equal(m.Parts[1].Octets(t), want) {
		t.Error("the fax is not attached")
	}
	plain, err := g.Compose(received(), pages, "postmaster@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if mailcheck.Python(t, plain).Get("Message-ID") == m.Get("Message-ID") {
		t.Error("the fax and its return have one Message-ID")
	}
}

func TestRequests(t *testing.T) {
	taken := &taker{}
	g := gateway(t, func(o *Options) { o.Relay, o.RequestDSN, o.RequestMDN = taken, true, true })
	if err := g.Deliver(t.Context(), received(), pages, "office@example.com"); err != nil {
		t.Fatal(err)
	}
	const all = mailbridge.NotifySuccess | mailbridge.NotifyFailure | mailbridge.NotifyDelay
	if taken.e.Notify != all || taken.e.EnvelopeID != "R4T9XK" || taken.e.From != "fax@fax.example.com" {
		t.Errorf("the envelope is %+v", taken.e)
	}
	if to := mailcheck.Python(t, taken.message).Get("Disposition-Notification-To"); !strings.Contains(to, "fax@fax.example.com") {
		t.Errorf("Disposition-Notification-To is %q", to)
	}
}
