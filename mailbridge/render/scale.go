package render

import (
	"errors"
	"fmt"
	"image"
	"io"
	"math"

	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// source is a page before it is scaled: rows of pixels, each as dark as from 0,
// white, to 255.
type source struct {
	width, rows int
	x, y        float64 // dots per inch; 0: not known
	row         func(dst []uint8) error
	picture     *image.Gray // that is read; nil when it is a page
	superfine   bool        // what it becomes
	sheet       int         // rows that it should not pass when little is missing; 0: any
}

// newSource reads a picture that is stored as orientation says.
func newSource(m *image.Gray, orientation int, x, y float64) *source {
	m = upright(m, orientation)
	if orientation >= 5 { // it lay on its side
		x, y = y, x
	}
	return &source{width: m.Rect.Dx(), rows: m.Rect.Dy(), x: x, y: y, row: pixels(m), picture: m}
}

// source reads the pixels of a page, upright.
func (s *sheets) source(m *tiff.Image) (*source, error) {
	picture := m.Picture
	if m.Page != nil {
		if m.Orientation == 1 {
			return &source{width: m.Page.Width, rows: m.Page.Rows, x: m.X, y: m.Y, row: pels(m.Page)}, nil
		}
		if m.Page.Width*m.Page.Rows > s.o.MaxPixels {
			return nil, fmt.Errorf("is %d by %d pels, too much to turn it upright", m.Page.Width, m.Page.Rows)
		}
		var err error
		if picture, err = photograph(m.Page); err != nil {
			return nil, err
		}
	}
	return newSource(picture, m.Orientation, m.X, m.Y), nil
}

// pels reads the rows of a page.
func pels(p *t4.Page) func([]uint8) error {
	d := p.Decode()
	return func(dst []uint8) error {
		row, err := d.Next()
		if err != nil {
			return err
		}
		clear(dst)
		for i := 0; i < len(row); i += 2 {
			end := len(dst)
			if i+1 < len(row) {
				end = int(row[i+1])
			}
			for x := int(row[i]); x < end; x++ {
				dst[x] = 255
			}
		}
		return nil
	}
}

// pixels reads the rows of a picture.
func pixels(m *image.Gray) func([]uint8) error {
	y := 0
	return func(dst []uint8) error {
		if y == m.Rect.Dy() {
			return io.EOF
		}
		for x, v := range m.Pix[y*m.Stride:][:len(dst)] {
			dst[x] = 255 - v
		}
		y++
		return nil
	}
}

// photograph makes a picture of a page.
func photograph(p *t4.Page) (*image.Gray, error) {
	m := image.NewGray(image.Rect(0, 0, p.Width, p.Rows))
	read := pels(p)
	for y := range p.Rows {
		row := m.Pix[y*m.Stride:][:p.Width]
		if err := read(row); err != nil {
			return nil, err
		}
		for x := range row {
			row[x] = 255 - row[x]
		}
	}
	return m, nil
}

// upright turns a picture that is stored as Orientation says (TIFF 6.0): from 5 on
// its rows are columns.
func upright(m *image.Gray, orientation int) *image.Gray {
	if orientation == 1 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewGray(size)
	right := orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7
	down := orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8
	for y := range h {
		for x := range w {
			tx, ty := x, y
			if orientation >= 5 {
				tx, ty = y, x
			}
			if right {
				tx = size.Dx() - 1 - tx
			}
			if down {
				ty = size.Dy() - 1 - ty
			}
			out.Pix[ty*out.Stride+tx] = m.Pix[y*m.Stride+x]
		}
	}
	return out
}

// maxRows is the longest page that anything is scaled to: four metres.
const maxRows = 31_000

// page scales the source to its size on paper, or to the width of a line where that
// is less. shades says whether it has greys to keep.
func (s *source) page(shades bool) (*t4.Page, error) {
	fx, fy := s.factors()
	width, rows := int(math.Round(float64(s.width)*fx)), int(math.Round(float64(s.rows)*fy))
	width, rows = min(max(width, 1), Width), max(rows, 1)
	if rows > maxRows {
		return nil, errors.New("is longer than four metres of paper")
	}
	e := t4.NewEncoder(t4.MMR, Width, noOptions)
	bits := reductionOf(shades, width)
	line := make([]byte, stride)
	left := (Width - width) / 2
	err := s.scale(width, rows, func(row []float32) error {
		clear(line)
		bits.reduce(row, func(x int) { line[(left+x)/8] |= 0x80 >> ((left + x) % 8) })
		return e.WriteBits(line)
	})
	if err != nil {
		return nil, fmt.Errorf("cannot be scaled: %w", err)
	}
	return e.Page(resolutionOf(s.superfine)), nil
}

// screenDensity, in dots per inch, is that of pictures that say nothing better: they
// come on paper as large as on a screen, or as the line allows.
const screenDensity = 96

// factors gives how much wider and higher the source becomes.
func (s *source) factors() (fx, fy float64) {
	dx, dy := resolutionOf(s.superfine).DPI()
	fx, fy = dx/screenDensity, dy/screenDensity
	most := 2.0 // times the sheet that is made to fit on it; what is longer is cut
	if s.x > 0 && s.y > 0 {
		fx, fy, most = dx/s.x, dy/s.y, 1.5
	}
	if over := float64(s.width) * fx / Width; over > 1 {
		fx, fy = fx/over, fy/over
	}
	if over := float64(s.rows) * fy / float64(s.sheet); s.sheet > 0 && over > 1 && over <= most {
		fx, fy = fx/over, fy/over
	}
	return fx, fy
}

// scale gives the rows of the source scaled to so many pels and rows: each pel is
// the mean of the area that it stands for.
func (s *source) scale(width, rows int, write func([]float32) error) error {
	line, sums := make([]uint8, s.width), make([]float32, s.width+1)
	scaled, out := make([]float32, width), make([]float32, width)
	n := 0 // rows of the source read; scaled is the last one
	step := float64(s.rows) / float64(rows)
	for y := range rows {
		clear(out)
		from, to := float64(y)*step, float64(y+1)*step
		if y == rows-1 {
			to = float64(s.rows)
		}
		for j := int(from); j < s.rows && float64(j) < to; j++ {
			for ; n <= j; n++ {
				if err := s.row(line); err != nil {
					return err
				}
				squeeze(scaled, line, sums)
			}
			share := float32((min(to, float64(j+1)) - max(from, float64(j))) / (to - from))
			for x, v := range scaled {
				out[x] += v * share
			}
		}
		if err := write(out); err != nil {
			return err
		}
	}
	return nil
}

// squeeze scales a row, by way of the sums of its first pixels.
func squeeze(dst []float32, row []uint8, sums []float32) {
	if len(dst) == len(row) {
		for x, v := range row {
			dst[x] = float32(v)
		}
		return
	}
	total := 0
	for x, v := range row {
		sums[x] = float32(total)
		total += int(v)
	}
	sums[len(row)] = float32(total)
	step := float64(len(row)) / float64(len(dst))
	upTo := func(p float64) float32 {
		i := int(p)
		if i >= len(row) {
			return sums[len(row)]
		}
		return sums[i] + float32(p-float64(i))*float32(row[i])
	}
	before := float32(0)
	for x := range dst {
		now := upTo(float64(x+1) * step)
		dst[x] = (now - before) / float32(step)
		before = now
	}
}
