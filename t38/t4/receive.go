package t4

import (
	"errors"
	"fmt"
	"io"
)

// ReceiveOptions says what to make of a received page.
type ReceiveOptions struct {
	To      Coding  // how the Page is coded
	K       int     // as in EncodeOptions
	Conceal Conceal // Stop ends the page at its first bad row

	MaxRows   int // limit of rows; 0: 1<<16
	MaxOctets int // limit of octets of received data; 0: 64 MiB
}

// Receiver makes a clean Page of what comes over a line: with fill or not, cut
// off or not, damaged or not. Octets are written to it as they come, so that
// the page is done a moment after the last.
type Receiver struct {
	o    ReceiveOptions
	res  Resolution
	d    *Decoder
	e    *Encoder
	size int
	idle int // zero octets at the end of what was written
	due  int // octets to come before the rows are looked at again
	err  error
}

// NewReceiver makes a Receiver of a page that the DCS says to be coded, wide and
// resolved so.
func NewReceiver(coding Coding, width int, res Resolution, o ReceiveOptions) *Receiver {
	if o.MaxRows <= 0 {
		o.MaxRows = 1 << 16
	}
	if o.MaxOctets <= 0 {
		o.MaxOctets = 64 << 20
	}
	d := newDecoder(DecodeOptions{Coding: coding, Width: width, Conceal: o.Conceal, AwaitFirst: true})
	return &Receiver{o: o, res: res, d: d, e: NewEncoder(o.To, width, EncodeOptions{K: kFor(o.K, res)})}
}

// Receive makes a Page of data that is all there; see Receiver.
func Receive(data []byte, coding Coding, width int, res Resolution, o ReceiveOptions) (*Page, error) {
	r := NewReceiver(coding, width, res, o)
	// An error is kept, and Finish says it.
	_, _ = r.Write(data)
	return r.Finish()
}

// Write takes octets of the page in transmission order. After the end of the
// page they are ignored. Beyond a limit the error is ErrTooLong.
func (r *Receiver) Write(data []byte) (int, error) {
	if r.err == nil && r.size+len(data) > r.o.MaxOctets {
		r.err = ErrTooLong
	}
	if r.err != nil {
		if r.err == io.EOF {
			return len(data), nil
		}
		return 0, r.err
	}
	r.size += len(data)
	r.d.feed(data)
	// No row ends in fill. It may be long, and is not to be looked through again
	// each time that a few octets of it come.
	before := r.idle
	if r.idle += len(data); lastOne(data) >= 0 {
		r.idle = 0
	}
	if before > padding && r.idle > 0 {
		return len(data), nil
	}
	if r.due -= len(data); r.due > 0 {
		return len(data), nil
	}
	r.rows()
	if r.err != nil && r.err != io.EOF {
		return 0, r.err
	}
	// Each look begins where the row did. What has no EOL for a megabyte is not to
	// be looked through again for each packet of it.
	r.due = (r.d.end - r.d.pos) / 8 / 8
	return len(data), nil
}

// Lost says that octets are missing between what was written and what will be.
func (r *Receiver) Lost() {
	if r.err == nil {
		r.d.hole()
	}
}

// rows takes every row that is complete.
func (r *Receiver) rows() {
	for r.err == nil {
		row, err := r.d.Next()
		switch {
		case err == errMore:
			return
		case err != nil:
			r.err = err
		case r.e.rows >= r.o.MaxRows:
			r.err = ErrTooLong
		default:
			r.err = r.e.WriteRow(row)
		}
	}
}

// Finish ends the page and gives it, with the count of its bad rows; damage is
// no error. It may have no rows. It is nil when the width or a coding is
// impossible. With an error there may be a page of the rows before it:
// ErrTooLong, or ErrUncompressed where all after it is lost (MMR).
func (r *Receiver) Finish() (*Page, error) {
	if r.e.err != nil && !r.e.finished {
		return nil, r.e.err
	}
	r.d.more = false
	r.rows()
	p := r.e.Page(r.res)
	p.BadRows, p.BadRun = r.d.BadRows(), r.d.BadRun()
	var bad *RowError
	switch {
	case r.err == io.EOF:
		if r.d.o.Coding == MMR && r.d.Bad() == Uncompressed {
			return p, fmt.Errorf("%w (row %d)", ErrUncompressed, r.d.Rows()-1)
		}
		return p, nil
	case errors.As(r.err, &bad):
		if bad.Reason == Uncompressed && r.d.o.Coding == MMR {
			return p, bad
		}
		return p, nil
	case p.Rows == 0:
		return nil, r.err
	}
	return p, r.err
}

// Complete says that the page ended as it must: with RTC or EOFB.
func (r *Receiver) Complete() bool { return r.d.Complete() }

// Rows is how many rows are decoded so far, and how many of these were bad.
func (r *Receiver) Rows() (rows, bad int) { return r.d.Rows(), r.d.BadRows() }
