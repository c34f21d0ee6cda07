package render

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/mailbridge"
)

func TestCharsetsOfMail(t *testing.T) {
	jp, err := japanese.ShiftJIS.NewEncoder().String("日本語")
	if err != nil {
		t.Fatal(err)
	}
	cn, err := simplifiedchinese.GB18030.NewEncoder().String("龙马𠀀")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ charset, body, want string }{
		{"iso-2022-jp", "\x1b$BF|K\\8l\x1b(B abc", "日本語 abc"},
		{"shift_jis", jp, "日本語"}, {"x-sjis", jp, "日本語"},
		{"gb18030", cn, "龙马𠀀"}, {"gb2312", "\xc1\xfa", "龙"},
		{"koi8-r", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"},
		{"iso-8859-2", "\xa3\xf3d\xbc", "Łódź"}, {"iso-8859-5", "\xbf\xe0", "Пр"}, {"iso-8859-7", "\xc5\xeb", "Ελ"},
		{"iso-8859-15", "\xa4", "€"}, {"windows-1251", "\xcf\xf0", "Пр"}, {"big5", "\xa4\xa4", "中"}, {"euc-kr", "\xc7\xd1", "한"},
		{"utf-7", "x", ""}, {"utf-16", "\xfe\xff\x00a", "a"}, {"", "\xef\xbb\xbfa", "a"},
	} {
		got, err := decodeText("a.txt", &mailbridge.Part{Charset: c.charset, Body: []byte(c.body)})
		if c.want == "" && err == nil || c.want != "" && (err != nil || got != c.want) {
			t.Errorf("%q in %s is %q, %v; want %q", c.body, c.charset, got, err, c.want)
		}
	}
}

func TestUnflow(t *testing.T) {
	for _, c := range []struct {
		in, want string
		delSp    bool
	}{
		{"One paragraph \nthat goes on.\nNext.\n", "One paragraph that goes on.\nNext.\n", false},
		{"日本 \n語\n", "日本語\n", true},
		{"> quoted \n> on\n>> deeper \nmine\n", "> quoted on\n>> deeper \nmine\n", false},
		{" From here \n>not a quote? \n", "From here \n> not a quote? ", false},
		{"text \n-- \nname\n", "text \n-- \nname\n", false},
		{"a\n\nb\n", "a\n\nb\n", false},
	} {
		if got := unflow(c.in, c.delSp); got != c.want {
			t.Errorf("%q becomes %q, not %q", c.in, got, c.want)
		}
	}
}

func TestHTMLText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"blanks and entities", "<p>a  b\n c&nbsp;&euro;</p>", "a b c\u00a0€"},
		{"paragraphs", "<p>a</p><p>b</p>", "a\n\nb"},
		{"lines", "<div>a</div><div>b<br>c</div><div><br></div><div>d</div>", "a\nb\nc\n\nd"},
		{"words go on over elements", "<b>bo</b>ld <i>x</i>", "bold x"},
		{"a list in a list", "<ul><li>a<ol start=9><li>b<li>c</ol></ul>", "  • a\n     9. b\n    10. c"},
		{"a quote", "x<blockquote>a<blockquote>b</blockquote></blockquote>y", "x\n> a\n> > b\ny"},
		{"a table of data", "<table><tr><th>Item<th>Price<tr><td>Bolts<td>1.50<tr><td>Nut<td>12.00</table>", "Item   Price\nBolts   1.50\nNut    12.00"},
		{"a table for layout", "<table><tr><td><p>a</p><p>b</p><td>c</table>", "a\n\nb\n\nc"},
		{"what is not seen", "<head><title>t</title><style>p{}</style></head><body><script>x</script><div style='display: none'>n</div>a<!-- c -->", "a"},
		{"a link", "<a href='https://example.com/a'>here</a> <a href='http://example.com'>example.com</a>", "here <example.com/a> example.com"},
		{"preformatted", "<pre>  a\n   b</pre>", "  a\n   b"},
		{"a picture", "<img alt='Logo' src='cid:1'>", "[Logo]"},
		{"not HTML at all", "a < b & c", "a < b & c"},
	} {
		if got := htmlText(c.in); got != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, got, c.want)
		}
	}
}

func TestHTMLInDepth(t *testing.T) {
	for _, tag := range []string{"<div>", "<table><tr><td>", "<ul><li>", "<blockquote>", "<a href='x'>", "<b>"} {
		if got := htmlText(strings.Repeat(tag, 20_000) + "text"); !strings.Contains(got, "text") && len(got) > 1<<20 {
			t.Errorf("%s 20000 times: %d octets", tag, len(got))
		}
	}
}

// What an HTML file says of its charset holds when the mail says nothing.
func TestHTMLCharset(t *testing.T) {
	body := "<html><head><meta charset='windows-1251'></head><body>\xcf\xf0</body></html>"
	same := func(p mailbridge.Part) int {
		p.ContentType = "text/html"
		pages, _, err := Pages(t.Context(), []mailbridge.Part{p}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return black(t, pages[0])
	}
	want := same(mailbridge.Part{Charset: "utf-8", Body: []byte("Пр")})
	if got := same(mailbridge.Part{Body: []byte(body)}); got != want {
		t.Error("the charset of the meta element is not used")
	}
	if got := same(mailbridge.Part{Charset: "windows-1251", Body: []byte("\xcf\xf0")}); got != want {
		t.Error("the charset of the mail is not used")
	}
}

// A character that no font has leaves a box and a warning.
func TestMissingGlyphsAreReported(t *testing.T) {
	pages, warnings, err := Pages(t.Context(), plain("\uE000 日"), Options{Fonts: []string{t.TempDir()}})
	if err != nil || black(t, pages[0]) == 0 {
		t.Fatalf("%v", err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "\uE000日") {
		t.Errorf("warnings: %q", warnings)
	}
	_, warnings, err = Pages(t.Context(), plain("all is there"), Options{})
	if err != nil || warnings != nil {
		t.Errorf("plain text: %q, %v", warnings, err)
	}
}

func TestFontsOfTheMachine(t *testing.T) {
	const vl = "/usr/share/fonts/truetype/vlgothic"
	if _, err := os.Stat(vl); err != nil {
		testpeer.Missing(t, "the font VL Gothic (Debian package fonts-vlgothic)")
	}
	pages, warnings, err := Pages(t.Context(), plain("日本語のテキスト、ABC。"), Options{Fonts: []string{vl}})
	if err != nil || warnings != nil || black(t, pages[0]) < 1500 {
		t.Errorf("%d black pels, %q, %v", black(t, pages[0]), warnings, err)
	}
}

func TestWideCharactersWrap(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"日本語日本語", "日本語/日本語"},
		{"日本語。日本", "日本/語。日/本"},
		{"ab日本語", "ab日本/語"},
		{"本「日本」語", "本「日/本」語"},
	} {
		var got []string
		for _, piece := range wrap(expand(c.in, 100), 7) {
			s := ""
			for _, ch := range piece {
				s += string(ch.r)
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "/"); s != c.want {
			t.Errorf("%q in 7 columns becomes %q, not %q", c.in, s, c.want)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("<table><tr><td>a<td>b</table><ul><li>x")
	f.Add("<pre>a\r\n</pre><a href=x>")
	f.Fuzz(func(t *testing.T, markup string) {
		_, _, err := Pages(context.Background(), []mailbridge.Part{{ContentType: "text/html", Charset: "utf-8", Body: []byte(markup)}}, Options{MaxPages: 3, Fonts: []string{""}})
		if err != nil && !errors.As(err, new(*mailbridge.PermanentError)) {
			t.Fatal(err)
		}
	})
}
