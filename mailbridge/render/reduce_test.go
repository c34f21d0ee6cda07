package render

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge/corpus"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// photo is a landscape of 900 by 1200 pixels.
func photo(t testing.TB) *image.Gray {
	t.Helper()
	mail, err := corpus.Message("iphone-photo")
	if err != nil {
		t.Fatal(err)
	}
	parts, err := offramp.Parts(mail, offramp.PartLimits{Usable: Usable})
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(parts[0].Body))
	if err != nil {
		t.Fatal(err)
	}
	return upright(grey(m), 6)
}

// reduced makes a page of a picture that fills the line.
func reduced(t testing.TB, m *image.Gray, bits reduction) *t4.Page {
	t.Helper()
	s := newSource(m, 1, 0, 0)
	rows := m.Rect.Dy() * Width / m.Rect.Dx()
	e, line := t4.NewEncoder(t4.MMR, Width, noOptions), make([]byte, stride)
	err := s.scale(Width, rows, func(row []float32) error {
		clear(line)
		bits.reduce(row, func(x int) { line[x/8] |= 0x80 >> (x % 8) })
		return e.WriteBits(line)
	})
	if err != nil {
		t.Fatal(err)
	}
	return e.Page(resolution)
}

// codedAs is how long a page is in each coding.
func codedAs(t testing.TB, p *t4.Page) map[t4.Coding]int {
	t.Helper()
	sizes := map[t4.Coding]int{}
	for _, c := range []t4.Coding{t4.MH, t4.MR, t4.MMR} {
		q, err := p.Fit(p.Width, p.Resolution, c, noOptions)
		if err != nil {
			t.Fatal(err)
		}
		sizes[c] = len(q.Data)
	}
	return sizes
}

// Clusters of dots code well, and are as dark as single ones.
func TestPhotographsCodeWell(t *testing.T) {
	m := photo(t)
	plain, clustered := reduced(t, m, newDiffusion(Width, 0)), reduced(t, m, newDiffusion(Width, feedback))
	before, after := codedAs(t, plain), codedAs(t, clustered)
	t.Logf("octets after Floyd and Steinberg %v, with feedback %v", before, after)
	for c := range after {
		if after[c]*2 > before[c] {
			t.Errorf("%v: %d octets, %d without feedback", c, after[c], before[c])
		}
	}
	a, b := black(t, plain), black(t, clustered)
	if d := a - b; d > a/200 || d < -a/200 {
		t.Errorf("%d pels black, %d without feedback", b, a)
	}
}

// White stays white below and beside black, and black black.
func TestFeedbackKeepsEdges(t *testing.T) {
	d := newDiffusion(16, feedback)
	for y := range 64 {
		row := make([]float32, 16)
		for x := 4; x < 12 && y < 32; x++ {
			row[x] = 255
		}
		n := 0
		d.reduce(row, func(x int) {
			if n++; x < 4 || x >= 12 {
				t.Errorf("row %d: %d is black", y, x)
			}
		})
		if want := 8; y < 32 && n != want || y >= 32 && n != 0 {
			t.Errorf("row %d: %d are black", y, n)
		}
	}
}

func benchmarkReduce(b *testing.B, feedback int32) {
	m := photo(b)
	var p *t4.Page
	for b.Loop() {
		p = reduced(b, m, newDiffusion(Width, feedback))
	}
	for c, n := range codedAs(b, p) {
		b.ReportMetric(float64(n), c.String()+"-octets")
	}
}

func BenchmarkFloydSteinberg(b *testing.B) { benchmarkReduce(b, 0) }
func BenchmarkWithFeedback(b *testing.B)   { benchmarkReduce(b, feedback) }
