package report

import (
	"bytes"
	"errors"
	"net/mail"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/mailcheck"
)

var at = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

var options = Options{Hostname: "fax.example.com", Zone: time.UTC, Now: func() time.Time { return at.Add(time.Hour) }}

const message = "Received: from c by fax.example.com; Mon, 23 Nov 2026 14:00:00 +0000\r\n" +
	"From: ann@example.com\r\nMessage-ID: <m1@example.com>\r\nSubject: =?utf-8?q?Rechnung_f=C3=BCr_Acme?=\r\n\r\nThe text.\r\n"

func delivered() *mailbridge.Report {
	outcome := mailbridge.Outcome{
		Delivered: true, Status: mailbridge.S2_0_0Delivered, Pages: 3,
		RemoteID: "+1 555 123 4567", Rate: 14400, Duration: 92 * time.Second,
	}
	return &mailbridge.Report{
		Submission: mailbridge.Submission{
			ID: "S1", ReturnPath: "ann@example.com", EnvelopeID: "QQ+7", Client: "192.0.2.7 (scanner)",
			Received: at, Message: []byte(message),
		},
		Job: mailbridge.Job{
			ID: "J7K2QM", Pages: 3, Attempts: 1,
			Recipient: mailbridge.Recipient{
				Address: "FAX=+15551234567@fax.example.com", OriginalRcpt: "rfc822;acme@example.com",
				Destination: mailbridge.Destination{Number: "+15551234567"},
			},
		},
		Outcome:  outcome,
		Attempts: []mailbridge.Attempt{{N: 1, Started: at.Add(time.Minute), Ended: at.Add(3 * time.Minute), Outcome: outcome}},
	}
}

func failed() *mailbridge.Report {
	r := delivered()
	r.Outcome = mailbridge.Outcome{Status: mailbridge.S4_4_1NoAnswer, Cause: "busy", Sentence: "The number was busy at each of 2 calls.", Retry: true}
	r.Attempts = []mailbridge.Attempt{
		{N: 1, Started: at.Add(time.Minute), Outcome: r.Outcome},
		{N: 2, Started: at.Add(5 * time.Minute), Outcome: r.Outcome},
	}
	return r
}

func compose(t *testing.T, r *mailbridge.Report) []byte {
	t.Helper()
	b, err := Compose(r, options)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		if len(line) > 1000 || !bytes.HasSuffix(line, []byte("\r\n")) || bytes.Count(line, []byte("\r")) != 1 {
			t.Errorf("the line %q cannot be sent", line)
		}
	}
	if _, err := mail.ReadMessage(bytes.NewReader(b)); err != nil {
		t.Errorf("net/mail: %v", err)
	}
	return b
}

func TestSuccess(t *testing.T) {
	m := mailcheck.Python(t, compose(t, delivered()))
	if m.Type != "multipart/report" || m.Param("report-type") != "delivery-status" || len(m.Parts) != 3 {
		t.Fatalf("the report is a %s of %d parts", m.Type, len(m.Parts))
	}
	for name, want := range map[string]string{
		"From": "Fax gateway <mailer-daemon@fax.example.com>", "To": "ann@example.com",
		"Subject": "Fax delivered to +15551234567", "Auto-Submitted": "auto-replied",
		"In-Reply-To": "<m1@example.com>", "Date": "Mon, 23 Nov 2026 15:00:00 +0000",
	} {
		if got := m.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	text := string(m.Parts[0].Octets(t))
	for _, want := range []string{
		"has been delivered", "3 of 3 confirmed", "+1 555 123 4567", "14400 bit/s", "1m32s",
		"Rechnung für Acme", "23 November 2026, 14:01:00 (UTC)", "J7K2QM",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if p := m.Parts[2]; p.Type != "text/rfc822-headers" || !strings.Contains(string(p.Octets(t)), "Message-ID: <m1@example.com>") ||
		strings.Contains(string(p.Octets(t)), "The text.") {
		t.Errorf("the third part is %s %q", p.Type, p.Octets(t))
	}
}

// The golden form of the part that programs read.
func TestDeliveryStatus(t *testing.T) {
	const success = `Original-Envelope-Id: QQ+7
Reporting-MTA: dns; fax.example.com
Received-From-MTA: x-client; 192.0.2.7 (scanner)
Arrival-Date: Mon, 23 Nov 2026 14:00:00 +0000

Original-Recipient: rfc822; acme@example.com
Final-Recipient: rfc822; FAX=+15551234567@fax.example.com
Action: delivered
Status: 2.0.0
Remote-MTA: x-fax; +1 555 123 4567
Diagnostic-Code: x-fax; confirmed by the receiving machine (MCF)
Last-Attempt-Date: Mon, 23 Nov 2026 14:01:00 +0000
X-Fax-Job: J7K2QM
X-Fax-Number: +15551234567
X-Fax-Pages: 3 of 3
X-Fax-Attempts: 1
X-Fax-Rate: 14400
X-Fax-Duration: 92
`
	if got := deliveryStatus(delivered(), options); string(got) != strings.ReplaceAll(success, "\n", "\r\n") {
		t.Errorf("the fields are\n%s", got)
	}
	got := string(deliveryStatus(failed(), options))
	for _, want := range []string{
		"Action: failed\r\nStatus: 4.4.1\r\n", "Diagnostic-Code: x-fax; busy (The number was busy at each of 2 calls.)\r\n",
		"Last-Attempt-Date: Mon, 23 Nov 2026 14:05:00 +0000\r\n", "X-Fax-Attempts: 2\r\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the fields lack %q:\n%s", want, got)
		}
	}
}

