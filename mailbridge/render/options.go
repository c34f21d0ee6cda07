package render

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Paper is the sheet that pages are laid out on.
type Paper uint8

const (
	A4     Paper = iota // 210 x 297 mm
	Letter              // 8.5 x 11 in
)

// rows is how many rows of fine resolution (7.7 a mm) a sheet has.
func (p Paper) rows() int {
	if p == Letter {
		return 2151 // 279.4 mm
	}
	return 2287 // 297 mm
}

// Options says how documents become pages, and what they may cost. The zero value
// is A4 with the limits below.
type Options struct {
	Paper     Paper
	MaxPages  int // of all parts together; 500
	MaxPixels int // of one picture that is grey or coloured; 64 million
	MaxOctets int // of one part; 64 MiB

	// Superfine makes PDF files and pictures pages of twice as many rows. Text gains
	// nothing by it.
	Superfine bool

	// LeaveOut has parts left out, with a warning, that cannot become pages. Without
	// it one of them is the end of the fax.
	LeaveOut bool

	// Fonts are folders with fonts for characters that the built-in one has not;
	// nil: where the system has them.
	Fonts []string
	// Office is the program of LibreOffice, soffice, which makes pages of office
	// documents. "": they are refused.
	Office string
	// Cache is a folder of our own that keeps what takes seconds to make: the
	// machine code of the PDF renderer. "": none.
	Cache string
}

// rowsOf is how many rows a sheet has for PDF files and pictures.
func (o Options) rowsOf() int {
	if o.Superfine {
		return 2 * o.Paper.rows()
	}
	return o.Paper.rows()
}

// resolutionOf is that of what is drawn.
func resolutionOf(superfine bool) t4.Resolution {
	if superfine {
		return t4.R8x15_4
	}
	return resolution
}

func (o Options) withDefaults() Options {
	set(&o.MaxPages, 500)
	set(&o.MaxPixels, 64_000_000)
	set(&o.MaxOctets, 64<<20)
	if o.Fonts == nil {
		o.Fonts = systemFonts
	}
	return o
}

func set[T int | int64 | time.Duration](v *T, byDefault T) {
	if *v <= 0 {
		*v = byDefault
	}
}

// Width and resolution are what every text and picture is made into: a line of
// 215 mm at fine resolution (T.4 2.1), which every fax machine takes or is given as
// standard.
const (
	Width      = 1728
	resolution = t4.R8x7_7
)
