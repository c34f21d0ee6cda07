package t4

import (
	"fmt"
	"io"
	"slices"
)

// grid gives the pels and rows of a resolution to the inch as everyone counts
// them when pages are scaled: T.30 lets machines take the metric resolutions and
// their inch-based twins for each other, so R8 is 200 and R16 is 400.
func (r Resolution) grid() (x, y int) {
	switch r {
	case R8x3_85:
		return 200, 100
	case R8x7_7:
		return 200, 200
	case R8x15_4:
		return 200, 400
	case R16x15_4:
		return 400, 400
	}
	dx, dy := r.DPI()
	return int(dx), int(dy)
}

// ratio is a scale, new to old.
type ratio struct{ to, from int }

func (r ratio) floor(x int) int { return x * r.to / r.from }
func (r ratio) round(x int) int { return (2*x*r.to + r.from) / (2 * r.from) }

// lowest reduces the fraction, so that positions on the longest page do not
// overflow.
func (r ratio) lowest() ratio {
	a, b := r.to, r.from
	for b != 0 {
		a, b = b, a%b
	}
	return ratio{r.to / a, r.from / a}
}

// Fit makes of p a page of another width, resolution and coding, for a peer that
// can no better. The picture keeps its size on paper. Where it is narrower than
// width it is centred in white; where it is wider it is reduced both ways, but
// for an overhang below a sixteenth that is white: that is cut off. Reducing
// keeps every thin line: a pel is black when any pel that it stands for was.
// Of the options only K counts. It is an error if p.Data is not clean.
func (p *Page) Fit(width int, res Resolution, to Coding, o EncodeOptions) (*Page, error) {
	switch {
	case width < 1 || width > MaxWidth || p.Width < 1 || p.Width > MaxWidth:
		return nil, ErrWidth
	case res >= numResolutions || p.Resolution >= numResolutions:
		return nil, fmt.Errorf("t4: cannot scale from %v to %v", p.Resolution, res)
	}
	f, err := p.fitting(width, res)
	if err != nil {
		return nil, err
	}
	if f.same(p.Width) {
		relabelled := *p
		relabelled.Resolution = res
		return Transcode(&relabelled, to, o)
	}
	e := NewEncoder(to, width, EncodeOptions{K: kFor(o.K, res)})
	if err := f.copyRows(e, p.Decode()); err != nil {
		return nil, err
	}
	q := e.Page(res)
	q.BadRows, q.BadRun = p.BadRows, p.BadRun
	return q, nil
}

// fitting is how a page is fitted: scales, and where its first pel comes to.
type fitting struct {
	x, y  ratio
	left  int
	width int
}

func (f *fitting) same(width int) bool {
	return f.width == width && f.left == 0 && f.x.to == f.x.from && f.y.to == f.y.from
}

func (p *Page) fitting(width int, res Resolution) (fitting, error) {
	x0, y0 := p.Resolution.grid()
	x1, y1 := res.grid()
	f := fitting{x: ratio{x1, x0}, y: ratio{y1, y0}, width: width}
	over := f.x.round(p.Width) - width
	if over <= 0 {
		f.left = -over / 2
		return f, nil
	}
	if over*16 < width {
		first, last, err := p.blackColumns()
		if err != nil {
			return f, err
		}
		if f.x.round(first) >= over/2 && f.x.round(last+1) <= over/2+width {
			f.left = -(over / 2)
			return f, nil
		}
	}
	f.x = ratio{width, p.Width}
	f.y = ratio{y1 * width * x0, y0 * p.Width * x1}.lowest()
	return f, nil
}

// blackColumns gives the leftmost and the rightmost black pel of the page.
func (p *Page) blackColumns() (first, last int, err error) {
	first, last = p.Width, -1
	for row, err := range p.Decode().All() {
		if err != nil {
			return 0, 0, err
		}
		if n := len(row); n > 0 {
			first = min(first, int(row[0]))
			if n&1 == 0 {
				last = max(last, int(row[n-1])-1)
			} else {
				last = p.Width - 1
			}
		}
	}
	return first, last, nil
}

// copyRows scales the rows of d into e.
func (f *fitting) copyRows(e *Encoder, d *Decoder) error {
	var out, scaled, joined Row
	y, pending := 0, false // out is row y, not written yet
	for i := 0; ; i++ {
		row, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		scaled = f.scale(scaled[:0], row, d.width)
		first, next := f.y.floor(i), f.y.floor(i+1)
		if pending && first > y {
			if err := e.WriteRow(out); err != nil {
				return err
			}
			pending = false
		}
		if y = first; pending {
			joined = or(joined[:0], out, scaled)
			out, joined = joined, out
		} else {
			out, pending = append(out[:0], scaled...), true
		}
		for ; y+1 < next; y++ { // enlarged: the row comes again
			if err := e.WriteRow(out); err != nil {
				return err
			}
		}
	}
	if pending {
		return e.WriteRow(out)
	}
	return nil
}

// scale appends to dst the row r, of width pels, as f makes it. The edges of
// runs are rounded, so that strokes keep their weight, but no black run is lost.
func (f *fitting) scale(dst, r Row, width int) Row {
	edge := f.x.round(width)
	for i := 0; i < len(r); i += 2 {
		from, to := int(r[i]), width
		if i+1 < len(r) {
			to = int(r[i+1])
		}
		from, to = min(f.x.round(from), edge-1), f.x.round(to)
		to = max(to, from+1)
		from, to = max(from+f.left, 0), min(to+f.left, f.width)
		switch n := len(dst); {
		case from >= to:
		case n > 0 && from <= int(dst[n-1]):
			dst[n-1] = max(dst[n-1], int32(to))
		default:
			dst = append(dst, int32(from), int32(to))
		}
	}
	if n := len(dst); n > 0 && int(dst[n-1]) == f.width {
		dst = dst[:n-1]
	}
	return dst
}

// or appends to dst the row that is black where a or b is.
func or(dst, a, b Row) Row {
	dst = slices.Grow(dst, len(a)+len(b))
	for i, j := 0, 0; i < len(a) || j < len(b); {
		before := (i|j)&1 != 0
		x := int32(MaxWidth)
		if i < len(a) {
			x = a[i]
		}
		if j < len(b) {
			x = min(x, b[j])
		}
		if i < len(a) && a[i] == x {
			i++
		}
		if j < len(b) && b[j] == x {
			j++
		}
		if after := (i|j)&1 != 0; after != before {
			dst = append(dst, x)
		}
	}
	return dst
}