func TestFailure(t *testing.T) {
	r := failed()
	r.Submission.ReturnFull = true
	m := mailcheck.Python(t, compose(t, r))
	text := string(m.Parts[0].Octets(t))
	for _, want := range []string{"could NOT be delivered", "Why: The number was busy", "What you can do: the line was busy", "1. 23 November", "2. 23 November"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if p := m.Parts[2]; p.Type != "message/rfc822" || string(p.Parts[0].Octets(t)) != "The text.\r\n" {
		t.Errorf("the mail did not come back whole: %+v", p)
	}
}

// What cannot travel in a text mail comes back as its header alone.
func TestReturnedMail(t *testing.T) {
	for name, body := range map[string]string{
		"a long line": strings.Repeat("x", 2000) + "\r\n",
		"a NUL":       "\x00\r\n",
		"no body":     "",
	} {
		r := failed()
		r.Submission.ReturnFull = true
		r.Submission.Message = []byte("Subject: x\r\n\r\n" + body)
		if m := mailcheck.Python(t, compose(t, r)); m.Parts[2].Type != "text/rfc822-headers" {
			t.Errorf("%s: the third part is %s", name, m.Parts[2].Type)
		}
	}
	r := failed()
	r.Submission.Message = []byte("Subject: " + strings.Repeat("x", 2000) + "\r\n\r\n")
	if m := mailcheck.Python(t, compose(t, r)); len(m.Parts) != 2 {
		t.Errorf("a header that cannot travel makes %d parts", len(m.Parts))
	}
}

// Nothing from outside begins a line of its own.
func TestInjection(t *testing.T) {
	const evil = "x\r\nBcc: evil@example.com\r\n\r\n--b\u2028\x00\x7f\xff é"
	r := failed()
	r.Submission.EnvelopeID, r.Submission.Client = evil, evil
	r.Submission.Message = []byte("Subject: =?utf-8?q?x=0D=0ABcc:_evil@example.com?=\r\nMessage-ID: <a b>\r\n\r\n")
	r.Job.ID = evil
	r.Job.Recipient = mailbridge.Recipient{Address: evil, OriginalRcpt: "rfc822;" + evil, Destination: mailbridge.Destination{Number: evil, Alias: evil}}
	r.Outcome.RemoteID, r.Outcome.Sentence, r.Outcome.Cause = evil, evil, evil
	b := compose(t, r)
	m := mailcheck.Python(t, b)
	if len(m.Parts) != 3 || m.Get("Bcc") != "" || bytes.Contains(bytes.ToLower(b), []byte("\nbcc:")) {
		t.Errorf("the report is\n%s", b)
	}
	d, err := Parse(b)
	if err != nil || len(d.Recipients) != 1 {
		t.Errorf("Parse: %v, %+v", err, d)
	}
}

func TestNullPathIsNeverAnswered(t *testing.T) {
	r := failed()
	r.Submission.ReturnPath = ""
	if _, err := Compose(r, options); !errors.Is(err, ErrNullPath) {
		t.Errorf("the error is %v", err)
	}
}

func TestComposeIsStable(t *testing.T) {
	a, b := compose(t, failed()), compose(t, failed())
	if !bytes.Equal(a, b) {
		t.Error("the same report gives two messages")
	}
	if c := compose(t, delivered()); bytes.Contains(a, c[bytes.Index(c, []byte("Message-ID")):][:60]) {
		t.Error("two reports have one Message-ID")
	}
}

func TestParseOwn(t *testing.T) {
	d, err := Parse(compose(t, failed()))
	if err != nil {
		t.Fatal(err)
	}
	want := &DSN{
		EnvelopeID: "QQ+7", ReportingMTA: "fax.example.com", Arrival: at, MessageID: "<m1@example.com>",
		Recipients: []RecipientStatus{{
			Original: "acme@example.com", Final: "FAX=+15551234567@fax.example.com", Action: Failed, Status: "4.4.1",
			Diagnostic: "x-fax; busy (The number was busy at each of 2 calls.)", Attempt: at.Add(5 * time.Minute),
		}},
	}
	for _, p := range []*time.Time{&d.Arrival, &d.Recipients[0].Attempt} {
		*p = p.UTC()
	}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("Parse gives\n%+v\nwant\n%+v", d, want)
	}
}

