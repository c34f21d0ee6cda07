package t4

import "fmt"

// Coding names how the rows of a page are coded.
type Coding uint8

const (
	MH  Coding = iota // one-dimensional, T.4 4.1
	MR                // two-dimensional, T.4 4.2
	MMR               // T.6
)

func (c Coding) String() string {
	switch c {
	case MH:
		return "MH"
	case MR:
		return "MR"
	case MMR:
		return "MMR"
	}
	return fmt.Sprintf("Coding(%d)", uint8(c))
}

// Resolution is one of the resolutions that T.30 Table 2 can select, named
// horizontal by vertical: R8 and R16 are pels per mm, the others pels per inch.
type Resolution uint8

const (
	R8x3_85  Resolution = iota // standard, 204 x 98 dpi
	R8x7_7                     // fine, 204 x 196 dpi
	R8x15_4                    // superfine, 204 x 391 dpi
	R16x15_4                   // 408 x 391 dpi
	I200x100                   // the inch-based twin of R8x3_85
	I200x200                   // the inch-based twin of R8x7_7
	I200x400                   // the inch-based twin of R8x15_4
	I300x300
	I300x600
	I400x400 // the inch-based twin of R16x15_4
	I400x800
	I600x600
	I600x1200
	I1200x1200
	numResolutions
)

// resolutions holds, for each Resolution, its density in dots per inch. The
// metric ones are R8 = 8.04 pels/mm by 3.85, 7.7 or 15.4 lines/mm (T.4 2.1).
var resolutions = [numResolutions]struct {
	name string
	x, y float64
}{
	R8x3_85:    {"standard", 204, 98},
	R8x7_7:     {"fine", 204, 196},
	R8x15_4:    {"superfine", 204, 391},
	R16x15_4:   {"408x391", 408, 391},
	I200x100:   {"200x100", 200, 100},
	I200x200:   {"200x200", 200, 200},
	I200x400:   {"200x400", 200, 400},
	I300x300:   {"300x300", 300, 300},
	I300x600:   {"300x600", 300, 600},
	I400x400:   {"400x400", 400, 400},
	I400x800:   {"400x800", 400, 800},
	I600x600:   {"600x600", 600, 600},
	I600x1200:  {"600x1200", 600, 1200},
	I1200x1200: {"1200x1200", 1200, 1200},
}

func (r Resolution) String() string {
	if r >= numResolutions {
		return fmt.Sprintf("Resolution(%d)", uint8(r))
	}
	return resolutions[r].name
}

// DPI gives the density in dots per inch as TIFF-F writes it (RFC 3949 3.2.2):
// 204 by 98, 196 or 391 for the metric resolutions.
func (r Resolution) DPI() (x, y float64) {
	if r >= numResolutions {
		return 0, 0
	}
	return resolutions[r].x, resolutions[r].y
}

// Page is one side of paper as coded rows: the coin of the house. Rooms
// exchange pages in no other form. A Page is immutable once it is made.
type Page struct {
	Coding     Coding
	Width      int // pels in a row: 1728, 2048, 2432 and their multiples (T.4 2.2)
	Rows       int // rows coded in Data
	Resolution Resolution

	// Data is the page as the line carries it, the first bit on the line in
	// the most significant bit of the first octet. MH and MR begin with an EOL
	// and end with RTC; MMR ends with EOFB. There are no fill bits. The last
	// octet is filled up with zeros.
	Data []byte

	// BadRows counts the rows that came damaged and were concealed when the
	// page was received; BadRun is the longest run of such rows. Data itself
	// is always clean.
	BadRows, BadRun int
}

// K is how many rows from one one-dimensional row to the next T.4 4.2.1 lets MR
// have at this resolution: more rows a mm, more rows until damage ends.
func (r Resolution) K() int {
	_, y := r.DPI()
	switch {
	case y < 150:
		return 2
	case y < 300:
		return 4
	case y < 350:
		return 6
	}
	return 8
}

// Decode decodes the rows of the page, which are clean: a bad row is a
// *RowError.
func (p *Page) Decode() *Decoder {
	return NewDecoder(p.Data, p.decodeOptions())
}

func (p *Page) decodeOptions() DecodeOptions {
	return DecodeOptions{Coding: p.Coding, Width: p.Width, Conceal: Stop}
}
