package report

import (
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/mailcheck"
)

func delayed() *mailbridge.Report {
	r := failed()
	r.Delayed, r.Until = true, at.Add(24*time.Hour)
	r.Submission.ReturnFull = true
	return r
}

func TestDelayed(t *testing.T) {
	b := compose(t, delayed())
	m := mailcheck.Python(t, b)
	status := string(b)
	for _, want := range []string{
		"Action: delayed\r\n", "Status: 4.4.1\r\n", "Will-Retry-Until: Tue, 24 Nov 2026 14:00:00 +0000\r\n",
		"Content-Type: text/rfc822-headers\r\n",
	} {
		if !strings.Contains(status, want) {
			t.Errorf("the report lacks %q:\n%s", want, status)
		}
	}
	if s := m.Get("Subject"); s != "Fax to +15551234567 is delayed" {
		t.Errorf("the subject is %q", s)
	}
	d, err := Parse(b)
	if err != nil || d.Recipients[0].Action != Delayed {
		t.Errorf("Parse gives %+v, %v", d, err)
	}
	if id := "Message-ID: "; line(string(b), id) == line(string(compose(t, failed())), id) {
		t.Error("the delay and the failure have one Message-ID")
	}
}

func line(s, begin string) string {
	_, s, _ = strings.Cut(s, begin)
	s, _, _ = strings.Cut(s, "\r\n")
	return s
}

func TestDelayedLanguages(t *testing.T) {
	for language, want := range map[string]string{
		"en": "do not send it again", "de": "senden Sie es nicht noch einmal", "ja": "もう一度送信しないでください",
	} {
		o := options
		o.Language = language
		text := humanText(delayed(), o)
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) || strings.Contains(text, "%!") {
			t.Errorf("%s:\n%s", language, text)
		}
		t.Log(text)
	}
}
