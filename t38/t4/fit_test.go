package t4

import (
	"bytes"
	"testing"
)

// fit fits a picture and gives the result as pels.
func fit(t *testing.T, p *picture, from Resolution, width int, to Resolution) *picture {
	t.Helper()
	page := FromBitmap(p.bits, p.width, p.stride(), p.height, MMR, from)
	page.BadRows, page.BadRun = 3, 2
	got, err := page.Fit(width, to, MH, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Coding != MH || got.Resolution != to || got.Width != width || got.BadRows != 3 || got.BadRun != 2 {
		t.Fatalf("fitted to %v %v, %d wide, %d bad rows", got.Coding, got.Resolution, got.Width, got.BadRows)
	}
	bits, _, err := got.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	return &picture{width: got.Width, height: got.Rows, bits: bits}
}

// extent gives the smallest box around black.
func (p *picture) extent() (left, top, right, bottom int) {
	left, top, right, bottom = p.width, p.height, -1, -1
	for y := range p.height {
		for x := range p.width {
			if p.black(x, y) {
				left, right = min(left, x), max(right, x)
				top, bottom = min(top, y), max(bottom, y)
			}
		}
	}
	return
}

func TestFitTwinResolutionsKeepPels(t *testing.T) {
	p := noise(newRand(1), 1728, 50)
	for _, twins := range [][2]Resolution{{R8x3_85, I200x100}, {R8x7_7, I200x200}, {R8x15_4, I200x400}, {I400x400, R16x15_4}} {
		got := fit(t, p, twins[0], 1728, twins[1])
		if got.height != p.height || !bytes.Equal(got.bits, p.bits) {
			t.Errorf("%v to %v changed pels", twins[0], twins[1])
		}
	}
}

func TestFitReducesRowsByOr(t *testing.T) {
	p := noise(newRand(2), 1728, 42)
	got := fit(t, p, R8x15_4, 1728, R8x3_85)
	if got.height != 11 {
		t.Fatalf("42 rows of superfine become %d of standard, want 11", got.height)
	}
	for y := range got.height {
		for x := range got.width {
			want := false
			for i := 4 * y; i < min(4*y+4, p.height); i++ {
				want = want || p.black(x, i)
			}
			if got.black(x, y) != want {
				t.Fatalf("pel %d of row %d is not the OR of its four rows", x, y)
			}
		}
	}
}

func TestFitEnlarges(t *testing.T) {
	p := noise(newRand(3), 864, 30)
	got := fit(t, p, R8x3_85, 1728, R16x15_4)
	if got.height != 120 {
		t.Fatalf("30 rows become %d, want 120", got.height)
	}
	for y := range got.height {
		for x := range got.width {
			if got.black(x, y) != p.black(x/2, y/4) {
				t.Fatalf("pel %d of row %d is wrong", x, y)
			}
		}
	}
	if got := fit(t, p, I200x200, 1296, I300x300); got.height != 45 {
		t.Errorf("30 rows of 200 become %d of 300, want 45", got.height)
	}
}

func TestFitCentresWhatIsNarrow(t *testing.T) {
	p := noise(newRand(4), 1700, 30)
	got := fit(t, p, I200x200, 1728, R8x7_7)
	if got.height != p.height {
		t.Fatalf("%d rows, want %d", got.height, p.height)
	}
	for y := range got.height {
		for x := range got.width {
			want := x >= 14 && x < 1714 && p.black(x-14, y)
			if got.black(x, y) != want {
				t.Fatalf("pel %d of row %d is sheared or not centred", x, y)
			}
		}
	}
}

func TestFitB4ToA4KeepsProportion(t *testing.T) {
	p := draw("box", 2048, 1000, func(x, y int) bool { return x >= 24 && x < 2024 && y >= 100 && y < 900 })
	got := fit(t, p, R8x7_7, 1728, R8x7_7)
	if got.height != 843 {
		t.Errorf("1000 rows of B4 become %d, want 843", got.height)
	}
	left, top, right, bottom := got.extent()
	if left != 20 || right != 1707 || top != 84 || bottom < 758 || bottom > 759 {
		t.Errorf("the box lies from %d,%d to %d,%d", left, top, right, bottom)
	}
}

func TestFitCutsWhiteOverhangOnly(t *testing.T) {
	p := draw("one pel in the middle", 1740, 10, func(x, y int) bool { return x == 870 && y == 5 })
	got := fit(t, p, R8x7_7, 1728, R8x7_7)
	if left, top, right, bottom := got.extent(); got.height != 10 || left != 864 || right != 864 || top != 5 || bottom != 5 {
		t.Errorf("the pel is at %d to %d, %d to %d", left, right, top, bottom)
	}
	p.set(0, 0)
	got = fit(t, p, R8x7_7, 1728, R8x7_7)
	if left, top, _, _ := got.extent(); left != 0 || top != 0 {
		t.Error("a pel on the edge was cut off")
	}
}

// TestFitLosesNoThinLine reduces pages of single black pels: each must leave a
// black pel where it was.
func TestFitLosesNoThinLine(t *testing.T) {
	for _, width := range []int{2432, 2047, 1729, 1800} {
		for x := range width {
			p := newPicture("pel", width, 1)
			p.set(x, 0)
			p.set(x/2, 0)
			got := fit(t, p, R8x7_7, 1728, R8x7_7)
			left, _, right, _ := got.extent()
			scale := float64(1728) / float64(width)
			if right < 0 {
				t.Fatalf("%d wide: the pel at %d is lost", width, x)
			}
			if over := width - 1728; over*16 < 1728 && x/2 >= over/2 && x < width-over/2 {
				continue // cut, not reduced
			}
			if d := float64(right) - float64(x)*scale; d < -1 || d > 1 {
				t.Fatalf("%d wide: the pel at %d came to %d", width, x, right)
			}
			if d := float64(left) - float64(x/2)*scale; d < -1 || d > 1 {
				t.Fatalf("%d wide: the pel at %d came to %d", width, x/2, left)
			}
		}
	}
}

func TestFitRefusesInWords(t *testing.T) {
	page := &Page{Width: 1728, Resolution: numResolutions}
	if _, err := page.Fit(1728, R8x7_7, MH, EncodeOptions{}); err == nil {
		t.Error("a page of no resolution was scaled")
	}
	for _, width := range []int{-1, 0, MaxWidth + 1} {
		if _, err := (&Page{Width: 1728}).Fit(width, R8x7_7, MH, EncodeOptions{}); err != ErrWidth {
			t.Errorf("width %d: %v", width, err)
		}
	}
	page = &Page{Width: 1728, Rows: 2, Data: []byte{0, 1, 0xFF}}
	if _, err := page.Fit(864, R8x7_7, MH, EncodeOptions{}); err == nil {
		t.Error("damaged data was scaled")
	}
}
