package render

import (
	"os"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

func coverOf(t *testing.T, template string) mailbridge.Part {
	t.Helper()
	source, ok := CoverTemplate(template)
	if !ok {
		t.Fatalf("there is no template %q", template)
	}
	p, err := Cover{To: "Acme Ltd <+15551234567>", From: "Müller & Söhne", Subject: "注文書 Order 4711", Date: "23 November 2026, 18:20 +0900", Company: "Müller & Söhne GmbH"}.Part(source)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The text of the mail stands on the cover and has no page of its own; in the
// child process it comes out as in this one.
// usualHeader has all that is asked for where the law asks.
var usualHeader = Header{Left: "$a$ $t$  $s$", Center: "$d$", Right: "$p$"}

func TestCoverPages(t *testing.T) {
	for _, name := range CoverNames() {
		parts := append([]mailbridge.Part{coverOf(t, name)}, plain("Dear Sir,\n\nplease find our order attached.\n\nYours\n")...)
		parts = append(parts, plain("page one\fpage two")...)
		pages := mustRender(t, parts, Options{})
		if len(pages) != 3 || black(t, pages[0]) < 8000 {
			t.Fatalf("%s: %d pages, %d pels black on the first", name, len(pages), black(t, pages[0]))
		}
		if dir := os.Getenv("PAGEBRIDGE_RENDER_PNG"); dir != "" {
			savePNG(t, dir+"-"+name+".png", pages[0])
		}
		again, _, err := sandbox(t).Pages(t.Context(), parts)
		if err != nil || len(again) != 3 || string(again[0].Data) != string(pages[0].Data) {
			t.Errorf("%s in a child: %d pages, %v", name, len(again), err)
		}
	}
}

func TestTextThatIsAllOrLongGetsItsPages(t *testing.T) {
	if n := len(mustRender(t, append([]mailbridge.Part{coverOf(t, "brief")}, plain("only text")...), Options{})); n != 2 {
		t.Errorf("a mail with nothing but text makes %d pages", n)
	}
	parts := append(append([]mailbridge.Part{coverOf(t, "brief")}, plain(strings.Repeat("line\n", 40))...), plain("second")...)
	parts[2].Name = "second.txt"
	if n := len(mustRender(t, parts, Options{})); n != 3 {
		t.Errorf("a long text and another make %d pages", n)
	}
}

func TestCoverTemplatesAreChecked(t *testing.T) {
	for _, name := range CoverNames() {
		source, _ := CoverTemplate(name)
		if err := CheckCover(source); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, source := range []string{"{{.Nobody}}", "{{", "{{range 1000000000}}much{{end}}"} {
		if CheckCover(source) == nil {
			t.Errorf("%q passes", source)
		}
	}
	if Usable(coverType) {
		t.Error("a mail can bring a cover of its own")
	}
}

func TestHeaderFields(t *testing.T) {
	f := Fields{Date: "2026-11-23", Time: "18:20", Sender: "Acme", Destination: "+15551234567", Page: 2, Pages: 5}
	for _, c := range []struct {
		h    Header
		want string
	}{
		{usualHeader, "2026-11-23 18:20  Acme  +15551234567                     2/5"},
		{Header{Right: "cost $$5 $p$"}, "                                                 cost $5 2/5"},
		{Header{Center: "$d$"}, "                        +15551234567"},
		{Header{Left: "注文$d$", Right: "文"}, "注 文 +15551234567                                          文"},
		{Header{Left: strings.Repeat("x", 99), Right: "$p$"}, strings.Repeat("x", 56) + " 2/5"},
	} {
		var b strings.Builder
		for _, ch := range c.h.line(f, 60) {
			b.WriteRune(ch.r)
		}
		if got := strings.TrimRight(b.String(), " "); got != c.want {
			t.Errorf("%+v:\n%q\n%q", c.h, got, c.want)
		}
	}
	if err := (Header{Left: "$x$"}).Check(); err == nil || usualHeader.Check() != nil {
		t.Errorf("checks: %v, %v", err, usualHeader.Check())
	}
}

// A company's name in Japanese stands in the header as it is written.
func TestStampInJapanese(t *testing.T) {
	if _, err := os.Stat("/usr/share/fonts/truetype/vlgothic"); err != nil {
		testpeer.Missing(t, "the font VL Gothic (Debian package fonts-vlgothic)")
	}
	blank := t4.FromBitmap(make([]byte, 216*2200), 1728, 216, 2200, t4.MMR, t4.R8x7_7)
	stamp := func(sender string) *t4.Page {
		pages, err := usualHeader.Stamp([]*t4.Page{blank}, Fields{Date: "2026-11-23", Time: "18:20 +0900", Sender: sender, Destination: "+81355550123"})
		if err != nil {
			t.Fatal(err)
		}
		return pages[0]
	}
	name, boxes := stamp("株式会社山田 +81355550100"), stamp("\uE000\uE000\uE000\uE000\uE000\uE000\uE000\uE000\uE000\uE000\uE000\uE000 +81355550100")
	if file := os.Getenv("PAGEBRIDGE_RENDER_PNG"); file != "" {
		savePNG(t, file+"-stamp-ja.png", name)
	}
	if black(t, name) == black(t, boxes) {
		t.Error("the name is boxes")
	}
}

func TestStamp(t *testing.T) {
	f := Fields{Date: "2026-11-23", Time: "18:20 +0900", Sender: "Müller & Söhne", Destination: "+15551234567"}
	for _, res := range []t4.Resolution{t4.R8x3_85, t4.R8x7_7, t4.R8x15_4, t4.I300x300} {
		_, dy := res.DPI()
		rows, width := int(dy*11), 1728
		if res == t4.I300x300 {
			width = 2592
		}
		blank := t4.FromBitmap(make([]byte, width/8*rows), width, width/8, rows, t4.MMR, res)
		full := make([]byte, width/8*rows)
		for i := range full {
			full[i] = 0xFF
		}
		solid := t4.FromBitmap(full, width, width/8, rows, t4.MR, res)
		pages, err := usualHeader.Stamp([]*t4.Page{blank, solid}, f)
		if err != nil {
			t.Fatal(err)
		}
		if pages[0].Rows != rows || black(t, pages[0]) == 0 || blackIn(t, pages[0], 0, rows/10, width, rows) != 0 {
			t.Errorf("%v: a page with a margin has %d rows", res, pages[0].Rows)
		}
		if added := pages[1].Rows - rows; added <= 0 || blackIn(t, pages[1], 0, added, width, pages[1].Rows) != width*rows || pages[1].Coding != t4.MR {
			t.Errorf("%v: a page without one has %d rows more, coded %v", res, added, pages[1].Coding)
		}
		if name := os.Getenv("PAGEBRIDGE_RENDER_PNG"); name != "" && res == t4.R8x7_7 {
			savePNG(t, name+"-stamp.png", pages[0])
		}
		if blank.Rows != rows || black(t, blank) != 0 {
			t.Errorf("%v: the page itself has changed", res)
		}
	}
}
