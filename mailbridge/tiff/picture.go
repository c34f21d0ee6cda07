package tiff

import (
	"encoding/binary"
	"fmt"
	"image"
)

// The values of PhotometricInterpretation for grey and colour, beside those of
// black and white, which stand for grey too.
const (
	photometricRGB     = 2
	photometricPalette = 3
	photometricCMYK    = 5
	photometricYCbCr   = 6
	photometricLab     = 8
)

// compressionNames are those that people meet and that are not read here.
var compressionNames = map[int]string{
	6: "JPEG compression of the old style", 9: "JBIG compression", 10: "JBIG compression",
	34661: "JBIG compression", 34663: "JBIG2 compression", 34712: "JPEG 2000 compression",
	32771: "CCITT compression aligned to words", 34925: "LZMA compression",
	50000: "Zstandard compression", 50001: "WebP compression",
}

func (h *head) unsupported(format string, args ...any) error {
	return &UnsupportedError{h.n, fmt.Sprintf(format, args...)}
}

func (h *head) unsupportedCompression() error {
	if name := compressionNames[h.compression]; name != "" {
		return h.unsupported("has %s", name)
	}
	return h.unsupported("has compression %d", h.compression)
}

// picture reads a page that is grey or coloured, as grey: a fax has no more.
func (h *head) picture() (*image.Gray, error) {
	if h.compression == compressionJPEG {
		return h.jpeg()
	}
	if !h.unpacks() {
		return nil, h.unsupportedCompression()
	}
	g, err := h.greys()
	if err != nil {
		return nil, err
	}
	s, err := h.segments()
	if err != nil {
		return nil, err
	}
	page := image.NewGray(image.Rect(0, 0, h.width, h.rows))
	for i := range s.offsets {
		place := h.place(s, i)
		data, err := h.data(s, i)
		if err != nil {
			return nil, err
		}
		width := h.width
		if s.width > 0 {
			width = s.width
		}
		stride := (width*h.samples*g.bits + 7) / 8
		data = h.unpack(data, stride*place.Dy())
		for y := range place.Dy() {
			if len(data) < stride*(y+1) {
				return nil, h.cutShort(place.Min.Y + y)
			}
			row := data[stride*y:][:stride]
			g.undoPredictor(row)
			g.row(page.Pix[page.PixOffset(place.Min.X, place.Min.Y+y):][:place.Dx()], row)
		}
	}
	return page, nil
}

// place is where a segment comes to: the part of it that is in the picture.
func (h *head) place(s *segments, i int) image.Rectangle {
	if s.width == 0 {
		return image.Rect(0, i*s.rows, h.width, min((i+1)*s.rows, h.rows))
	}
	at := image.Pt(i%s.across*s.width, i/s.across*s.rows)
	return image.Rectangle{at, at.Add(image.Pt(s.width, s.rows))}.Intersect(image.Rect(0, 0, h.width, h.rows))
}

// greys makes grey of samples.
type greys struct {
	samples, bits int
	wide          binary.ByteOrder // of 16 bits
	differences   bool             // Predictor 2: samples are differences
	photometric   int64
	palette       []uint8
	alpha         int // the sample that says how opaque a pixel is; 0: none
	premultiplied bool
	v             []uint8 // the samples of a pixel
}

