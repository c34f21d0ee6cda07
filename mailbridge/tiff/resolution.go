package tiff

import (
	"math"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// dpi is the density of a page in dots per inch, 0 where the file does not say.
func (d *ifd) dpi() (x, y float64) {
	scale := 1.0
	switch d.number(tagResolutionUnit, unitInch) {
	case unitCentimetre:
		scale = 2.54
	case unitInch:
	default: // pels are so wide and so high, but nobody knows how wide
		return 0, 0
	}
	x, y = d.ratio(tagXResolution)*scale, d.ratio(tagYResolution)*scale
	if !plausible(x) || !plausible(y) {
		return 0, 0
	}
	return x, y
}

func plausible(dpi float64) bool { return dpi >= 10 && dpi <= 10_000 }

// ratio is the value of a field that should be a fraction, 0 if it has none.
func (d *ifd) ratio(tag uint16) float64 {
	b, kind := d.value(tag)
	order := d.file.order
	switch {
	case kind == typeRational && len(b) >= 8 && order.Uint32(b[4:]) != 0:
		return float64(order.Uint32(b)) / float64(order.Uint32(b[4:]))
	case kind == typeFloat && len(b) >= 4:
		return float64(math.Float32frombits(order.Uint32(b)))
	case kind == typeDouble && len(b) >= 8:
		return math.Float64frombits(order.Uint64(b))
	}
	return float64(d.number(tag, 0))
}

// resolution is the fax resolution that is nearest to a density.
//
// A page that does not say is taken for fine or standard, as makes it nearer to a
// sheet: an A4 page has 2287 rows in fine and 1143 in standard.
func resolution(x, y float64, rows int) t4.Resolution {
	if x == 0 || y == 0 {
		if rows < 1500 {
			return t4.R8x3_85
		}
		return t4.R8x7_7
	}
	best, distance := t4.R8x7_7, math.Inf(1)
	for r := t4.R8x3_85; r <= t4.I1200x1200; r++ {
		rx, ry := r.DPI()
		if now := math.Abs(math.Log(x/rx)) + math.Abs(math.Log(y/ry)); now < distance {
			best, distance = r, now
		}
	}
	return best
}
