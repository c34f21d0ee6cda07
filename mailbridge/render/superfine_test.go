package render

import (
	"image"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Superfine pages have twice the rows, and are as large on paper.
func TestSuperfine(t *testing.T) {
	t.Parallel()
	m := image.NewRGBA(image.Rect(0, 0, 600, 400))
	for i := range m.Pix {
		m.Pix[i] = uint8(i / 600)
	}
	parts := []mailbridge.Part{picturePart(t, m), onePage(612, 792, "72 698 72 72 re f")}
	o := pdfOptions()
	fine := mustRender(t, parts, o)
	o.Superfine = true
	superfine := mustRender(t, parts, o)
	if len(fine) != 2 || len(superfine) != 2 {
		t.Fatalf("%d and %d pages", len(fine), len(superfine))
	}
	for i, p := range superfine {
		if p.Resolution != t4.R8x15_4 || fine[i].Resolution != t4.R8x7_7 || p.Rows < 2*fine[i].Rows-20 || p.Rows > 2*fine[i].Rows+20 {
			t.Errorf("page %d: %d rows of %v, and %d of %v", i, p.Rows, p.Resolution, fine[i].Rows, fine[i].Resolution)
		}
	}
}
