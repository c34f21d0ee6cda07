package preview

import (
	"bytes"
	"image/color"
	"image/png"
	"testing"

	"github.com/pagebridge/pagebridge/t38/t4"
)

func TestPreview(t *testing.T) {
	for _, c := range []struct {
		res    t4.Resolution
		rows   int
		height int
	}{{t4.R8x7_7, 2287, 661}, {t4.R8x3_85, 1143, 660}, {t4.R8x7_7, 1, 1}, {t4.R8x7_7, 60_000, maxHeight}} {
		bits := make([]byte, 216*c.rows)
		for y := range c.rows / 2 {
			for i := range 108 {
				bits[y*216+i] = 0xFF // the upper left quarter
			}
		}
		b, err := PNG(t4.FromBitmap(bits, 1728, 216, c.rows, t4.MH, c.res), Width)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil || m.Bounds().Dx() != Width || m.Bounds().Dy() < c.height-2 || m.Bounds().Dy() > c.height+2 {
			t.Fatalf("%v: %v, %v", c, m.Bounds(), err)
		}
		if c.rows < 100 || c.rows > 5000 {
			continue
		}
		h := m.Bounds().Dy()
		for _, at := range []struct {
			x, y int
			want uint8
		}{{100, h / 4, 0}, {400, h / 4, 255}, {100, h * 3 / 4, 255}, {0, 0, 0}, {Width - 1, h - 1, 255}} {
			if got := color.GrayModel.Convert(m.At(at.x, at.y)).(color.Gray).Y; got != at.want {
				t.Errorf("%v: at %d, %d it is %d", c, at.x, at.y, got)
			}
		}
	}
	if _, err := PNG(&t4.Page{}, Width); err == nil {
		t.Error("a page of nothing is drawn")
	}
}
