package process

import (
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/plugin/config"
)

func TestCoverWords(t *testing.T) {
	for _, c := range []struct{ in, word, rest string }{
		{"Order 4711", "", "Order 4711"},
		{"[cover] Order", "on", "Order"},
		{"Order [Cover:Formal] 4711", "formal", "Order 4711"},
		{"Order [nocover]", "off", "Order"},
		{"[covert]", "", "[covert]"},
	} {
		if word, rest := coverWord(c.in), offramp.WithoutWords(c.in); word != c.word || rest != c.rest {
			t.Errorf("%q: %q, %q", c.in, word, rest)
		}
	}
}

func submission(header string, aliases ...string) *mailbridge.Submission {
	s := &mailbridge.Submission{Message: []byte(strings.ReplaceAll(header+"\n\ntext\n", "\n", "\r\n"))}
	for _, a := range aliases {
		s.Recipients = append(s.Recipients, mailbridge.Recipient{Sender: "Ann", Destination: mailbridge.Destination{Number: "+1555", Alias: a}})
	}
	return s
}

func TestCoverOfAMail(t *testing.T) {
	standard, _ := render.CoverTemplate("standard")
	formal, _ := render.CoverTemplate("formal")
	for _, c := range []struct {
		name, byDefault, header string
		aliases                 []string
		want                    string // words of the template that is used; "": no cover
	}{
		{"off", "", "Subject: x", []string{""}, ""},
		{"by default", standard, "Subject: x", []string{""}, "# FAX"},
		{"asked for", "", "Subject: x [cover]", []string{""}, "# FAX"},
		{"not wanted", standard, "Subject: [nocover] x", []string{""}, ""},
		{"by a field", standard, "Subject: x\nX-Fax-Cover: formal", []string{""}, "FACSIMILE"},
		{"unknown names change nothing", "", "X-Fax-Cover: /etc/passwd", []string{""}, ""},
		{"of an alias", standard, "Subject: x", []string{"law"}, "FACSIMILE"},
		{"of one alias that has none", standard, "Subject: x", []string{"plain"}, ""},
		{"of aliases that differ", standard, "Subject: x", []string{"law", "plain"}, "# FAX"},
	} {
		cfg := &config.Config{Mail: &config.Mail{CoverTemplate: c.byDefault}, Aliases: []*config.Alias{
			{Name: "law", Cover: "formal", CoverTemplate: formal}, {Name: "plain", Cover: "off"},
		}}
		part, ok, err := cover(cfg, submission(c.header, c.aliases...))
		if err != nil || ok != (c.want != "") || !strings.Contains(string(part.Body), c.want) {
			t.Errorf("%s: %v, %v\n%s", c.name, ok, err, part.Body)
		}
	}
}

// A cover must not tell who got a blind copy.
func TestCoverNamesWhomTheMailNames(t *testing.T) {
	s := submission("Subject: x", "a", "b")
	if got := addressees(s, "Acme <a@fax.example.com>, FAX=1@fax.example.com"); got != "Acme, FAX=1" {
		t.Errorf("several: %q", got)
	}
	if got := addressees(submission("", "a"), "x@y"); got != "a (+1555)" {
		t.Errorf("one: %q", got)
	}
}

func TestHeaderIsInTheSendersZone(t *testing.T) {
	cfg := &config.Config{Mail: &config.Mail{Company: "Example Ltd"}, Fax: config.Fax{StationID: "+1 555"}}
	j := &mailbridge.Job{Recipient: mailbridge.Recipient{Sender: "Ann", Zone: "+0900", Destination: mailbridge.Destination{Number: "+49"}}}
	f := headerFields(cfg, j, time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC))
	if f.Date != "2026-11-24" || f.Time != "03:00 +0900" || f.Sender != "Example Ltd +1 555" || f.Destination != "+49" {
		t.Errorf("%+v", f)
	}
}
