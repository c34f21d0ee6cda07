package corpus

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/t38/t4"
)

var update = flag.Bool("update", false, "write the expected pages anew; look at them before you commit")

const vlGothic = "/usr/share/fonts/truetype/vlgothic"

// options render a mail with the same fonts on every machine: the embedded one, and
// for mails from East Asia VL Gothic.
func options(t testing.TB, name string) render.Options {
	o := render.Options{Fonts: []string{}, Cache: filepath.Join(os.TempDir(), "pagebridge-test-pdfium")}
	if strings.Contains(name, "-ja") || strings.Contains(name, "-zh") {
		if _, err := os.Stat(vlGothic); err != nil {
			testpeer.Missing(t, "the font VL Gothic (Debian package fonts-vlgothic)")
		}
		o.Fonts = []string{vlGothic}
	}
	return o
}

// rendered is what becomes of a mail: pages, and what is said of it.
func rendered(ctx context.Context, t testing.TB, name string) ([]*t4.Page, string) {
	t.Helper()
	message, err := Message(name)
	if err != nil {
		t.Fatal(err)
	}
	contents, err := offramp.Read(message, offramp.PartLimits{Usable: render.Usable})
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, part := range contents.Unusable {
		fmt.Fprintf(&said, "cannot be faxed: %s\n", part)
	}
	pages, warnings, err := render.Pages(ctx, contents.Parts, options(t, name))
	for _, w := range warnings {
		fmt.Fprintf(&said, "warning: %s\n", w)
	}
	if err != nil {
		if !errors.As(err, new(*mailbridge.PermanentError)) {
			t.Fatal(err)
		}
		fmt.Fprintf(&said, "refused: %v\n", err)
	}
	return pages, said.String() + described(t, pages)
}

// described gives a line for each page, with a digest of its pels: reading all
// pictures would take longer than making the pages.
func described(t testing.TB, pages []*t4.Page) string {
	t.Helper()
	var b strings.Builder
	for i, p := range pages {
		bits, _, err := p.Bitmap()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "page %d: %d by %d at %v, %.8x\n", i+1, p.Width, p.Rows, p.Resolution, sha256.Sum256(bits))
	}
	return b.String()
}

// The mails make the pages that somebody has looked at.
func TestPages(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages, said := rendered(t.Context(), t, name)
			compare(t, name, pages, said)
		})
	}
}

// compare holds pages, and what is said of them, against those of testdata.
func compare(t *testing.T, name string, pages []*t4.Page, said string) {
	t.Helper()
	if *update {
		write(t, name, pages, said)
	}
	want, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	if said == string(want) {
		return
	}
	t.Errorf("what came of it:\n%s\nexpected:\n%s", said, want)
	for i, p := range pages {
		if d := difference(t, picture(t, p), expected(t, name, i)); d != "" {
			t.Errorf("page %d: %s; after go test -update you can see it in testdata", i+1, d)
		}
	}
}

// Each cover that is built in, with header lines on all pages.
func TestCovers(t *testing.T) {
	text := mailbridge.Part{ContentType: "text/plain", Charset: "utf-8", Body: []byte("Dear Mr Carter,\n\nplease find our order enclosed.\n\nKind regards\nKarin Lindqvist\n")}
	order := mailbridge.Part{ContentType: "text/plain", Charset: "utf-8", Name: "order.txt", Body: []byte("250 hex bolts M8 x 40\n")}
	for _, name := range render.CoverNames() {
		t.Run(name, func(t *testing.T) {
			template, _ := render.CoverTemplate(name)
			cover, err := render.Cover{
				To: "Peter Carter (+15551234567)", From: "Karin Lindqvist", Subject: "Order 4711, Größe M8",
				Date: "23 November 2026, 18:20 +0100", Company: "Lindqvist & Söhne GmbH",
			}.Part(template)
			if err != nil {
				t.Fatal(err)
			}
			pages, _, err := render.Pages(t.Context(), []mailbridge.Part{cover, text, order}, options(t, name))
			if err != nil {
				t.Fatal(err)
			}
			header := render.Header{Left: "$a$ $t$  $s$", Center: "$d$", Right: "$p$"}
			pages, err = header.Stamp(pages, render.Fields{
				Date: "2026-11-23", Time: "18:21 +0100", Sender: "Lindqvist & Söhne +494055501", Destination: "+15551234567",
			})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "cover-"+name, pages, described(t, pages))
		})
	}
}

// There are no pages left over of mails that are gone.
func TestNothingIsLeftOver(t *testing.T) {
	have := map[string]bool{}
	for _, name := range render.CoverNames() {
		have["cover-"+name] = true
	}
	for _, name := range Names() {
		have[name] = true
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".txt"); !have[name] {
			t.Errorf("%s is of no mail", file)
		}
	}
}

// difference says in what two pages differ; "" if they are the same to the pel.
func difference(t *testing.T, got, want *image.Paletted) string {
	t.Helper()
	if got.Rect != want.Rect {
		return fmt.Sprintf("%v, not %v", got.Rect.Max, want.Rect.Max)
	}
	n, first := 0, image.Point{}
	for i := range got.Pix {
		if got.Pix[i] != want.Pix[i] {
			if n++; n == 1 {
				first = image.Pt(i%got.Stride, i/got.Stride)
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d pels differ, the first at %v", n, first)
}

// picture draws a page: 0 is white, 1 black.
func picture(t *testing.T, p *t4.Page) *image.Paletted {
	t.Helper()
	bits, stride, err := p.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	m := image.NewPaletted(image.Rect(0, 0, p.Width, p.Rows), color.Palette{color.White, color.Black})
	for y := range p.Rows {
		for x := range p.Width {
			m.Pix[y*m.Stride+x] = bits[y*stride+x/8] >> (7 - x%8) & 1
		}
	}
	return m
}

func pageFile(name string, i int) string {
	return filepath.Join("testdata", fmt.Sprintf("%s-%d.png", name, i+1))
}

// expected reads a page that a mail must become.
func expected(t *testing.T, name string, i int) *image.Paletted {
	t.Helper()
	b, err := os.ReadFile(pageFile(name, i))
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := m.(*image.Paletted)
	if !ok {
		t.Fatalf("page %d is a %T", i+1, m)
	}
	return p
}

// write keeps what a mail becomes.
func write(t *testing.T, name string, pages []*t4.Page, said string) {
	t.Helper()
	for i := range 100 {
		if err := os.Remove(pageFile(name, i)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join("testdata", name+".txt"), []byte(said), 0o644); err != nil {
		t.Fatal(err)
	}
	for i, p := range pages {
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, picture(t, p)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(pageFile(name, i), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
