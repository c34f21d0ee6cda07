package render

import (
	_ "embed"
	"image"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

//go:embed font/DejaVuSansMono.ttf
var fontFile []byte

// Text is 11 points high, so that 80 columns and margins fill the line.
const (
	emSize  = 31 // pels
	cell    = 19 // pels from one character to the next
	leading = 37 // rows from one line to the next
	ascent  = 29 // rows from the top of a line to its baseline
)

var parseFont = sync.OnceValues(func() (*sfnt.Font, error) { return opentype.Parse(fontFile) })

// glyphs draws characters, and keeps the ones it drew.
type glyphs struct {
	font  *sfnt.Font
	face  font.Face
	buf   sfnt.Buffer
	drawn map[rune]*glyph
}

// glyph is the shape of a character: the rows and columns where it is black, from
// the left end of its baseline.
type glyph struct {
	black []image.Point
}

func newGlyphs() (*glyphs, error) {
	f, err := parseFont()
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: emSize, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, err
	}
	return &glyphs{font: f, face: face, drawn: map[rune]*glyph{}}, nil
}

// get gives the glyph of a character: a box when the font has none.
func (g *glyphs) get(r rune) *glyph {
	if s, ok := g.drawn[r]; ok {
		return s
	}
	s := g.draw(r)
	g.drawn[r] = s
	return s
}

func (g *glyphs) draw(r rune) *glyph {
	if unicode.IsSpace(r) {
		return &glyph{}
	}
	if i, err := g.font.GlyphIndex(&g.buf, r); err != nil || i == 0 {
		return box()
	}
	rect, mask, at, _, ok := g.face.Glyph(fixed.Point26_6{}, r)
	if !ok {
		return box()
	}
	s := &glyph{}
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		for x := rect.Min.X; x < rect.Max.X; x++ {
			_, _, _, a := mask.At(at.X+x-rect.Min.X, at.Y+y-rect.Min.Y).RGBA()
			if a >= 0x8000 {
				s.black = append(s.black, image.Pt(x, y))
			}
		}
	}
	return s
}

// box stands for a character that the font does not have.
func box() *glyph {
	s := &glyph{}
	const left, right, top, bottom = 2, cell - 3, -22, 0
	for x := left; x <= right; x++ {
		for t := range 2 {
			s.black = append(s.black, image.Pt(x, top+t), image.Pt(x, bottom-t))
		}
	}
	for y := top; y <= bottom; y++ {
		for t := range 2 {
			s.black = append(s.black, image.Pt(left+t, y), image.Pt(right-t, y))
		}
	}
	return s
}
