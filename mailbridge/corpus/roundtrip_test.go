package corpus

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/pdf"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// faxed sends pages from one terminal to another, in virtual time.
func faxed(t *testing.T, pages []*t4.Page, config t30.Config) (got []*t4.Page, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, b := newLine()
		var tray t38.Paper
		received := make(chan error, 1)
		called := t38.Options{ErrorCorrection: udptl.Redundancy, T30: config}
		calling := called
		calling.T30.Calling = true
		go func() {
			out, err := t38.Receive(t.Context(), b, a.address, &tray, called)
			if err == nil && !out.Success {
				err = fmt.Errorf("the receiver: %v while %s", out.Cause, out.During)
			}
			received <- err
		}()
		begun := time.Now()
		out, err := t38.Send(t.Context(), a, b.address, (*t38.Paper)(&pages), calling)
		if err != nil || !out.Success {
			t.Errorf("sending: %v while %s, %v", out.Cause, out.During, err)
			_ = b.Close()
		}
		if err := <-received; err != nil {
			t.Errorf("receiving: %v", err)
		}
		got, took = tray, time.Since(begun)
	})
	return got, took
}

// twentyPages is a PDF file as an office writes it, of twenty pages.
func twentyPages() mailbridge.Part {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(at))
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\nendobj\n")
	}
	b.WriteString("%PDF-1.4\n")
	kids := ""
	for i := range 20 {
		kids += fmt.Sprintf("%d 0 R ", 4+2*i)
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [%s] /Count 20 >>", kids)
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i := range 20 {
		text := fmt.Sprintf("BT /F 20 Tf 60 780 Td (Page %d of 20) Tj /F 10 Tf 14 TL 0 -30 Td %s ET %.2f g 60 60 %d 20 re f",
			i+1, strings.Repeat(fmt.Sprintf("(Line of page %d: the quick brown fox jumps over the lazy dog.) Tj T* ", i+1), 40), float64(i)/20, 20*i+20)
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F 3 0 R >> >> >>", 5+2*i)
		object("<< /Length %d >>\nstream\n%s\nendstream", len(text), text)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return mailbridge.Part{Name: "twenty.pdf", ContentType: "application/pdf", Body: b.Bytes()}
}

// What is mailed out is rendered, faxed, received and mailed back, and is then what
// was rendered, to the pel: by MMR with error correction, and by MH without.
func TestRoundTrip(t *testing.T) {
	for _, c := range []struct {
		name  string
		pages int
	}{
		{"charset-ja-iso2022jp", 1}, {"iphone-photo", 2}, {"scanner-tiff", 2}, {"twenty pages of PDF", 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			var pages []*t4.Page
			if c.pages == 20 {
				var err error
				if pages, _, err = render.Pages(t.Context(), []mailbridge.Part{twentyPages()}, options(t, c.name)); err != nil {
					t.Fatal(err)
				}
			} else {
				pages, _ = rendered(t.Context(), t, c.name)
			}
			if len(pages) != c.pages {
				t.Fatalf("%d pages, not %d", len(pages), c.pages)
			}
			for name, config := range map[string]t30.Config{"ECM": {}, "no ECM": {DisableECM: true}} {
				if c.pages == 20 && config.DisableECM {
					continue // it would say nothing new, and takes long under the race detector
				}
				got, took := faxed(t, pages, config)
				t.Logf("%s: %d pages in %v", name, len(got), took.Round(time.Second))
				samePels(t, name, got, pages)
				mailedBack(t, name, got, pages)
			}
		})
	}
}

// mailedBack writes what was received as it is mailed, and compares what a reader of
// it sees with what was rendered.
func mailedBack(t *testing.T, name string, got, want []*t4.Page) {
	t.Helper()
	for _, profile := range []tiff.Profile{tiff.ProfileS, tiff.ProfileF} {
		b, err := tiff.Encode(got, profile)
		if err != nil {
			t.Fatal(err)
		}
		read, err := tiff.Decode(bytes.NewReader(b), tiff.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		samePels(t, fmt.Sprintf("%s, TIFF of profile %v", name, profile), read, want)
	}
	b, err := pdf.Encode(got)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got { // the fax pages stand in it as they are
		if p.Coding == t4.MMR && !bytes.Contains(b, p.Data) {
			t.Errorf("%s: the PDF has not the octets of page %d", name, i+1)
		}
	}
}

func bits(t *testing.T, p *t4.Page) []byte {
	t.Helper()
	b, _, err := p.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func samePels(t *testing.T, name string, got, want []*t4.Page) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d pages, not %d", name, len(got), len(want))
		return
	}
	for i := range want {
		a, b := got[i], want[i]
		if a.Width != b.Width || a.Rows != b.Rows || a.Resolution != b.Resolution || !bytes.Equal(bits(t, a), bits(t, b)) {
			t.Errorf("%s, page %d: %d by %d at %v is not the same", name, i+1, a.Width, a.Rows, a.Resolution)
		}
	}
}
