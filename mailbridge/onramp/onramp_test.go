package onramp

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"mime/multipart"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/mailcheck"
	"github.com/pagebridge/pagebridge/mailbridge/relay"
	"github.com/pagebridge/pagebridge/t38/t4"
)

var at = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

func received() *mailbridge.Received {
	return &mailbridge.Received{
		ID: "R4T9XK", Call: "c1", Number: "+15559876543", Caller: "+15551234567", RemoteID: "ACME +1 555",
		Started: at, Ended: at.Add(2 * time.Minute), Pages: 2, Complete: true,
		Outcome: mailbridge.Outcome{Delivered: true, Rate: 14400, Duration: 92 * time.Second},
	}
}

var pages = []*t4.Page{{Data: []byte("one")}, {Data: []byte("two")}}

// encode stands for the TIFF-F writer: the octets of the pages.
func encode(pages []*t4.Page, _ string) ([]byte, string, error) {
	out := []byte("II*\x00")
	for _, p := range pages {
		out = append(out, p.Data...)
	}
	return out, "", nil
}

func gateway(t testing.TB, change func(*Options)) *Gateway {
	t.Helper()
	o := Options{From: "fax@fax.example.com", Encode: encode, Zone: time.UTC}
	if change != nil {
		change(&o)
	}
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func compose(t testing.TB, g *Gateway, r *mailbridge.Received) []byte {
	t.Helper()
	b, err := g.Compose(r, pages, "office@example.com")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		if len(line) > 200 || !bytes.HasSuffix(line, []byte("\r\n")) || bytes.Count(line, []byte("\r")) != 1 {
			t.Errorf("the line %q cannot be sent", line)
		}
	}
	return b
}

