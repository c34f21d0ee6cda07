package tiff

import (
	"fmt"
	"image"
	"io"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Image is one page of a file.
type Image struct {
	Number      int     // from 1
	X, Y        float64 // dots per inch; 0 where the file does not say
	Orientation int     // 1 to 8, as TIFF 6.0 has it: 1 is upright
	BadRows     int     // rows that were damaged and concealed

	// One of these is set. Page is a page in black and white, with the width and
	// rows that it has in the file and the nearest fax resolution; Picture is any
	// other, as grey.
	Page    *t4.Page
	Picture *image.Gray
}

// Reader reads a file page by page.
type Reader struct {
	file   *file
	limits Limits
	next   int64 // where the next directory is; 0: there is none
	seen   map[int64]bool
	n      int // pages so far
	err    error
}

// NewReader opens a file. It stays in use as long as the Reader.
func NewReader(r io.ReaderAt, limits Limits) (*Reader, error) {
	limits.withDefaults()
	f, at, err := open(r)
	if err != nil {
		return nil, err
	}
	if at == 0 {
		return nil, &FormatError{Why: "has no pages"}
	}
	return &Reader{file: f, limits: limits, next: at, seen: map[int64]bool{}}, nil
}

// Next reads the next page; io.EOF follows the last. Thumbnails and masks are no
// pages. A page that is not whole is an error, after which no other can be read.
func (r *Reader) Next() (*Image, error) {
	if r.err != nil {
		return nil, r.err
	}
	m, err := r.read()
	if err != nil {
		r.err = err
		return nil, err
	}
	return m, nil
}

func (r *Reader) read() (*Image, error) {
	d, err := r.directory()
	if err != nil {
		return nil, err
	}
	h, err := d.head(&r.limits)
	if err != nil {
		return nil, err
	}
	m := &Image{Number: r.n, Orientation: int(h.number(tagOrientation, 1))}
	if m.Orientation < 1 || m.Orientation > 8 {
		m.Orientation = 1
	}
	m.X, m.Y = h.dpi()
	switch {
	case h.fax():
		m.Page, err = h.coded()
	case h.bilevel():
		m.Page, err = h.plain()
	default:
		m.Picture, err = h.picture()
	}
	if err != nil {
		return nil, err
	}
	if m.Page != nil {
		m.BadRows = m.Page.BadRows
	}
	return m, nil
}

// directory reads the directory of the next page.
func (r *Reader) directory() (*ifd, error) {
	for skipped := 0; r.next != 0; skipped++ {
		n := r.n + 1
		if r.seen[r.next] {
			return nil, &FormatError{Page: n, Why: "is damaged: its directory points back to an earlier one"}
		}
		r.seen[r.next] = true
		if n > r.limits.Pages || skipped > r.limits.Pages {
			return nil, &LimitError{What: fmt.Sprintf("has more than %d pages", r.limits.Pages)}
		}
		d, next, err := r.file.directory(r.next, n)
		if err != nil {
			return nil, err
		}
		r.next = next
		if kind := d.number(tagNewSubfileType, 0); kind&(reducedImage|maskImage) == 0 {
			r.n = n
			return d, nil
		}
	}
	if r.n == 0 {
		return nil, &FormatError{Why: "has no pages"}
	}
	return nil, io.EOF
}

// Decode reads all pages of a file, which must be black and white. Each has the
// width and rows that it has in the file, coded as MMR. A page whose data ends
// before its last row is an error; damaged rows within it are concealed and counted
// (Page.BadRows).
func Decode(r io.ReaderAt, limits Limits) ([]*t4.Page, error) {
	d, err := NewReader(r, limits)
	if err != nil {
		return nil, err
	}
	var pages []*t4.Page
	for {
		m, err := d.Next()
		switch {
		case err == io.EOF:
			return pages, nil
		case err != nil:
			return nil, err
		case m.Page == nil:
			return nil, &UnsupportedError{m.Number, "is grey or coloured"}
		}
		pages = append(pages, m.Page)
	}
}
