package t4

import (
	"errors"
	"io"
	"iter"
)

// Conceal says what takes the place of a bad row.
type Conceal uint8

const (
	CopyGood Conceal = iota // the last good row again; a white one at the top of the page
	White                   // a white row
	Stop                    // nothing: decoding ends with a *RowError
)

// DecodeOptions says how rows are coded. Fill, byte-aligned EOLs, and EOLs that
// are there or not need no option: the Decoder sees them.
type DecodeOptions struct {
	Coding Coding
	Width  int // pels in a row, 1 to MaxWidth
	Rows   int // the decoder ends after so many rows; 0: where the data ends

	BitOrder   BitOrder
	NoEOL      bool // MH: there are no EOLs; zeros are never taken for fill (TIFF Compression 2)
	AlignRows  bool // each row begins at an octet (TIFF Compression 2, PDF EncodedByteAlign)
	Conceal    Conceal
	AwaitFirst bool // MH and MR: rows begin with the first EOL; what comes before is noise
}

// Decoder decodes a page row by row. It allocates nothing per row.
type Decoder struct {
	o     DecodeOptions
	width int
	err   error // what every further Next returns

	buf  []byte // the data, and padding
	end  int    // bits of data in buf
	more bool   // data may still be added

	// pos is where decoding has come to, in bits; far is how far ahead any
	// decision about the current row looked.
	pos, far int
	oneD     bool // the tag bit after the last EOL says one-dimensional (T.4 4.2.2)
	hasEOL   bool // an EOL was seen: rows without are damaged
	resumed  bool // pos is behind an EOL that came damaged
	lost     bool // a bad row, and nothing that tells where the next begins
	noRef    bool // the last row was bad: two-dimensional rows have no reference
	filled   int  // how long rows with fill are, from behind one EOL to behind the next

	cur, ref, spare *line // ref is the last good row
	trial           []byte

	start   int   // where the last row began, or the EOL before it
	row     int   // where its codes began
	holes   []int // behind pos, in bits: before these data is lost
	rows    int
	why     Reason
	bad     int
	run     int
	longest int
	done    bool
}

// NewDecoder makes a Decoder of the page in data, which it copies. What is wrong
// with the options is said by Next.
func NewDecoder(data []byte, o DecodeOptions) *Decoder {
	d := newDecoder(o)
	d.buf = make([]byte, 0, len(data)+padding)
	d.feed(data)
	d.more = false
	return d
}

// newDecoder makes a Decoder that data is fed to.
func newDecoder(o DecodeOptions) *Decoder {
	d := &Decoder{o: o, width: o.Width, oneD: true, more: true, buf: make([]byte, padding)}
	switch {
	case o.Width < 1 || o.Width > MaxWidth:
		d.err = ErrWidth
	case o.Coding > MMR:
		d.err = errors.New("t4: no such coding: " + o.Coding.String())
	default:
		d.cur, d.ref, d.spare = newLine(o.Width), newLine(o.Width), newLine(o.Width)
	}
	return d
}

// feed adds data to what is decoded. Octets of rows that are done may go.
func (d *Decoder) feed(data []byte) {
	size := d.end >> 3
	if gone := d.pos >> 3; gone >= 1<<14 {
		size = copy(d.buf, d.buf[gone:size])
		d.pos -= gone << 3
		d.start -= gone << 3
		for i := range d.holes {
			d.holes[i] -= gone << 3
		}
	}
	d.buf = append(d.buf[:size], data...)
	if d.o.BitOrder == LSBFirst {
		reverse(d.buf[size:])
	}
	d.end = len(d.buf) << 3
	d.buf = append(d.buf, make([]byte, padding)...)
}

// errMore is the error of Next when the row needs data that is still to come.
var errMore = errors.New("t4: more data is needed")

// Next decodes a row. The Row is good until the next call. At RTC or EOFB, after
// the last of DecodeOptions.Rows, and where the data ends the error is io.EOF. A
// bad row comes concealed and without error, unless the policy is Stop: then the
// error is a *RowError, for good; Bad tells the two apart.
func (d *Decoder) Next() (Row, error) {
	if d.err != nil {
		return nil, d.err
	}
	if d.o.Rows > 0 && d.rows >= d.o.Rows {
		d.err = io.EOF
		return nil, d.err
	}
	d.far = d.pos
	end, why, late := d.tryStep()
	if late {
		return nil, errMore
	}
	if end {
		d.err = io.EOF
		return nil, d.err
	}
	if d.holed() && why == Good {
		why = Hole
	}
	return d.account(why)
}

// maxHoles are remembered; with more of them in a row nothing is left of it.
const maxHoles = 256

// hole notes that data is lost between what was fed and what will be.
func (d *Decoder) hole() {
	if n := len(d.holes); n < maxHoles && (n == 0 || d.holes[n-1] != d.end) {
		d.holes = append(d.holes, d.end)
	}
}

// holed tells whether there is a hole within the codes of the last row, and
// forgets those up to its end. A row from whose middle some codes are lost, or
// the end with the beginning of another, may still have the right width.
func (d *Decoder) holed() (yes bool) {
	n := 0
	for ; n < len(d.holes) && d.holes[n] <= d.pos; n++ {
		yes = yes || d.holes[n] > d.row && d.holes[n] < d.pos
	}
	d.holes = d.holes[n:]
	return yes
}

// tryStep is step, but undone when it looked beyond data that is still growing.
func (d *Decoder) tryStep() (end bool, why Reason, late bool) {
	if !d.more {
		end, why = d.step()
		return end, why, false
	}
	before := *d
	if end, why = d.step(); d.far+64 > d.end {
		*d = before
		return false, Good, true
	}
	return end, why, false
}

// account counts the row that step decoded and gives it, or what stands in for
// it.
func (d *Decoder) account(why Reason) (Row, error) {
	d.why = why
	d.rows++
	if why == Good {
		d.cur, d.ref = d.ref, d.cur
		d.run = 0
		d.noRef = false
		return d.ref.row(), nil
	}
	d.bad++
	d.run++
	d.longest = max(d.longest, d.run)
	d.noRef = true
	switch d.o.Conceal {
	case Stop:
		d.err = &RowError{Row: d.rows - 1, Bit: d.start, Reason: why}
		return nil, d.err
	case White:
		return Row{}, nil
	}
	return d.ref.row(), nil
}

// reach notes that a decision looked at the bits before pos.
func (d *Decoder) reach(pos int) { d.far = max(d.far, pos) }

// All ranges over the rows, each good until the next. An error other than the
// end of the page comes last, with a nil Row.
func (d *Decoder) All() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			row, err := d.Next()
			if err == io.EOF || !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// Rows is how many rows Next gave, bad ones included.
func (d *Decoder) Rows() int { return d.rows }

// Bad says what is wrong with the row that Next gave last; Good when nothing is.
func (d *Decoder) Bad() Reason { return d.why }

// BadRows is how many rows so far were bad.
func (d *Decoder) BadRows() int { return d.bad }

// BadRun is the longest run of bad rows so far.
func (d *Decoder) BadRun() int { return d.longest }

// Complete says that the page ended with RTC or EOFB. Without, it ended where
// the data did, or at a row after which nothing can be decoded: in MMR, which
// has no point to take up decoding again, everything after a bad row is lost.
func (d *Decoder) Complete() bool { return d.done }