// As other servers write them: Postfix's comment lines and types, Exchange's
// base64, a missing empty line between the groups.
var foreign = []string{
	"Content-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"B.1/mail\"\n\n--B.1/mail\nContent-Description: Notification\n\nx\n\n" +
		"--B.1/mail\nContent-Description: Delivery report\nContent-Type: message/delivery-status\n\n" +
		"Reporting-MTA: dns; mail.example.com\nX-Postfix-Queue-ID: 1\nArrival-Date: Mon, 23 Nov 2026 14:10:07 +0000 (UTC)\n\n" +
		"Final-Recipient: rfc822; a@example.com\nOriginal-Recipient: rfc822;a@example.com\nAction: failed\nStatus: 5.1.1 (bad)\n" +
		"Remote-MTA: dns; mx\nDiagnostic-Code: smtp; 550 5.1.1 no\n such user\n\nFinal-Recipient: rfc822; b@example.com\nAction: Delayed\nStatus: 4.4.1\n--B.1/mail--\n",
	"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n" +
		"UmVwb3J0aW5nLU1UQTogZG5zO3gKCkZpbmFsLVJlY2lwaWVudDogcmZjODIyO2FAYi5jCkFjdGlvbjogZmFpbGVkClN0YXR1czogNS4wLjAK\n",
	"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;x\nFinal-Recipient: rfc822;a@b.c\nAction: failed\nStatus: 5.0.0\n--b--\n",
}

func TestParseForeign(t *testing.T) {
	d, err := Parse([]byte(foreign[0]))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Recipients) != 2 || d.Recipients[0].Diagnostic != "smtp; 550 5.1.1 no such user" || d.Recipients[0].Status != "5.1.1" ||
		d.Recipients[0].RemoteMTA != "mx" || d.Recipients[1].Action != Delayed || d.Arrival.IsZero() {
		t.Errorf("Parse gives %+v", d)
	}
	for _, m := range foreign[1:] {
		if d, err := Parse([]byte(m)); err != nil || d.Recipients[0].Final != "a@b.c" || d.ReportingMTA != "x" {
			t.Errorf("%v: Parse gives %+v of\n%s", err, d, m)
		}
	}
	for _, m := range []string{"", "Subject: x\n\ntext", "Content-Type: multipart/report; boundary=b\n\n--b\n\nx\n--b--\n"} {
		if _, err := Parse([]byte(m)); !errors.Is(err, ErrNotDSN) {
			t.Errorf("%q: the error is %v", m, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, m := range foreign {
		f.Add([]byte(m))
	}
	for _, r := range []*mailbridge.Report{delivered(), failed()} {
		b, err := Compose(r, options)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		d, err := Parse(message)
		if (d == nil) == (err == nil) || d != nil && (len(d.Recipients) == 0 || len(d.Recipients) > maxRecipients) {
			t.Errorf("Parse gives %+v, %v", d, err)
		}
	})
}
