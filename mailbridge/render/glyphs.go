package render

import (
	_ "embed"
	"fmt"
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

	folders []string
	most    int       // fonts of this machine that are opened; 0: all
	others  *fallback // fonts of this machine; nil until one is needed
	missing []rune    // characters without a glyph, in the order of their first use
}

// glyph is the shape of a character: the rows and columns where it is black, from
// the left end of its baseline.
type glyph struct {
	black []image.Point
}

func newGlyphs(folders []string) (*glyphs, error) {
	f, err := parseFont()
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: emSize, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, err
	}
	return &glyphs{font: f, face: face, drawn: map[rune]*glyph{}, folders: folders}, nil
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
	if i, err := g.font.GlyphIndex(&g.buf, r); err == nil && i != 0 {
		if s := shape(g.face, r, 0, 0); s != nil {
			return s
		}
	}
	if s := g.borrow(r); s != nil {
		return s
	}
	g.missing = append(g.missing, r)
	return box(isWide(r))
}

// lost says which characters are boxes on the pages; "" if none.
func (g *glyphs) lost() string {
	const most = 20
	switch n := len(g.missing); {
	case n == 0:
		return ""
	case n > most:
		return fmt.Sprintf("%d characters are in no font here and are boxes on the page, among them %s", n, string(g.missing[:most]))
	}
	return "characters that are in no font here are boxes on the page: " + string(g.missing)
}

// wideSize is how large wide characters are, in pels, in their two columns.
const wideSize = 34

// borrow draws a character with a font of this machine, in the middle of its
// columns; nil when none has it.
func (g *glyphs) borrow(r rune) *glyph {
	if g.others == nil {
		g.others = newFallback(g.folders)
		if g.most > 0 {
			g.others.files = g.others.files[:min(g.most, len(g.others.files))]
		}
	}
	s := g.others.find(r)
	if s == nil {
		return nil
	}
	size, room := float64(emSize), fixed.I(cell)
	if isWide(r) {
		size, room = wideSize, fixed.I(2*cell)
	}
	face := s.face(size)
	if face == nil {
		return nil
	}
	advance, ok := face.GlyphAdvance(r)
	if !ok {
		return nil
	}
	if advance > room { // a proportional font
		if face = s.face(float64(int(size * float64(room) / float64(advance)))); face == nil {
			return nil
		}
		advance, _ = face.GlyphAdvance(r)
	}
	return shape(face, r, (room-advance).Floor()/2, -1)
}

// shape takes the black pels of a character that a face draws; nil if it cannot.
func shape(face font.Face, r rune, left, down int) *glyph {
	rect, mask, at, _, ok := face.Glyph(fixed.Point26_6{}, r)
	if !ok {
		return nil
	}
	s := &glyph{}
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		for x := rect.Min.X; x < rect.Max.X; x++ {
			_, _, _, a := mask.At(at.X+x-rect.Min.X, at.Y+y-rect.Min.Y).RGBA()
			if a >= 0x8000 {
				s.black = append(s.black, image.Pt(x+left, y+down))
			}
		}
	}
	return s
}

// box stands for a character that no font here has.
func box(wide bool) *glyph {
	s := &glyph{}
	left, right, top, bottom := 2, cell-3, -22, 0
	if wide {
		right += cell
	}
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
