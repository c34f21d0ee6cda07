package tiff

import (
	"io"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// reading is how the data of a page that is coded as fax is read.
type reading struct {
	order t4.BitOrder
	mr    bool
}

// coded decodes a page that is coded as fax. When its rows are bad as the tags say
// that they are coded, other readings are tried, since FillOrder and T4Options are
// wrong in many a file; one without any bad row is right.
func (h *head) coded() (*t4.Page, error) {
	s, err := h.segments()
	if err != nil {
		return nil, err
	}
	data := make([][]byte, len(s.offsets))
	for i := range data {
		if data[i], err = h.data(s, i); err != nil {
			return nil, err
		}
	}
	said := reading{h.order, h.options&t4TwoDimensional != 0}
	p, err := h.decode(s, data, said)
	if err == nil && p.BadRows == 0 {
		return p, nil
	}
	for _, other := range h.otherReadings(said) {
		if q, err := h.decode(s, data, other); err == nil && q.BadRows == 0 {
			return q, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if p.BadRows*2 > p.Rows {
		return nil, h.wrong("is damaged: %d of its %d rows cannot be read", p.BadRows, p.Rows)
	}
	return p, nil
}

func (h *head) otherReadings(said reading) []reading {
	turned := reading{1 - said.order, said.mr}
	switch {
	case h.clipped:
		return nil // there is a better reason for bad rows
	case h.compression != compressionT4:
		return []reading{turned}
	}
	return []reading{turned, {said.order, !said.mr}, {1 - said.order, !said.mr}}
}

// decode decodes the segments of a page.
func (h *head) decode(s *segments, data [][]byte, how reading) (*t4.Page, error) {
	if s.width > 0 {
		return h.bitmapPage(s, func(i int, c *canvas) error { return h.codedTile(c, data[i], how) })
	}
	r := &rows{head: h, encoder: t4.NewEncoder(t4.MMR, h.width, t4.EncodeOptions{})}
	for i, strip := range data {
		limit := s.rows
		if h.rows > 0 {
			limit = min(s.rows, h.rows-r.n)
		}
		if err := r.strip(strip, how, limit, i == len(data)-1); err != nil {
			return nil, err
		}
	}
	if r.n == 0 {
		return nil, h.cutShort(0)
	}
	x, y := h.dpi()
	p := r.encoder.Page(resolution(x, y, r.n))
	p.BadRows, p.BadRun = h.faxLines(r.bad, r.badRun)
	return p, nil
}

// faxLines gives the bad rows of a page: those that were found, or those that the
// file says were replaced when it was received (RFC 3949; RFC 2306).
func (h *head) faxLines(bad, run int) (int, int) {
	if said := h.number(tagBadFaxLines, 0); bad == 0 && said > 0 && said <= int64(h.rows) {
		return int(said), int(min(h.number(tagConsecutiveBadFaxLines, 0), said))
	}
	return bad, run
}

// decodeOptions gives the decoder's options for rows of a width.
func (h *head) decodeOptions(how reading, width, rows int) t4.DecodeOptions {
	o := t4.DecodeOptions{Width: width, Rows: rows, BitOrder: how.order}
	switch {
	case h.compression == compressionT6:
		o.Coding = t4.MMR
	case h.compression == compressionRLE:
		o.NoEOL, o.AlignRows = true, true
	case how.mr:
		o.Coding = t4.MR
	}
	return o
}

// rows makes a page of the rows of its strips.
type rows struct {
	*head
	encoder     *t4.Encoder
	n           int // rows so far
	bad, badRun int
	run         int // bad rows at the end of what was decoded so far
	inverted    t4.Row
}

// strip decodes a strip of so many rows; 0: all that it has.
func (r *rows) strip(data []byte, how reading, limit int, last bool) error {
	d := t4.NewDecoder(data, r.decodeOptions(how, r.width, limit))
	for limit == 0 || d.Rows() < limit {
		row, err := d.Next()
		if err == io.EOF {
			// RTC or EOFB ends a page that its tags make longer.
			if limit == 0 || last && d.Complete() && r.n > 0 {
				return nil
			}
			return r.cutShort(r.n)
		}
		if err != nil {
			return r.wrong("is damaged at row %d: %v", r.n+1, err)
		}
		switch d.Bad() {
		case t4.CutOff:
			return r.cutShort(r.n)
		case t4.Uncompressed:
			if r.options&uncompressedMode != 0 { // else it is damage that looks like it
				return r.unsupported("has rows in uncompressed mode")
			}
		}
		if err := r.row(row, d.Bad() != t4.Good); err != nil {
			return err
		}
	}
	switch {
	case r.clipped && d.Bad() != t4.Good:
		return r.cutShort(r.n - 1)
	case r.compression == compressionT6 && d.BadRows() > 0:
		return r.wrong("is damaged: nothing after its first %d rows can be read", r.n-d.BadRows())
	}
	return nil
}

func (r *rows) row(row t4.Row, bad bool) error {
	if r.n == r.limits.Rows {
		return r.tooMuch("has more than %d rows", r.limits.Rows)
	}
	r.n++
	if bad {
		r.bad++
		r.run++
		r.badRun = max(r.badRun, r.run)
	} else {
		r.run = 0
	}
	if r.photometric == blackIsZero {
		row = r.invert(row)
	}
	if err := r.encoder.WriteRow(row); err != nil {
		return r.wrong("is damaged at row %d: %v", r.n, err)
	}
	return nil
}

// invert changes black and white.
func (r *rows) invert(row t4.Row) t4.Row {
	if len(row) > 0 && row[0] == 0 {
		return row[1:]
	}
	r.inverted = append(append(r.inverted[:0], 0), row...)
	return r.inverted
}
