package tiff

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Profile is a profile of RFC 3949.
type Profile uint8

const (
	ProfileS Profile = iota // MH: what every reader of Internet fax takes (RFC 3949 3)
	ProfileF                // the coding that the page has (RFC 3949 4)
)

// WriteOptions says how a file is written.
type WriteOptions struct {
	Profile  Profile
	Pages    int       // how many pages there will be, for PageNumber; 0 if not known
	DateTime time.Time // when the fax was received or made; zero: the tag is left out
	Software string    // "pagebridge" if empty
}

// Encode gives a file of the pages, made now.
func Encode(pages []*t4.Page, profile Profile) ([]byte, error) {
	var b bytes.Buffer
	w := NewWriter(&b, WriteOptions{Profile: profile, Pages: len(pages), DateTime: time.Now()})
	for _, p := range pages {
		if err := w.WritePage(p); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Writer writes a file page by page. It holds one page back, since the tags of a
// page say whether another follows.
type Writer struct {
	w    io.Writer
	o    WriteOptions
	at   uint32 // where in the file the held page begins
	n    int    // pages taken
	held *pageImage
	err  error
}

// NewWriter makes a Writer of a file that begins where w stands.
func NewWriter(w io.Writer, o WriteOptions) *Writer {
	if o.Software == "" {
		o.Software = "pagebridge"
	}
	return &Writer{w: w, o: o}
}

var errTooLarge = errors.New("tiff: the file would be larger than 4 GiB")

// WritePage adds a page, which must be clean. After an error the file is lost.
func (w *Writer) WritePage(p *t4.Page) error {
	if w.err != nil {
		return w.err
	}
	image, err := newPageImage(p, w.o.Profile)
	if err != nil {
		w.err = fmt.Errorf("tiff: coding page %d: %w", w.n+1, err)
		return w.err
	}
	if w.err = w.flush(true); w.err != nil {
		return w.err
	}
	w.n++
	w.held = image
	return nil
}

// Close writes the last page. A file without pages is an error.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if w.held == nil {
		w.err = errors.New("tiff: a file needs at least one page")
		return w.err
	}
	if err := w.flush(false); err != nil {
		w.err = err
		return err
	}
	w.err = errors.New("tiff: the writer is closed")
	return nil
}

// flush writes the held page, if there is one; more says that another follows.
func (w *Writer) flush(more bool) error {
	if w.held == nil {
		return nil
	}
	var out []byte
	if w.at == 0 {
		// RFC 3949 3.5: little endian, the first directory right behind the header.
		out = append(out, "II*\x00\x08\x00\x00\x00"...)
		w.at = 8
	}
	out, next, err := w.held.append(out, w.at, w.n, w.o, more)
	if err != nil {
		return err
	}
	w.held = nil
	w.at = next
	_, err = w.w.Write(out)
	return err
}

// pageImage is a page as its strip holds it.
type pageImage struct {
	page      *t4.Page
	coding    t4.Coding
	fillOrder uint32
	strip     []byte
}

// newPageImage codes the one strip of a page: with EOLs in MH and MR, but no RTC
// (TIFF 6.0 section 11; RFC 3949 3.4).
func newPageImage(p *t4.Page, profile Profile) (*pageImage, error) {
	image := &pageImage{page: p, coding: p.Coding, fillOrder: 1}
	o := t4.EncodeOptions{K: p.Resolution.K(), NoEnd: true}
	if profile == ProfileS {
		// The minimal profile knows MH in fill order 2 alone.
		image.coding, image.fillOrder, o.BitOrder = t4.MH, 2, t4.LSBFirst
	}
	if image.coding == t4.MMR {
		o.NoEnd = false // T.6 blocks end with EOFB in TIFF too
	}
	e := t4.NewEncoder(image.coding, p.Width, o)
	rows := 0
	for row, err := range p.Decode().All() {
		if err != nil {
			return nil, err
		}
		if err := e.WriteRow(row); err != nil {
			return nil, err
		}
		rows++
	}
	if rows != p.Rows {
		return nil, fmt.Errorf("it has %d rows, not the %d that it says", rows, p.Rows)
	}
	if rows == 0 {
		return nil, errors.New("it has no rows")
	}
	image.strip = e.Finish()
	return image, nil
}

// append appends the directory, its long values and the strip to out, which is to
// stand at at in the file.
func (p *pageImage) append(out []byte, at uint32, number int, o WriteOptions, more bool) ([]byte, uint32, error) {
	start := len(out)
	tags := p.tags(number, o)
	valuesAt := at + uint32(2+12*len(tags)+4)
	stripAt := valuesAt
	for _, t := range tags {
		stripAt += t.outside()
	}
	end := uint64(stripAt) + uint64(len(p.strip)) + uint64(len(p.strip)%2)
	if end > math.MaxUint32 {
		return nil, 0, errTooLarge
	}
	le := binary.LittleEndian
	out = le.AppendUint16(out, uint16(len(tags)))
	var values []byte
	for _, t := range tags {
		out = le.AppendUint16(out, t.tag)
		out = le.AppendUint16(out, t.typ)
		out = le.AppendUint32(out, t.count)
		switch {
		case t.tag == tagStripOffsets:
			out = le.AppendUint32(out, stripAt)
		case t.outside() > 0:
			out = le.AppendUint32(out, valuesAt+uint32(len(values)))
			values = append(values, t.value...)
			values = append(values, make([]byte, len(values)%2)...)
		default:
			out = append(out, t.value...)
			out = append(out, make([]byte, 4-len(t.value))...)
		}
	}
	next := uint32(0)
	if more {
		next = uint32(end)
	}
	out = le.AppendUint32(out, next)
	out = append(out, values...)
	out = append(out, p.strip...)
	out = append(out, make([]byte, len(p.strip)%2)...)
	if got := uint32(len(out) - start); got != uint32(end)-at {
		return nil, 0, fmt.Errorf("tiff: %d octets written for %d", got, uint32(end)-at)
	}
	return out, uint32(end), nil
}
