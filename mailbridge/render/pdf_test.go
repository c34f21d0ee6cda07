package render

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// pdfFile writes a PDF file: objects from number 1, of which the first is the
// catalogue.
func pdfFile(objects ...string) mailbridge.Part {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return mailbridge.Part{Name: "a.pdf", ContentType: "application/pdf", Body: b.Bytes()}
}

func stream(dict, content string) string {
	return fmt.Sprintf("<< /Length %d %s >>\nstream\n%s\nendstream", len(content), dict, content)
}

// onePage is a PDF file with one page of that size in points.
func onePage(width, height float64, content string) mailbridge.Part {
	return pdfFile(
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>", width, height),
		stream("", content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	)
}

// pdfCache is one for all tests and all runs of them: without it each would take
// seconds.
func pdfCache() string { return filepath.Join(os.TempDir(), "pagebridge-test-pdfium") }

func pdfOptions() Options { return Options{Cache: pdfCache()} }

// blackIn counts the black pels of a rectangle.
func blackIn(t *testing.T, p *t4.Page, left, top, right, bottom int) int {
	t.Helper()
	bits, stride, err := p.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for y := max(top, 0); y < min(bottom, p.Rows); y++ {
		for x := max(left, 0); x < min(right, p.Width); x++ {
			if bits[y*stride+x/8]&(0x80>>(x%8)) != 0 {
				n++
			}
		}
	}
	return n
}

func TestPDFBecomesAPageAtItsSize(t *testing.T) {
	// A square of an inch, an inch from the left and the top of A4.
	p := mustRender(t, []mailbridge.Part{onePage(595, 842, "72 698 72 72 re f")}, pdfOptions())
	if len(p) != 1 || p[0].Width != Width || p[0].Rows != 2287 || p[0].Resolution != t4.R8x7_7 {
		t.Fatalf("%d pages, the first %d by %d at %v", len(p), p[0].Width, p[0].Rows, p[0].Resolution)
	}
	dx, dy := resolution.DPI()
	left := (Width - int(595*dx/72+0.5)) / 2
	got := blackIn(t, p[0], left+int(dx), int(dy), left+2*int(dx), 2*int(dy))
	if want := int(dx) * int(dy); got < want*98/100 || black(t, p[0]) > want*102/100 {
		t.Errorf("of the square %d pels are black in its place, %d in all, %d expected", got, black(t, p[0]), want)
	}
}

func TestPDFText(t *testing.T) {
	p := mustRender(t, []mailbridge.Part{onePage(595, 842, "BT /F 12 Tf 72 700 Td (Text that can be read) Tj ET")}, pdfOptions())
	if n := black(t, p[0]); n < 2000 || n > 10_000 {
		t.Errorf("%d pels are black", n)
	}
}

// A line thinner than a pel has no gaps.
func TestPDFHairlines(t *testing.T) {
	p := mustRender(t, []mailbridge.Part{onePage(595, 842, "0.1 w 60 320.3 m 535 320.3 l S 0.05 w 300.2 700 m 300.2 400 l S")}, pdfOptions())[0]
	across, down := int(475*204/72), int(300*196/72)
	if n := black(t, p); n < across+down-12 || n > (across+down)*2 {
		t.Errorf("%d pels are black, not %d", n, across+down)
	}
	row := p.Rows - 872 // 320.3 points from below
	left := (Width-int(595*204/72))/2 + int(60*204/72)
	for x := left + 2; x < left+across-2; x++ {
		if blackIn(t, p, x, row-2, x+1, row+3) == 0 {
			t.Fatalf("the line has a gap at %d", x)
		}
	}
}

// Fields that somebody filled in are on the page, also those that nobody has drawn.
func TestPDFForms(t *testing.T) {
	form := func(value string) mailbridge.Part {
		return pdfFile(
			"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /NeedAppearances true /DA (/F 12 Tf 0 g) /DR << /Font << /F 5 0 R >> >> >> >>",
			"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
			"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [4 0 R] >>",
			"<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /V ("+value+") /F 4 /Rect [130 696 430 718] /DA (/F 12 Tf 0 g) /P 3 0 R >>",
			"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
		)
	}
	empty, filled := mustRender(t, []mailbridge.Part{form("")}, pdfOptions())[0], mustRender(t, []mailbridge.Part{form("Maria Jensen")}, pdfOptions())[0]
	if n := black(t, filled) - black(t, empty); n < 1000 {
		t.Errorf("the name has %d black pels", n)
	}
}

func TestPDFSizes(t *testing.T) {
	for _, c := range []struct {
		name          string
		width, height float64
		paper         Paper
		rows          int
	}{
		{"letter on A4", 612, 792, A4, 2150},
		{"A4 on letter is made smaller", 595, 842, Letter, 2151},
		{"legal is made smaller", 612, 1008, A4, 2287},
		{"A4 on its side is turned", 842, 595, A4, 2287},
		{"A3 is made smaller", 842, 1191, A4, 2287},
		{"a slip stays as it is", 227, 142, A4, 387},
		{"a strip gets white below", 500, 5, A4, leastRows},
		{"a plan 50 m long", 14400, 144000, A4, 2287},
	} {
		o := pdfOptions()
		o.Paper = c.paper
		content := fmt.Sprintf("%g 0 %g %g re f", c.width/4, c.width/2, c.height)
		p := mustRender(t, []mailbridge.Part{onePage(c.width, c.height, content)}, o)
		if rows := p[0].Rows; rows < c.rows-2 || rows > c.rows+2 {
			t.Errorf("%s: %d rows, not %d", c.name, rows, c.rows)
		}
		if black(t, p[0]) == 0 {
			t.Errorf("%s: nothing is black", c.name)
		}
	}
}

func TestPDFThatCannotBeRead(t *testing.T) {
	whole := onePage(595, 842, "0 0 1 1 re f").Body
	encrypted := bytes.Replace(whole, []byte("/Root 1 0 R"), []byte("/Root 1 0 R /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <"+strings.Repeat("41", 32)+"> /U <"+strings.Repeat("42", 32)+"> >> /ID [<00> <00>]"), 1)
	for _, c := range []struct {
		name string
		body []byte
		want string
	}{
		{"nothing", nil, "not a PDF file"},
		{"noise", bytes.Repeat([]byte("\x80%PDF-"), 1000), "not a PDF file"},
		{"a password", encrypted, "password"},
		{"no pages", pdfFile("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>").Body, "without pages"},
	} {
		_, _, err := Pages(t.Context(), []mailbridge.Part{{Name: "a.pdf", ContentType: "application/pdf", Body: c.body}}, pdfOptions())
		if !errors.As(err, new(*mailbridge.PermanentError)) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "a.pdf") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// laughs is a PDF file in which each form draws the next ten times, n levels deep.
func laughs(n int) mailbridge.Part {
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
		stream("", "/X Do"),
	}
	for i := range n {
		objects = append(objects, stream(fmt.Sprintf("/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /X %d 0 R >> >>", i+6), strings.Repeat("/X Do ", 10)))
	}
	return pdfFile(append(objects, stream("/Type /XObject /Subtype /Form /BBox [0 0 595 842]", "0 0 595 842 re f"))...)
}

// manyPages is one page that is counted n times.
func manyPages(n int) mailbridge.Part {
	return pdfFile(
		"<< /Type /Catalog /Pages 2 0 R >>",
		fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Repeat("3 0 R ", n), n),
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
	)
}