// greys reads how the samples of a page are made.
func (h *head) greys() (*greys, error) {
	g := &greys{
		samples: h.samples, bits: int(h.bits[0]), wide: h.file.order,
		differences: h.number(tagPredictor, 1) == 2, photometric: h.photometric,
	}
	colours := map[int64]int{
		whiteIsZero: 1, blackIsZero: 1, photometricRGB: 3, photometricPalette: 1, photometricCMYK: 4, photometricLab: 3,
	}[h.photometric]
	switch {
	case colours == 0:
		return nil, h.unsupported("has colours of a rare kind (%d)", h.photometric)
	case h.samples < colours || h.samples > 8:
		return nil, h.wrong("is damaged: it has %d samples a pixel", h.samples)
	case h.samples > 1 && h.number(tagPlanar, 1) != 1:
		return nil, h.unsupported("has its colours apart")
	case h.number(tagSampleFormat, 1) != 1:
		return nil, h.unsupported("has pixels that are not whole numbers")
	}
	for _, bits := range h.bits {
		if bits != h.bits[0] {
			return nil, h.unsupported("has pixels of uneven depth")
		}
	}
	switch g.bits {
	case 1, 2, 4, 8, 16:
	default:
		return nil, h.unsupported("has %d bits a sample", g.bits)
	}
	if extra := h.number(tagExtraSamples, 0); h.samples > colours && (extra == 1 || extra == 2) {
		g.alpha, g.premultiplied = colours, extra == 1
	}
	if h.photometric == photometricPalette {
		if g.palette = h.paletteGreys(g.bits); g.palette == nil {
			return nil, h.wrong("is damaged: its table of colours is missing")
		}
	}
	g.v = make([]uint8, g.samples)
	return g, nil
}

// paletteGreys reads the table of colours: all reds, all greens, all blues, of 16
// bits each.
func (h *head) paletteGreys(bits int) []uint8 {
	table := h.numbers(tagColorMap)
	n := 1 << bits
	if bits > 8 || len(table) < 3*n {
		return nil
	}
	palette := make([]uint8, n)
	for i := range palette {
		palette[i] = luminance(uint8(table[i]>>8), uint8(table[n+i]>>8), uint8(table[2*n+i]>>8))
	}
	return palette
}

// luminance is how bright a colour is (ITU-R BT.601).
func luminance(r, g, b uint8) uint8 {
	return uint8((299*int(r) + 587*int(g) + 114*int(b) + 500) / 1000)
}

// undoPredictor adds up the differences of a row.
func (g *greys) undoPredictor(row []byte) {
	switch {
	case !g.differences:
	case g.bits == 8:
		for i := g.samples; i < len(row); i++ {
			row[i] += row[i-g.samples]
		}
	case g.bits == 16:
		for i := 2 * g.samples; i+1 < len(row); i += 2 {
			g.wide.PutUint16(row[i:], g.wide.Uint16(row[i:])+g.wide.Uint16(row[i-2*g.samples:]))
		}
	}
}

// row makes a row of grey pixels.
func (g *greys) row(dst []uint8, row []byte) {
	for x := range dst {
		for i := range g.v {
			g.v[i] = g.sample(row, x*g.samples+i)
		}
		dst[x] = g.grey()
	}
}

// sample gives a sample: from 0 to 255, but one of a palette as it is.
func (g *greys) sample(row []byte, i int) uint8 {
	switch g.bits {
	case 8:
		return row[i]
	case 16:
		return uint8(g.wide.Uint16(row[2*i:]) >> 8)
	}
	perOctet := 8 / g.bits
	most := uint8(1)<<g.bits - 1
	v := row[i/perOctet] >> (8 - g.bits*(i%perOctet+1)) & most
	if g.photometric == photometricPalette {
		return v
	}
	return uint8(int(v) * 255 / int(most))
}

// grey is the grey of the pixel in g.v.
func (g *greys) grey() uint8 {
	v := g.v
	var grey uint8
	switch g.photometric {
	case whiteIsZero:
		grey = 255 - v[0]
	case photometricRGB:
		grey = luminance(v[0], v[1], v[2])
	case photometricPalette:
		grey = g.palette[int(v[0])%len(g.palette)]
	case photometricCMYK:
		grey = uint8(max(0, 255-int(luminance(v[0], v[1], v[2]))-int(v[3])))
	default: // grey, or how bright a colour of L*a*b* is
		grey = v[0]
	}
	if g.alpha == 0 {
		return grey
	}
	over := 255 - int(v[g.alpha]) // of the white paper that shines through
	if g.premultiplied {
		return uint8(min(255, int(grey)+over))
	}
	return uint8((int(grey)*int(v[g.alpha]) + 255*over + 127) / 255)
}
