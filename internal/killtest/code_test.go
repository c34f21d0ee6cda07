package killtest

import (
	"testing"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// A coded page shows a number as 32 bars, 16 for the number and 16 for its
// complement, so that no other page is taken for one.
const (
	bars, barOctets   = 32, 6
	width             = 1728
	leftOctets        = (width/8 - bars*barOctets) / 2
	pageRows, barFrom = 250, 50
)

// pagesOfFax is how many coded pages a fax has at most.
const pagesOfFax = 4

// codedPage is page n of fax id.
func codedPage(id, n int) *t4.Page {
	value := uint16(id*pagesOfFax + n)
	both := uint32(value)<<16 | uint32(^value)
	bits := make([]byte, width/8*pageRows)
	for row := barFrom; row < pageRows-barFrom; row++ {
		for bar := range bars {
			if both>>(31-bar)&1 == 0 {
				continue
			}
			at := row*width/8 + leftOctets + bar*barOctets
			for i := range barOctets {
				bits[at+i] = 0xFF
			}
		}
	}
	return t4.FromBitmap(bits, width, width/8, pageRows, t4.MH, t4.R8x7_7)
}

// readCode gives what codedPage was given.
func readCode(p *t4.Page) (id, n int, ok bool) {
	bits, stride, err := p.Bitmap()
	if err != nil || p.Width != width {
		return 0, 0, false
	}
	var both uint32
	for bar := range bars {
		at := p.Rows/2*stride + leftOctets + bar*barOctets + barOctets/2
		if at >= len(bits) {
			return 0, 0, false
		}
		both = both<<1 | uint32(bits[at]>>7)
	}
	value := uint16(both >> 16)
	return int(value / pagesOfFax), int(value % pagesOfFax), value == ^uint16(both)
}

func TestCodedPages(t *testing.T) {
	for _, id := range []int{0, 1, 77, 9999} {
		for n := range pagesOfFax {
			if gotID, gotN, ok := readCode(codedPage(id, n)); gotID != id || gotN != n || !ok {
				t.Errorf("page %d of fax %d reads as %d of %d, %v", n, id, gotN, gotID, ok)
			}
		}
	}
	if _, _, ok := readCode(t4.FromBitmap(make([]byte, width/8*100), width, width/8, 100, t4.MH, t4.R8x7_7)); ok {
		t.Error("a white page is taken for a coded one")
	}
}
