package render

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"os"
	"testing"

	xtiff "golang.org/x/image/tiff"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// pixelAt says whether a pel of a page is black.
func pixelAt(t *testing.T, p *t4.Page, x, y int) bool {
	t.Helper()
	bits, stride, err := p.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	return bits[y*stride+x/8]&(0x80>>(x%8)) != 0
}

func picturePart(t *testing.T, m image.Image) mailbridge.Part {
	t.Helper()
	var b bytes.Buffer
	if err := xtiff.Encode(&b, m, &xtiff.Options{Compression: xtiff.Deflate, Predictor: true}); err != nil {
		t.Fatal(err)
	}
	return mailbridge.Part{Name: "photo.tif", ContentType: "image/tiff", Body: b.Bytes()}
}

// A picture of even grey comes out with as many black pels as it is dark.
func TestGreyKeepsItsDarkness(t *testing.T) {
	for _, grey := range []uint8{0, 64, 128, 200, 240, 255} {
		m := image.NewRGBA(image.Rect(0, 0, 600, 400))
		for i := range m.Pix {
			m.Pix[i] = grey
			if i%4 == 3 {
				m.Pix[i] = 255
			}
		}
		p := mustRender(t, []mailbridge.Part{picturePart(t, m)}, Options{})[0]
		share := float64(black(t, p)) / (float64(p.Rows) * 600 * 204 / 72)
		if share > 1 || p.Width != Width {
			share = float64(black(t, p)) / float64(p.Rows*Width)
		}
		want := float64(contrast(float32(255-grey))) / 255
		if math.Abs(share-want) > 0.01 {
			t.Errorf("grey %d: %.3f of the pels are black, not %.3f", grey, share, want)
		}
	}
}

func TestColourIsReduced(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 800, 600))
	for y := range 600 {
		for x := range 800 {
			r := math.Hypot(float64(x-400), float64(y-300))
			m.Set(x, y, color.RGBA{uint8(x * 255 / 800), uint8(127 + 127*math.Sin(r/20)), uint8(y * 255 / 600), 255})
		}
	}
	p := mustRender(t, []mailbridge.Part{picturePart(t, m)}, Options{})[0]
	if p.Width != Width || p.Resolution != t4.R8x7_7 {
		t.Fatalf("%d by %d at %v", p.Width, p.Rows, p.Resolution)
	}
	if file := os.Getenv("PAGEBRIDGE_PHOTO_PNG"); file != "" {
		savePNG(t, file, p)
	}
}

func TestThinLinesStay(t *testing.T) {
	bits := make([]byte, 638*1000)
	for y := range 1000 {
		bits[y*638+300] = 0x10
	}
	p := mustRender(t, []mailbridge.Part{tiffPart(t, t4.FromBitmap(bits, 5104, 638, 1000, t4.MMR, t4.I600x600))}, Options{})[0]
	for row, err := range p.Decode().All() {
		if err != nil || len(row) != 2 {
			t.Fatalf("a thin line has become %v, %v", row, err)
		}
	}
}

func TestUprightEightWays(t *testing.T) {
	// Where the top left pel of what is stored comes to (TIFF 6.0, Orientation).
	for orientation, want := range map[int]image.Point{
		1: {0, 0}, 2: {2, 0}, 3: {2, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 2}, 8: {0, 2},
	} {
		m := image.NewGray(image.Rect(0, 0, 3, 2))
		m.SetGray(0, 0, color.Gray{Y: 9})
		got := upright(m, orientation)
		if got.GrayAt(want.X, want.Y).Y != 9 {
			t.Errorf("orientation %d: %v", orientation, got)
		}
	}
}

func TestPagesOnTheirSideAreTurned(t *testing.T) {
	bits := make([]byte, 216*1000)
	bits[0] = 0x80
	p := t4.FromBitmap(bits, 1728, 216, 1000, t4.MMR, t4.R8x7_7)
	s := &sheets{o: Options{}.withDefaults()}
	q, err := s.fit(&tiff.Image{Number: 1, X: 204, Y: 196, Orientation: 3, Page: p})
	if err != nil {
		t.Fatal(err)
	}
	if q.Width != 1728 || q.Rows != 1000 || black(t, q) != 1 || !pixelAt(t, q, 1727, 999) {
		t.Errorf("upside down: %d by %d, %d black", q.Width, q.Rows, black(t, q))
	}
	if q, err = s.fit(&tiff.Image{Number: 1, X: 204, Y: 196, Orientation: 6, Page: p}); err != nil {
		t.Fatal(err)
	}
	if q.Width != Width || q.Rows < 1650 || q.Rows > 1670 {
		t.Errorf("on its side: %d by %d", q.Width, q.Rows)
	}
}

func TestTooLongToScale(t *testing.T) {
	s := &source{width: 1, rows: 60000, x: 20, y: 20}
	if _, err := s.page(false); err == nil {
		t.Error("a page of 76 metres is made")
	}
}

func BenchmarkPicture(b *testing.B) {
	m := image.NewGray(image.Rect(0, 0, 2480, 3508))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7 / 300)
	}
	for b.Loop() {
		src := newSource(m, 1, 300, 300)
		if _, err := src.page(true); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/page")
}