// largePicture is a page with one picture of size by size pels, all white.
func largePicture(t *testing.T, size int) mailbridge.Part {
	t.Helper()
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	row := bytes.Repeat([]byte{0xFF}, size*3)
	for range size {
		if _, err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return pdfFile(
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
		stream("", "595 0 0 842 0 0 cm /X Do"),
		stream(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode", size, size), z.String()),
	)
}

func TestPDFBombs(t *testing.T) {
	if testing.Short() || raceDetector || runtime.GOOS != "linux" { // CI runs it without the race detector, too
		t.Skip("bombs take long, and a race detector many times the memory")
	}
	s := sandbox(t)
	s.Options.Cache = pdfCache()
	s.Time = 10 * time.Second
	if _, _, err := s.Pages(t.Context(), []mailbridge.Part{onePage(595, 842, "0 0 9 9 re f")}); err != nil {
		t.Fatalf("a harmless page: %v", err)
	}
	for _, c := range []struct {
		name string
		part mailbridge.Part
		want string // "": a page is as good
	}{
		{"a page for each of a billion laughs", laughs(9), ""},
		{"a hundred thousand pages", manyPages(100_000), "more than the 500 pages"},
		{"pages that are not there", pdfFile("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 2000000000 >>"), "a.pdf"},
		{"a picture of 1.2 GB", largePicture(t, 20_000), ""},
	} {
		begun := time.Now()
		pages, _, err := s.Pages(t.Context(), []mailbridge.Part{c.part})
		t.Logf("%s, %d octets: %d pages, %v, in %v", c.name, len(c.part.Body), len(pages), err, time.Since(begun).Round(time.Millisecond))
		if err == nil && c.want != "" || err != nil && (!errors.As(err, new(*mailbridge.PermanentError)) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func BenchmarkPDFPage(b *testing.B) {
	part := onePage(595, 842, "BT /F 10 Tf 12 TL 72 780 Td "+strings.Repeat("(The quick brown fox jumps over the lazy dog) Tj T* ", 55)+"ET")
	e := &sheets{ctx: b.Context(), o: pdfOptions().withDefaults(), begin: func(string) error { return nil }, take: func(*t4.Page) error { return nil }}
	e.o.MaxPages = 1 << 30
	if err := e.pdf("warm", &part); err != nil {
		b.Fatal(err)
	}
	defer e.engine.close()
	for b.Loop() {
		if err := e.pdf("a.pdf", &part); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/page")
}
