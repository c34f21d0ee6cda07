package t4

import (
	"bytes"
	"errors"
	"slices"
)

// EncodeOptions says how rows are coded. The zero value gives what Page.Data
// holds: MH and MR with EOLs and RTC, MMR with EOFB, no fill.
type EncodeOptions struct {
	// K is how many rows, from one that is one-dimensional to the next, MR has
	// (T.4 4.2.1). 0 means what T.4 asks for at the resolution of the page, or 2
	// where that is not known; below 0 only the first row is one-dimensional,
	// which only an error-free line allows.
	K int

	// MinRowBits is the minimum of bits from one EOL to the next: shorter rows
	// get fill (T.4 4.1.3). 0: no fill. MMR has none.
	MinRowBits int

	BitOrder  BitOrder
	NoEOL     bool // MH: no EOLs and no RTC (TIFF Compression 2)
	NoEnd     bool // no RTC, no EOFB
	AlignEOL  bool // MH and MR: fill before each EOL, so that it ends an octet
	AlignRows bool // each row begins at an octet; with NoEOL or MMR
}

// Encoder codes a page row by row. It allocates nothing per row but room for
// what it writes.
type Encoder struct {
	o      EncodeOptions
	coding Coding
	width  int
	err    error

	w        bitWriter
	cur, ref *line
	rows     int
	k        int // two-dimensional rows still to come before the next one-dimensional
	finished bool
	lent     bool // w.buf serves again
}

// NewEncoder makes an Encoder of rows of width pels. What is wrong with the
// arguments is said by WriteRow.
func NewEncoder(coding Coding, width int, o EncodeOptions) *Encoder {
	e := &Encoder{coding: coding, width: width}
	e.setOptions(o)
	switch {
	case width < 1 || width > MaxWidth:
		e.err = ErrWidth
	case coding > MMR:
		e.err = errors.New("t4: no such coding: " + coding.String())
	default:
		e.cur, e.ref = newLine(width), newLine(width)
	}
	return e
}

func (e *Encoder) setOptions(o EncodeOptions) {
	if o.K == 0 {
		o.K = 2
	}
	e.o = o
}

// WriteRow codes a row. It is an error if r is not a row of the width of the
// page; then nothing is written.
func (e *Encoder) WriteRow(r Row) error {
	if e.err != nil {
		return e.err
	}
	if err := r.check(e.width); err != nil {
		return err
	}
	e.cur.set(r, e.width)
	e.write(e.cur, e.ref)
	e.cur, e.ref = e.ref, e.cur
	return nil
}

// WriteBits codes a row from pels: the first is the most significant bit of the
// first octet, 1 is black. Pels that bits lacks are white.
func (e *Encoder) WriteBits(bits []byte) error {
	if e.err != nil {
		return e.err
	}
	e.cur.setBits(bits, e.width)
	e.write(e.cur, e.ref)
	e.cur, e.ref = e.ref, e.cur
	return nil
}

// write codes the row cur, which follows the row ref.
func (e *Encoder) write(cur, ref *line) {
	// No code takes more than eight bits a pel, but for what stands around a row.
	if cap(e.w.buf)-len(e.w.buf) < e.width+64 {
		e.w.buf = slices.Grow(e.w.buf, e.width+64)
	}
	e.rows++
	start := e.w.bits()
	switch {
	case e.coding == MMR:
		e.encode2D(cur, ref)
	case e.coding == MR && e.k > 0:
		e.k--
		e.eol(0)
		e.encode2D(cur, ref)
	default:
		e.k = e.o.K - 1
		if e.o.K < 0 {
			e.k = int(^uint(0) >> 1)
		}
		e.eol(1)
		e.encode1D(cur)
	}
	if e.o.MinRowBits > 0 && e.coding != MMR {
		e.w.zeros(e.o.MinRowBits - (e.w.bits() - start))
	}
	if e.o.AlignRows {
		e.w.align()
	}
}

// eol writes an EOL, and for MR the tag bit that says what follows (T.4 4.2.2).
func (e *Encoder) eol(tag uint64) {
	if e.o.NoEOL && e.coding == MH {
		return
	}
	if e.o.AlignEOL {
		e.w.zeros(-(e.w.bits() + eolBits) & 7)
	}
	if e.coding == MR {
		e.w.put(1<<1|tag, tagged)
	} else {
		e.w.put(1, eolBits)
	}
}

// Finish ends the page with RTC or EOFB and gives all its octets, the last one
// filled up with zeros. It is nil after an error of NewEncoder.
func (e *Encoder) Finish() []byte {
	if e.err != nil || e.finished {
		return e.w.buf
	}
	e.finished = true
	switch {
	case e.o.NoEnd:
	case e.coding == MMR:
		e.w.put(1, eolBits)
		e.w.put(1, eolBits)
	default:
		for range fullRTC {
			e.eol(1)
		}
	}
	e.w.flush()
	if e.o.BitOrder == LSBFirst {
		reverse(e.w.buf)
	}
	e.err = errors.New("t4: the page is finished")
	return e.w.buf
}

// Page finishes the page and gives it. The options must be such as Page.Data
// asks for: K and nothing else.
func (e *Encoder) Page(res Resolution) *Page {
	data := e.Finish()
	if e.lent || cap(data)-len(data) > len(data)/4 {
		data = bytes.Clone(data) // pages are kept
	}
	return &Page{Coding: e.coding, Width: e.width, Rows: e.rows, Resolution: res, Data: data}
}