func TestCompose(t *testing.T) {
	m := mailcheck.Python(t, compose(t, gateway(t, nil), received()))
	for name, want := range map[string]string{
		"From": `"Fax +15551234567" <fax@fax.example.com>`, "To": "office@example.com",
		"Subject": "Fax from +15551234567 (2 pages)", "Date": "Mon, 23 Nov 2026 14:02:00 +0000",
		"Auto-Submitted": "auto-generated", "X-Fax-Id": "R4T9XK", "MIME-Version": "1.0",
		"Received": "by fax.example.com id R4T9XK for <office@example.com>; Mon, 23 Nov 2026 14:02:00 +0000",
	} {
		if got := strings.Join(strings.Fields(m.Get(name)), " "); got != want && got != strings.ReplaceAll(want, `"`, "") {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if m.Type != "multipart/mixed" || len(m.Parts) != 2 {
		t.Fatalf("the mail is a %s of %d parts", m.Type, len(m.Parts))
	}
	text := string(m.Parts[0].Octets(t))
	for _, want := range []string{"A fax of 2 pages", "+15551234567", "ACME +1 555", "+15559876543", "23 November 2026, 14:00:00 (UTC)", "14400 bit/s", "R4T9XK"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	file := m.Parts[1]
	if file.Type != "image/tiff" || file.Param("application") != "faxbw" || file.Filename != "fax-20261123-1400-+15551234567-R4T9XK.tif" ||
		string(file.Octets(t)) != "II*\x00onetwo" {
		t.Errorf("the attachment is %+v", file)
	}
}

// Go's own readers must find the same.
func TestComposeForGo(t *testing.T) {
	m, err := mail.ReadMessage(bytes.NewReader(compose(t, gateway(t, nil), received())))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for r := multipart.NewReader(m.Body, params["boundary"]); ; n++ {
		p, err := r.NextPart()
		if err != nil {
			break
		}
		if n == 1 && p.FileName() != "fax-20261123-1400-+15551234567-R4T9XK.tif" {
			t.Errorf("the file name is %q", p.FileName())
		}
	}
	if n != 2 {
		t.Errorf("%d parts, want 2", n)
	}
}

func TestIncomplete(t *testing.T) {
	r := received()
	r.Complete, r.BadRows, r.Outcome.Sentence = false, 7, "The sender hung up in page 3."
	m := mailcheck.Python(t, compose(t, gateway(t, nil), r))
	text := string(m.Parts[0].Octets(t))
	if m.Get("Subject") != "INCOMPLETE fax from +15551234567 (2 pages)" || !strings.Contains(text, "INCOMPLETE") ||
		!strings.Contains(text, "hung up in page 3") || !strings.Contains(text, "7 (noise on the line)") ||
		!strings.Contains(m.Parts[1].Filename, "incomplete") {
		t.Errorf("subject %q, file %q, text\n%s", m.Get("Subject"), m.Parts[1].Filename, text)
	}
}

// What the file asks of a fax machine stands with the file, and in the words of RFC
// 2879.
func TestContentFeatures(t *testing.T) {
	const features = "(& (color=Binary) (image-file-structure=TIFF-minimal) (image-coding=MH) (| (& (dpi=204) (dpi-xyratio=[204/98,204/196])) (& (dpi=200) (dpi-xyratio=[200/100,1]))) (ua-media=stationery))"
	m := mailcheck.Python(t, compose(t, gateway(t, func(o *Options) {
		o.Encode = func(p []*t4.Page, _ string) ([]byte, string, error) { return p[0].Data, features, nil }
	}), received()))
	if got := strings.Join(strings.Fields(m.Parts[1].Get("Content-Features")), " "); got != features {
		t.Errorf("%q", got)
	}
	if m.Parts[0].Get("Content-Features") != "" || m.Get("Content-Features") != "" {
		t.Error("of what is not the file")
	}
}

// TestPartial: 6 pages came, the call broke in page 7.
func TestPartial(t *testing.T) {
	r := received()
	r.Complete, r.Cut, r.Outcome.Sentence, r.Outcome.Cause = false, true, "The call was cut off during the fax.", "call-ended"
	for _, c := range []struct{ template, pages, subject, text, field string }{
		{"", "7", "INCOMPLETE fax from +15551234567 (6 pages and part of page 7)",
			"6 pages came, the call broke in page 7.", "6 pages came; broke in page 7; cause=call-ended"},
		{"Fax for {{.Number}}", "1", "INCOMPLETE: Fax for +15559876543",
			"no page came, the call broke in page 1.", "0 pages came; broke in page 1; cause=call-ended"},
	} {
		n, _ := strconv.Atoi(c.pages)
		g := gateway(t, func(o *Options) { o.Subject = c.template })
		b, err := g.Compose(r, slices.Repeat(pages[:1], n), "office@example.com")
		if err != nil {
			t.Fatal(err)
		}
		m := mailcheck.Python(t, b)
		text := string(m.Parts[0].Octets(t))
		if m.Get("Subject") != c.subject || m.Get("X-Fax-Incomplete") != c.field || m.Get("Auto-Submitted") != "auto-generated" ||
			!strings.Contains(text, c.text) || !strings.Contains(text, "is the last page of this mail") || !strings.Contains(text, "cut off during the fax") {
			t.Errorf("subject %q, field %q, text\n%s", m.Get("Subject"), m.Get("X-Fax-Incomplete"), text)
		}
	}
	r.Cut = false
	if text := string(mailcheck.Python(t, compose(t, gateway(t, nil), r)).Parts[0].Octets(t)); !strings.Contains(text, "2 pages came, the call broke after page 2.") {
		t.Error(text)
	}
}

func TestFrom(t *testing.T) {
	g := gateway(t, func(o *Options) { o.CallerDomain = "fax.example.com" })
	for caller, want := range map[string]string{
		"+1 (555) 123-4567":     "FAX=+15551234567@fax.example.com",
		"":                      "fax@fax.example.com",
		"anonymous":             "fax@fax.example.com",
		"+1@evil.example":       "fax@fax.example.com",
		strings.Repeat("1", 99): "fax@fax.example.com",
	} {
		r := received()
		r.Caller = caller
		m, err := mail.ReadMessage(bytes.NewReader(compose(t, g, r)))
		if err != nil {
			t.Fatal(err)
		}
		if a, err := m.Header.AddressList("From"); err != nil || a[0].Address != want {
			t.Errorf("caller %q: From is %v (%v), want %s", caller, a, err, want)
		}
	}
}

// What comes over the telephone line must not become a header field.
func TestInjection(t *testing.T) {
	const evil = "\"x\" <y>\r\nBcc: evil@example.com\r\n\r\n--b =?utf-8?q?=0D=0A?= \x00\xff é/../;"
	r := received()
	r.ID, r.Caller, r.RemoteID, r.Number, r.Complete, r.Outcome.Sentence = evil, evil, evil, evil, false, evil
	b := compose(t, gateway(t, func(o *Options) { o.Subject = "{{.Caller}} {{.StationID}} {{.ID}}" }), r)
	m := mailcheck.Python(t, b)
	if len(m.Parts) != 2 || m.Get("Bcc") != "" || bytes.Contains(bytes.ToLower(b), []byte("\nbcc:")) || strings.ContainsAny(m.Parts[1].Filename, "/\\ \"") {
		t.Errorf("the mail is\n%s", b)
	}
}

// A fax and a mailbox always give the same mail; another mailbox another
// Message-ID.
func TestStable(t *testing.T) {
	g := gateway(t, nil)
	a, b := compose(t, g, received()), compose(t, g, received())
	if !bytes.Equal(a, b) {
		t.Error("the same fax gives two mails")
	}
	if messageID(received(), "a@b", "h") == messageID(received(), "c@b", "h") {
		t.Error("two mailboxes have one Message-ID")
	}
}

func TestErrorsArePermanent(t *testing.T) {
	bad := gateway(t, func(o *Options) {
		o.Encode = func([]*t4.Page, string) ([]byte, string, error) { return nil, "", errors.New("no") }
	})
	for name, f := range map[string]func() error{
		"no pages":  func() error { _, err := gateway(t, nil).Compose(received(), nil, "a@b"); return err },
		"no encode": func() error { _, err := bad.Compose(received(), pages, "a@b"); return err },
	} {
		var p *mailbridge.PermanentError
		if err := f(); !errors.As(err, &p) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for want, o := range map[string]Options{
		"no mail address":             {Encode: encode},
		"Encode is nil":               {From: "a@b"},
		"the template of the subject": {From: "a@b", Encode: encode, Subject: "{{.Nobody}}"},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
}

type taker struct {
	e       relay.Envelope
	message []byte
}

func (r *taker) Send(_ context.Context, e relay.Envelope, message []byte) error {
	r.e, r.message = e, message
	return nil
}

func TestDeliver(t *testing.T) {
	r := &taker{}
	g := gateway(t, func(o *Options) { o.Relay = r })
	if err := g.Deliver(t.Context(), received(), pages, "office@example.com"); err != nil {
		t.Fatal(err)
	}
	if r.e.From != "fax@fax.example.com" || len(r.e.To) != 1 || r.e.To[0] != "office@example.com" || len(r.message) == 0 {
		t.Errorf("the relay got %+v", r.e)
	}
}

// refuser is a relay that refuses one mailbox for good.
type refuser struct {
	bad  string
	sent [][]string
}

func (r *refuser) Send(_ context.Context, e relay.Envelope, _ []byte) error {
	for _, to := range e.To {
		if to == r.bad {
			return &mailbridge.PermanentError{Status: "5.1.1", Err: errors.New("no such mailbox " + to)}
		}
	}
	r.sent = append(r.sent, e.To)
	return nil
}

func TestOneMessageToSeveral(t *testing.T) {
	r := &refuser{}
	g := gateway(t, func(o *Options) { o.Relay = r })
	const list = "a@example.com, b@example.com"
	if err := g.Deliver(t.Context(), received(), pages, list); err != nil || len(r.sent) != 1 || strings.Join(r.sent[0], " ") != "a@example.com b@example.com" {
		t.Errorf("%v, %v", r.sent, err)
	}
	b, err := g.Compose(received(), pages, list)
	if err != nil || !bytes.Contains(b, []byte("To: <a@example.com>, <b@example.com>\r\n")) || bytes.Contains(b, []byte(" for <")) {
		t.Errorf("%v\n%.500s", err, b)
	}
	r.bad, r.sent = "a@example.com", nil
	var permanent *mailbridge.PermanentError
	err = g.Deliver(t.Context(), received(), pages, list)
	if !errors.As(err, &permanent) || len(r.sent) != 1 || r.sent[0][0] != "b@example.com" {
		t.Errorf("with one that is refused: %v, %v", r.sent, err)
	}
}
