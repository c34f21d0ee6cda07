package render

import (
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"short", "short"},
		{"> aaaa bbbb cccc dddd eeee", "> aaaa bbbb cccc|> dddd eeee"},
		{"> > aaaa bbbb cccc dddd", "> > aaaa bbbb|> > cccc dddd"},
		{">> aaaa bbbb cccc dddd", ">> aaaa bbbb|>> cccc dddd"},
		{"  aaaa bbbb cccc dddd", "  aaaa bbbb cccc|  dddd"},
		{"- aaaa bbbb cccc dddd", "- aaaa bbbb cccc|  dddd"},
		{" 12. aaaa bbbb cccc dddd", " 12. aaaa bbbb|     cccc dddd"},
		{"1) aaaa bbbb cccc dddd", "1) aaaa bbbb|   cccc dddd"},
		{"12 aaaa bbbb cccc dddd", "12 aaaa bbbb|cccc dddd"},
		{"--aaaa bbbb cccc dddd", "--aaaa bbbb cccc|dddd"},
		{"            aaaa bbbb cccc", "            aaaa|bbbb cccc"},
		{">>>>>>>>>>>>>>>>>>>>>>>>>", ">>>>>>>>>>>>>>>>|>>>>>>>>>"},
		{"> ", "> "},
		{"                     ", "                "},
	} {
		var got []string
		for _, piece := range fold(expand(c.in, 1000), 16) {
			var b strings.Builder
			for _, c := range piece {
				b.WriteRune(c.r)
			}
			got = append(got, b.String())
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("fold(%q) = %q, want %q", c.in, s, c.want)
		}
	}
}

func TestReadable(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\n[cid:image001.png@01DC]\r\nb":                "a\r\nb",
		"Logo [cid:x@y] here":                              "Logo  here",
		"www.example.com<http://www.example.com/> x":       "www.example.com x",
		"a@example.com<mailto:a@example.com>":              "a@example.com",
		"our terms<https://example.com/terms>":             "our terms<https://example.com/terms>",
		"https://example.com/a<https://example.com/a>, b.": "https://example.com/a, b.",
		"a < b and c > d":                                  "a < b and c > d",
	} {
		if got := readable(in); got != want {
			t.Errorf("%q becomes %q, not %q", in, got, want)
		}
	}
}

// The examples are of RFC 1896.
func TestEnriched(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"line ends", "Now is the time\nfor all\n\ngood men\n\n\nto come", "Now is the time for all\ngood men\n\nto come"},
		{"commands that are not seen", "<bold>Now</bold> <ignoreme>is</ignoreme> <Italic>it</iTalic>", "Now is it"},
		{"a quoted bracket", "<<women> a & b", "<women> a & b"},
		{"parameters", "<color><param>red</param>blood</color> <fontfamily><param>Times</param>x</fontfamily>", "blood x"},
		{"as it stands", "<nofill>a\n  b\n</nofill>", "a\n  b"},
		{"a quote", "x<excerpt>y</excerpt>z", "x\n> y\nz"},
		{"an indent", "<indent>y</indent>", "    y"},
		{"no commands", "a < b > c", "a < b > c"},
		{"an end without beginning", "a</param></nofill>\nb", "a b"},
	} {
		if got := htmlText(enrichedHTML(c.in)); got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

// What Word writes when a mail is written in it.
func TestHTMLOfWord(t *testing.T) {
	mark := func(level, m string) string {
		return `<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level` + level + ` lfo1'><span><span style='mso-list:Ignore'>` + m + `<span>&nbsp;&nbsp; </span></span></span>`
	}
	for in, want := range map[string]string{
		"<p class=MsoNormal>Peter<o:p></o:p></p><p class=MsoNormal>4 Dock Road</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>x</p>": "Peter\n4 Dock Road\n\nx",
		"<p style='margin:0cm 0cm 0.0001pt'>a</p><p style='margin: 0;'>b</p><p style='margin:0'>c</p>":                                              "a\n\nb\nc",
		mark("1", "&middot;") + "bolts</p>" + mark("2", "o") + "M8</p>" + mark("1", "2.") + "nuts</p>":                                              "  • bolts\n      • M8\n  2. nuts",
	} {
		if got := htmlText(in); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", in, got, want)
		}
	}
}

