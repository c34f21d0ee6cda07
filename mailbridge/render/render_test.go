package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// TestMain lets the test binary be the child of a Sandbox; hang and crash are
// children that misbehave.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		switch os.Args[len(os.Args)-1] {
		case "hang":
			time.Sleep(time.Hour)
		case "killed": // by somebody, the first time
			if os.Remove(os.Args[2]) == nil {
				self, _ := os.FindProcess(os.Getpid())
				self.Kill()
				time.Sleep(time.Hour)
			}
		case "crash":
			panic("as asked")
		case "environment":
			panic(fmt.Sprint(os.Environ()))
		}
	}
	RunChild()
	os.Exit(m.Run())
}

func plain(s string) []mailbridge.Part {
	return []mailbridge.Part{{ContentType: "text/plain", Charset: "utf-8", Body: []byte(s)}}
}

func mustRender(t *testing.T, parts []mailbridge.Part, o Options) []*t4.Page {
	t.Helper()
	pages, _, err := Pages(t.Context(), parts, o)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// black counts the black pels of a page.
func black(t *testing.T, p *t4.Page) int {
	t.Helper()
	n := 0
	for row, err := range p.Decode().All() {
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(row); i += 2 {
			end := int32(p.Width)
			if i+1 < len(row) {
				end = row[i+1]
			}
			n += int(end - row[i])
		}
	}
	return n
}

func TestTextBecomesAPage(t *testing.T) {
	p := mustRender(t, plain("Dear Sir,\n\n\tsee the table below.\n\nGreek Ελληνικά, Cyrillic Кириллица, äöüß €\n"), Options{})
	if len(p) != 1 || p[0].Width != 1728 || p[0].Rows != 2287 || p[0].Resolution != t4.R8x7_7 {
		t.Fatalf("%d pages, the first %d by %d at %v", len(p), p[0].Width, p[0].Rows, p[0].Resolution)
	}
	if n := black(t, p[0]); n < 5000 || n > 200_000 {
		t.Errorf("%d pels are black", n)
	}
	if file := os.Getenv("PAGEBRIDGE_RENDER_PNG"); file != "" {
		savePNG(t, file, p[0])
	}
}

func savePNG(t *testing.T, file string, p *t4.Page) {
	bits, stride, err := p.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewGray(image.Rect(0, 0, p.Width, p.Rows))
	for y := range p.Rows {
		for x := range p.Width {
			if bits[y*stride+x/8]&(0x80>>(x%8)) == 0 {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPaperAndPages(t *testing.T) {
	long := strings.Repeat("line\n", 100)
	if n := len(mustRender(t, plain(long), Options{})); n != 2 {
		t.Errorf("100 lines fill %d pages", n)
	}
	if n := len(mustRender(t, plain("one\ftwo\fthree"), Options{Paper: Letter})); n != 3 {
		t.Errorf("two form feeds make %d pages", n)
	}
	if p := mustRender(t, plain("x"), Options{Paper: Letter}); p[0].Rows != 2151 {
		t.Errorf("letter paper has %d rows", p[0].Rows)
	}
	if _, _, err := Pages(t.Context(), plain(strings.Repeat("line\n", 10_000)), Options{MaxPages: 10}); err == nil {
		t.Error("a text of 200 pages passes a limit of 10")
	}
}

func TestCharsets(t *testing.T) {
	same := func(charset, body string) int {
		p := mustRender(t, []mailbridge.Part{{ContentType: "text/plain", Charset: charset, Body: []byte(body)}}, Options{})
		return black(t, p[0])
	}
	want := same("utf-8", "Grüße")
	for _, c := range []struct{ charset, body string }{
		{"iso-8859-1", "Gr\xfc\xdfe"}, {"", "Gr\xfc\xdfe"}, {"us-ascii", "Gr\xfc\xdfe"}, {"windows-1252", "Gr\xfc\xdfe"},
	} {
		if got := same(c.charset, c.body); got != want {
			t.Errorf("%q in %s looks otherwise", c.body, c.charset)
		}
	}
	_, _, err := Pages(t.Context(), []mailbridge.Part{{Name: "a.txt", ContentType: "text/plain", Charset: "klingon", Body: []byte("x")}}, Options{})
	if err == nil || !strings.Contains(err.Error(), "a.txt") || !strings.Contains(err.Error(), "klingon") {
		t.Errorf("an unknown charset: %v", err)
	}
}

func TestMissingGlyphsLeaveAMark(t *testing.T) {
	p := mustRender(t, plain("日本語"), Options{})
	if black(t, p[0]) == 0 {
		t.Error("characters that the font lacks have disappeared")
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"a b", "a b"},
		{"aaaa bbbb cccc", "aaaa bbbb|cccc"},
		{"aaaa bbbbb cccc", "aaaa bbbbb|cccc"},
		{"aaaa bbbbbb", "aaaa|bbbbbb"},
		{"abcdefghijklm", "abcdefghij|klm"},
		{"  abcdefghijklm", "  abcdefgh|ijklm"},
		{"aaaa            b", "aaaa      |b"},
		{"            ", "          "},
		{"a\tb", "a       b"},
		{"a\u200Bb\x1Bc\u00A0d", "abc\u00A0d"},
	} {
		var got []string
		for _, piece := range wrap(expand(c.in, 1000), 10) {
			var b strings.Builder
			for _, c := range piece {
				b.WriteRune(c.r)
			}
			got = append(got, b.String())
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("wrap(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func tiffPart(t testing.TB, pages ...*t4.Page) mailbridge.Part {
	t.Helper()
	b, err := tiff.Encode(pages, tiff.ProfileF)
	if err != nil {
		t.Fatal(err)
	}
	return mailbridge.Part{Name: "scan.tif", ContentType: "image/tiff", Body: b}
}

func TestTIFFPagesKeepTheirPels(t *testing.T) {
	bits := bytes.Repeat([]byte{0xF0, 0x01, 0x80}, 72*300)
	page := t4.FromBitmap(bits, 1728, 216, 300, t4.MMR, t4.R8x15_4)
	got := mustRender(t, append(plain("cover"), tiffPart(t, page)), Options{})
	if len(got) != 2 {
		t.Fatalf("%d pages", len(got))
	}
	a, _, _ := page.Bitmap()
	b, _, _ := got[1].Bitmap()
	if !bytes.Equal(a, b) || got[1].Resolution != t4.R8x15_4 {
		t.Error("a fax page was changed")
	}
}

func TestOtherTIFFPagesAreFitted(t *testing.T) {
	bits := bytes.Repeat([]byte{0xFF}, 319*3300)
	for _, c := range []struct {
		width, rows int
		res         t4.Resolution
		want        t4.Resolution
		rows1       int
	}{
		{1700, 2200, t4.I200x200, t4.I200x200, 2200},
		{2550, 3300, t4.I300x300, t4.R8x7_7, 2149},
		{1000, 1000, t4.I300x300, t4.R8x7_7, 653},
		{2481, 3508, t4.I300x300, t4.R8x7_7, 2292},
		{5100, 660, t4.I600x600, t4.R8x7_7, 215},
	} {
		p := mustRender(t, []mailbridge.Part{tiffPart(t, t4.FromBitmap(bits, c.width, (c.width+7)/8, c.rows, t4.MMR, c.res))}, Options{})[0]
		if p.Width != Width || p.Resolution != c.want || p.Rows < c.rows1-8 || p.Rows > c.rows1+8 {
			t.Errorf("%dx%d at %v became %dx%d at %v", c.width, c.rows, c.res, p.Width, p.Rows, p.Resolution)
		}
	}
}

func TestFaxPagesOfOtherWidthsAreTakenOver(t *testing.T) {
	for _, c := range []struct {
		width int
		res   t4.Resolution
	}{{2048, t4.R8x7_7}, {2432, t4.R8x3_85}, {3456, t4.R16x15_4}, {2592, t4.I300x300}} {
		page := t4.FromBitmap(bytes.Repeat([]byte{0xA7}, 9000), c.width, c.width/8, 20, t4.MR, c.res)
		p := mustRender(t, []mailbridge.Part{tiffPart(t, page)}, Options{})[0]
		if p.Width != c.width || p.Rows != 20 || p.Resolution != c.res {
			t.Errorf("%d wide at %v became %d wide, %d rows, at %v", c.width, c.res, p.Width, p.Rows, p.Resolution)
		}
	}
}

func TestWhatCannotBecomePagesIsNamed(t *testing.T) {
	cut := tiffPart(t, t4.FromBitmap(nil, 1728, 216, 300, t4.MMR, t4.R8x7_7))
	cut.Body = cut.Body[:len(cut.Body)-40]
	for _, c := range []struct {
		part mailbridge.Part
		want string
	}{
		{mailbridge.Part{Name: "a.xls", ContentType: "application/vnd.ms-excel"}, "a.xls"},
		{cut, "scan.tif"},
	} {
		_, _, err := Pages(t.Context(), []mailbridge.Part{c.part}, Options{})
		var permanent *mailbridge.PermanentError
		if !errors.As(err, &permanent) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v", err)
		}
	}
	if _, _, err := Pages(t.Context(), nil, Options{}); err == nil {
		t.Error("no parts make a document")
	}
}

func sandbox(t *testing.T) Sandbox {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Sandbox{Path: self}
}

func TestSandboxGivesTheSamePagesAndErrors(t *testing.T) {
	s := sandbox(t)
	want := mustRender(t, plain("Hello"), Options{Paper: Letter})
	s.Options.Paper = Letter
	got, _, err := s.Pages(t.Context(), plain("Hello"))
	if err != nil || len(got) != 1 || !bytes.Equal(got[0].Data, want[0].Data) {
		t.Fatalf("%v, %v", got, err)
	}
	_, _, err = s.Pages(t.Context(), []mailbridge.Part{{Name: "a.xls", ContentType: "application/vnd.ms-excel"}})
	var permanent *mailbridge.PermanentError
	if !errors.As(err, &permanent) || permanent.Status != mailbridge.S5_6_1Unusable {
		t.Errorf("got %v", err)
	}
}

func TestChildThatMisbehavesCostsOnlyItself(t *testing.T) {
	for _, c := range []struct {
		how, want string
		set       func(*Sandbox)
	}{
		{"hang", "longer than", func(s *Sandbox) { s.Time = 300 * time.Millisecond }},
		{"crash", "broke the renderer", func(*Sandbox) {}},
	} {
		s := sandbox(t)
		s.Args = []string{c.how}
		c.set(&s)
		parts := plain(strings.Repeat("x\n", 1000))
		_, _, err := s.Pages(t.Context(), parts)
		var permanent *mailbridge.PermanentError
		if !errors.As(err, &permanent) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.how, err)
		}
	}
	s := sandbox(t)
	s.Path += "-not-there"
	var permanent *mailbridge.PermanentError
	if _, _, err := s.Pages(t.Context(), plain("x")); err == nil || errors.As(err, &permanent) {
		t.Errorf("a renderer that cannot be started is no fault of the mail: %v", err)
	}
	s = sandbox(t)
	s.Args = []string{"hang"}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("stopped"))
	if _, _, err := s.Pages(ctx, plain("x")); err == nil || errors.As(err, &permanent) {
		t.Errorf("a process that stops is no fault of the mail: %v", err)
	}
}

// TestChildThatIsKilled: what somebody else did is not the mail's fault, unless it
// happens again.
func TestChildThatIsKilled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process that is killed looks like one that ended")
	}
	s := sandbox(t)
	reason := filepath.Join(t.TempDir(), "reason")
	if err := os.WriteFile(reason, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Args = []string{"killed", reason}
	if pages, _, err := s.Pages(t.Context(), plain("x")); err != nil || len(pages) != 1 {
		t.Errorf("killed once: %d pages, %v", len(pages), err)
	}
}

func BenchmarkText(b *testing.B) {
	parts := plain(strings.Repeat("The quick brown fox jumps over the lazy dog. 0123456789\n", 50))
	for b.Loop() {
		if _, _, err := Pages(b.Context(), parts, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/page")
}

func whitePage(width, rows int) *t4.Page {
	stride := (width + 7) / 8
	bits := make([]byte, stride*rows)
	bits[0] = 0x80 // but for one pel
	return t4.FromBitmap(bits, width, stride, rows, t4.MMR, t4.R8x7_7)
}
