package render

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // the first picture of an animation
	_ "image/jpeg"
	_ "image/png"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/webp"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// leastInline is how large, in pels each way, a picture within a text must be to
// get a page of its own: smaller ones are logos and buttons.
const leastInline = 300

// picture makes pages of a PNG, JPEG, GIF, BMP or WebP file.
func (s *sheets) picture(name string, p *mailbridge.Part) error {
	head, format, err := image.DecodeConfig(bytes.NewReader(p.Body))
	if err != nil && p.Inline { // what it shows within a text the text may do without
		return s.warn("left out: " + name + ", a picture in the text that cannot be read")
	}
	if err != nil {
		return failure(mailbridge.S5_6_3Conversion, "%s is not a picture that can be read: %w", name, err)
	}
	if p.Inline && (head.Width < leastInline || head.Height < leastInline) {
		return nil
	}
	if head.Width < 1 || head.Height < 1 || head.Width > s.o.MaxPixels/head.Height {
		return failure(mailbridge.S5_6_3Conversion, "%s has %d by %d pixels; at most %d million can be faxed", name, head.Width, head.Height, s.o.MaxPixels/1_000_000)
	}
	m, _, err := image.Decode(bytes.NewReader(p.Body))
	if err != nil {
		return failure(mailbridge.S5_6_3Conversion, "%s is a damaged picture: %w", name, err)
	}
	f := pictureFacts(format, p.Body)
	src := newSource(grey(m), f.orientation, f.x, f.y)
	rows := s.o.rowsOf()
	src.sheet, src.superfine = rows, s.o.Superfine
	page, err := src.page(!drawn(src.picture))
	if err != nil {
		return failure(mailbridge.S5_6_3Conversion, "%s %w", name, err)
	}
	pages, err := page.Split(rows)
	if err != nil {
		return fmt.Errorf("cutting %s: %w", name, err)
	}
	for _, page := range pages {
		if err := s.add(name, page); err != nil {
			return err
		}
	}
	return nil
}

// grey gives the light of a picture, which lies on white paper.
func grey(m image.Image) *image.Gray {
	b := m.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	switch m := m.(type) {
	case *image.Gray:
		for y := range b.Dy() {
			copy(out.Pix[y*out.Stride:][:b.Dx()], m.Pix[y*m.Stride:])
		}
	case *image.YCbCr:
		for y := range b.Dy() {
			copy(out.Pix[y*out.Stride:][:b.Dx()], m.Y[y*m.YStride:])
		}
	case *image.Paletted:
		var light [256]uint8
		for i, c := range m.Palette[:min(len(m.Palette), 256)] {
			light[i] = lightness(c)
		}
		for y := range b.Dy() {
			for x, i := range m.Pix[y*m.Stride:][:b.Dx()] {
				out.Pix[y*out.Stride+x] = light[i]
			}
		}
	case *image.NRGBA:
		for y := range b.Dy() {
			row := m.Pix[y*m.Stride:]
			for x := range b.Dx() {
				p := row[4*x : 4*x+4]
				a := int(p[3])
				light := (299*int(p[0]) + 587*int(p[1]) + 114*int(p[2]) + 500) / 1000
				out.Pix[y*out.Stride+x] = uint8((light*a + 255*(255-a) + 127) / 255)
			}
		}
	default:
		for y := range b.Dy() {
			for x := range b.Dx() {
				out.Pix[y*out.Stride+x] = lightness(m.At(b.Min.X+x, b.Min.Y+y))
			}
		}
	}
	return out
}

// lightness weighs a colour as ITU-R BT.601 does, over white.
func lightness(c color.Color) uint8 {
	r, g, b, a := c.RGBA() // multiplied by a
	return uint8(((299*r+587*g+114*b+500)/1000 + 0xFFFF - a) >> 8)
}

// drawn says that a picture is one of text or lines: hardly a pel in it is neither
// black nor white, and hard edges are better for it than dots.
func drawn(m *image.Gray) bool {
	between, all := 0, 0
	step := max(len(m.Pix)/200_000, 1)
	if step%2 == 0 {
		step++ // not always the same columns
	}
	for i := 0; i < len(m.Pix); i += step {
		if v := m.Pix[i]; v > 48 && v < 208 {
			between++
		}
		all++
	}
	return between*25 < all
}
