package report

import (
	"bytes"
	"fmt"
	"image/png"
	"reflect"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/mailcheck"
	"github.com/pagebridge/pagebridge/mailbridge/preview"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// A parser that is not ours reads each language's report.
func TestLanguages(t *testing.T) {
	for _, c := range []struct{ language, subject, text string }{
		{"de", "Fax NICHT zugestellt an +15551234567", "Der Anschluss war besetzt."},
		{"ja", "FAX送信失敗: +15551234567", "相手先が話し中でした。"},
		{"tlh", "Fax NOT delivered to +15551234567", "The number was busy at each of 2 calls."},
	} {
		o := options
		o.Language = c.language
		r := failed()
		r.Job.Recipient.Zone = "+0900"
		b, err := Compose(r, o)
		if err != nil {
			t.Fatal(err)
		}
		m := mailcheck.Python(t, b)
		text := string(m.Parts[0].Octets(t))
		if m.Get("Subject") != c.subject || !strings.Contains(strings.Join(strings.Fields(text), " "), c.text) || !strings.Contains(text, "23:05:00") {
			t.Errorf("%s: %q\n%s", c.language, m.Get("Subject"), text)
		}
		if strings.Contains(text, "%!") {
			t.Errorf("%s: a sentence does not fit what is put into it:\n%s", c.language, text)
		}
		t.Log(text)
	}
}

// No language lacks a sentence, and all take the same things into them.
func TestLanguagesAreComplete(t *testing.T) {
	for tag, l := range languages {
		v, e := reflect.ValueOf(*l), reflect.ValueOf(english)
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Field(i).Kind() != reflect.String {
				continue
			}
			if v.Field(i).String() == "" || strings.Count(v.Field(i).String(), "%") != strings.Count(e.Field(i).String(), "%") {
				t.Errorf("%s: %s is %q", tag, name, v.Field(i).String())
			}
		}
		for status := range english.status {
			if l.status[status] == "" {
				t.Errorf("%s: status %s has no sentence", tag, status)
			}
		}
		for cause := range english.doing {
			if l.doing[cause] == "" {
				t.Errorf("%s: cause %q has no sentence", tag, cause)
			}
		}
		if s := fmt.Sprintf(l.confirmed, 1, 2); strings.Contains(s, "%!") {
			t.Errorf("%s: %s", tag, s)
		}
	}
	if got := Languages(); !reflect.DeepEqual(got, []string{"de", "en", "ja"}) {
		t.Errorf("%q", got)
	}
}

func TestReportHasAPicture(t *testing.T) {
	o := options
	o.Preview = func(p *t4.Page) ([]byte, error) { return preview.PNG(p, preview.Width) }
	r := delivered()
	r.FirstPage = t4.FromBitmap(make([]byte, 216*2287), 1728, 216, 2287, t4.MMR, t4.R8x7_7)
	b, err := Compose(r, o)
	if err != nil {
		t.Fatal(err)
	}
	m := mailcheck.Python(t, b)
	if len(m.Parts) != 3 || len(m.Parts[0].Parts) != 2 || m.Type != "multipart/report" || !bytes.Contains(b, []byte("message/delivery-status")) {
		t.Fatalf("the report is a %s of %d parts", m.Type, len(m.Parts))
	}
	found := false
	for _, p := range m.Parts[0].Parts {
		if p.Type == "image/png" {
			picture, err := png.Decode(bytes.NewReader(p.Octets(t)))
			found = err == nil && picture.Bounds().Dx() == preview.Width
		}
	}
	if got, err := Parse(b); err != nil || len(got.Recipients) != 1 || !found {
		t.Errorf("with a picture: found %v; read back %+v, %v", found, got, err)
	}
}

func TestWarningsAreTold(t *testing.T) {
	r := delivered()
	r.Submission.Warnings = []string{"logo.svg is left out"}
	if text := humanText(r, options); !strings.Contains(text, "Note: logo.svg is left out.") {
		t.Errorf("%s", text)
	}
}

// A fax that may have arrived twice, or all the same, is told as such.
func TestUnsure(t *testing.T) {
	for tag, l := range languages {
		o := options
		o.Language = tag
		done, lost := delivered(), failed()
		done.Outcome.Unsure, lost.Outcome.Unsure = true, true
		for _, c := range []struct {
			r    *mailbridge.Report
			want string
		}{{done, l.twice}, {lost, l.perhaps}, {delivered(), ""}} {
			b, err := Compose(c.r, o)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields(string(mailcheck.Python(t, b).Parts[0].Octets(t))), "")
			want := strings.Join(strings.Fields(c.want), "")
			if tag == "en" && c.r == lost {
				continue // the sentence of the outcome says it
			}
			if c.want == "" && strings.Contains(text, strings.Join(strings.Fields(l.twice), "")) || !strings.Contains(text, want) {
				t.Errorf("%s: want %q in\n%s", tag, c.want, text)
			}
		}
	}
}
