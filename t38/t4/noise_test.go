package t4

import (
	"slices"
	"testing"
)

// filledPage is the small page with fill, and where the fill of each row lies.
func filledPage(t *testing.T, coding Coding, least int) (bits []byte, clean []Row, fills [][2]int) {
	p := small()
	page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
	clean, _ = rowsOf(t, page.Decode())
	e := NewEncoder(coding, p.width, EncodeOptions{K: page.Resolution.K()})
	for _, row := range clean {
		start := e.w.bits()
		if err := e.WriteRow(row); err != nil {
			t.Fatal(err)
		}
		end := e.w.bits()
		e.w.zeros(least - (end - start))
		fills = append(fills, [2]int{end, e.w.bits()})
	}
	return unpack(e.Finish()), clean, fills
}

// TestNoiseInFill puts bursts of noise everywhere into the fill. The page has as
// many rows as before. Where the noise does not begin right behind the row, where
// it could be the rest of that, no row is lost; else one is, and in MR those that
// hang on it. Behind the first row alone nobody knows yet how long rows are.
func TestNoiseInFill(t *testing.T) {
	rnd := newRand(3)
	for _, coding := range []Coding{MH, MR} {
		for _, least := range []int{150, 230, 400} {
			bits, clean, fills := filledPage(t, coding, least)
			for y, fill := range fills {
				for at := fill[0]; at < fill[1]; at++ {
					n := min([]int{1, 2, 3, 8, 25}[rnd.IntN(5)], fill[1]-at)
					noisy := slices.Clone(bits)
					for i := at; i < at+n; i++ {
						if i == at || i == at+n-1 || rnd.IntN(2) == 0 {
							noisy[i] ^= 1
						}
					}
					rows, bad := rowsOf(t, NewDecoder(repack(noisy), DecodeOptions{Coding: coding, Width: 160, AwaitFirst: true}))
					lost := 0
					for i := range bad {
						if bad[i] {
							lost++
						}
					}
					allowed := 0
					if at < fill[0]+eolBits-1 {
						allowed = 1
						if coding == MR {
							allowed = R8x7_7.K() - y%R8x7_7.K()
						}
					}
					if len(rows) != len(clean) && y > 0 || lost > allowed && y > 0 {
						t.Errorf("%v, %d bits a row, %d bits of noise from bit %d of the fill of row %d: %d rows come of %d, %d are lost",
							coding, least, n, at-fill[0], y, len(rows), len(clean), lost)
					}
					if lost == 0 && !equal(rows, clean) {
						t.Errorf("%v: noise in the fill of row %d changes rows", coding, y)
					}
				}
			}
		}
	}
}