// Texts of one mail go on on the same page, files begin a new one.
func TestTextsGoOn(t *testing.T) {
	text := func(s, name string) mailbridge.Part {
		return mailbridge.Part{ContentType: "text/plain", Charset: "utf-8", Body: []byte(s), Name: name}
	}
	for _, c := range []struct {
		parts []mailbridge.Part
		pages int
	}{
		{[]mailbridge.Part{text("a", ""), text("b", ""), text("c", "")}, 1},
		{[]mailbridge.Part{text("a", ""), text("b", "b.txt"), text("c", "")}, 2},
		{[]mailbridge.Part{text("a", ""), text("b\fb", ""), text("c", "")}, 2},
		{[]mailbridge.Part{text("a", ""), tiffPart(t, whitePage(1728, 100)), text("c", "")}, 3},
		{[]mailbridge.Part{text(strings.Repeat("a\n", 50), ""), text(strings.Repeat("b\n", 10), "")}, 2},
		{[]mailbridge.Part{text("a", ""), text("  \n", ""), text("c", "")}, 1},
	} {
		pages := mustRender(t, c.parts, Options{})
		if len(pages) != c.pages {
			t.Errorf("%d parts make %d pages, not %d", len(c.parts), len(pages), c.pages)
		}
		if black(t, pages[len(pages)-1]) == 0 {
			t.Errorf("the last of %d pages is empty", len(pages))
		}
	}
}

// What cannot become pages ends the fax, or is left out by name.
func TestLeavingOut(t *testing.T) {
	broken := mailbridge.Part{ContentType: "image/png", Name: "broken.png", Body: []byte("no picture")}
	cut := tiffPart(t, whitePage(1728, 100), whitePage(1728, 100))
	cut.Body = cut.Body[:len(cut.Body)-20]
	text := plain("text")[0]
	for _, c := range []struct {
		parts    []mailbridge.Part
		leaveOut bool
		pages    int // 0: refused
		says     []string
	}{
		{[]mailbridge.Part{text, broken}, false, 0, []string{"broken.png is not a picture"}},
		{[]mailbridge.Part{text, broken}, true, 1, []string{"left out: broken.png is not a picture"}},
		{[]mailbridge.Part{broken, text, broken}, true, 1, []string{"left out: broken.png", "left out: broken.png"}},
		{[]mailbridge.Part{broken}, true, 0, []string{"broken.png is not a picture"}},
		{[]mailbridge.Part{cut, text}, true, 2, []string{"left out: "}},
	} {
		pages, warnings, err := Pages(t.Context(), c.parts, Options{LeaveOut: c.leaveOut})
		if err != nil {
			warnings = []string{err.Error()}
		}
		if len(pages) != c.pages || len(warnings) != len(c.says) {
			t.Errorf("%d pages, %q", len(pages), warnings)
			continue
		}
		for i, w := range warnings {
			if !strings.HasPrefix(w, c.says[i]) {
				t.Errorf("%q, not %q", w, c.says[i])
			}
		}
	}
	if _, _, err := Pages(t.Context(), []mailbridge.Part{plain(strings.Repeat("line\n", 500))[0], text}, Options{LeaveOut: true, MaxPages: 2}); err == nil {
		t.Error("a mail that is too long is cut")
	}
}

func TestTypesOfText(t *testing.T) {
	for mediaType, usable := range map[string]bool{
		"text/csv": true, "text/markdown": true, "text/x-diff": true, "text/enriched": true,
		"text/calendar": false, "text/vcard": false, "text/rtf": false, "application/zip": false, "": false,
	} {
		if Usable(mediaType) != usable {
			t.Errorf("%q: usable is %v", mediaType, !usable)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("> > 1. a long line of text that is wrapped", 20)
	f.Add("　・日本語", 3)
	f.Fuzz(func(t *testing.T, s string, columns int) {
		if columns < 8 || columns > 200 || len(s) > 10_000 {
			return
		}
		for _, piece := range fold(expand(s, 10_000), columns) {
			n := 0
			for _, c := range piece {
				n += c.columns()
			}
			if n > columns {
				t.Errorf("%q in %d columns has a line of %d", s, columns, n)
			}
		}
	})
}

func FuzzEnriched(f *testing.F) {
	f.Add("<bold>a</bold>\n\n<param>x</param><<")
	f.Fuzz(func(t *testing.T, s string) { htmlText(enrichedHTML(s)) })
}
