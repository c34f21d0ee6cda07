// Package preview makes small grey pictures of fax pages, for people who want to
// know at a glance which fax it was.
package preview

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Width of a preview that fits beside a text, in pixels.
const Width = 480

// maxHeight cuts off what is longer than three sheets.
const maxHeight = 3 * Width * 3 / 2

// PNG draws a page, width pixels wide, in 16 greys: each pixel is the mean of what
// it stands for. Rows are made square.
func PNG(p *t4.Page, width int) ([]byte, error) {
	dx, dy := p.Resolution.DPI()
	if p.Width < 1 || p.Rows < 1 || width < 1 || width > p.Width || dx <= 0 || dy <= 0 {
		return nil, fmt.Errorf("a page of %d by %d cannot be drawn %d pixels wide", p.Width, p.Rows, width)
	}
	scale := float64(width) / float64(p.Width)
	perRow := scale * dx / dy
	height := min(max(int(float64(p.Rows)*perRow), 1), maxHeight)
	m := image.NewPaletted(image.Rect(0, 0, width, height), greys)
	ink, area := make([]int, width), make([]int, width)
	y, n := 0, 0
	flush := func() {
		for x := range width {
			if area[x] > 0 {
				m.Pix[y*m.Stride+x] = uint8(15 - min(ink[x]*15/area[x], 15))
			}
		}
		clear(ink)
		clear(area)
	}
	for row, err := range p.Decode().All() {
		if err != nil {
			return nil, err
		}
		if to := int(float64(n) * perRow); to != y {
			flush()
			if y = to; y >= height {
				break
			}
		}
		n++
		for x := range width {
			area[x] += int(float64(x+1)/scale) - int(float64(x)/scale)
		}
		for i := 0; i < len(row); i += 2 {
			end := p.Width
			if i+1 < len(row) {
				end = int(row[i+1])
			}
			for x := int(row[i]); x < end; x++ {
				ink[min(int(float64(x)*scale), width-1)]++
			}
		}
	}
	if y < height {
		flush()
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
