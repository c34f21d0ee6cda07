package t4

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// FromBitmap codes a page from pels: the first of a row is the most significant
// bit of its first octet, 1 is black, and rows begin stride octets apart. Pels
// that bits lacks are white. A width that is not between 1 and MaxWidth gives a
// page without rows.
func FromBitmap(bits []byte, width, stride, rows int, coding Coding, res Resolution) *Page {
	e := lentEncoder(coding, width, EncodeOptions{K: res.K()})
	defer e.giveBack()
	for range rows {
		row := bits[:min(max(stride, 0), len(bits))]
		bits = bits[len(row):]
		if e.WriteBits(row) != nil {
			break
		}
	}
	return e.Page(res)
}

// Bitmap decodes the page to pels, in the form that FromBitmap takes, with rows
// of whole octets: stride is (Width+7)/8. It is an error if Data is not clean.
func (p *Page) Bitmap() (bits []byte, stride int, err error) {
	stride = (p.Width + 7) / 8
	if p.Width > 0 && p.Width <= MaxWidth && p.Rows > 0 && p.Rows <= len(p.Data)*8 {
		bits = make([]byte, 0, stride*p.Rows)
	}
	d, n := p.lentDecoder(), 0
	defer d.giveBack()
	for row, err := range d.All() {
		if err != nil {
			return nil, 0, err
		}
		at := len(bits)
		if at+stride <= cap(bits) {
			bits = bits[:at+stride]
		} else {
			bits = append(bits, make([]byte, stride)...)
		}
		row.paint(bits[at:], p.Width)
		n++
	}
	if n != p.Rows {
		return nil, 0, fmt.Errorf("t4: the page should have %d rows, its data has %d", p.Rows, n)
	}
	return bits, stride, nil
}

// Fill writes the pels of a row of width pels to dst, (width+7)/8 octets: the
// first pel is the most significant bit of the first octet, 1 is black. Bits
// beyond the width become 0.
func (r Row) Fill(dst []byte, width int) {
	dst = dst[:(width+7)>>3]
	clear(dst)
	r.paint(dst, width)
}

// paint is Fill where dst is white.
func (r Row) paint(dst []byte, width int) {
	i := 0
	for ; i < len(r)-1; i += 2 {
		from, to := int(r[i]), int(r[i+1])
		first, last := ^uint64(0)>>(from&63), ^uint64(0)>>(to&63)
		at := from >> 6 << 3
		if at != to>>6<<3 || at+8 > len(dst) {
			paintLong(dst, from, to)
			continue
		}
		word := dst[at : at+8 : at+8]
		le := binary.LittleEndian
		le.PutUint64(word, le.Uint64(word)^bits.ReverseBytes64(first^last))
	}
	if i < len(r) {
		paintLong(dst, int(r[i]), width)
	}
}

// paintLong paints a run that does not lie within one word of dst.
func paintLong(dst []byte, from, to int) {
	first, last := byte(0xFF)>>(from&7), ^(byte(0xFF) >> (to & 7))
	from, to = from>>3, to>>3
	if from == to {
		dst[from] |= first & last
		return
	}
	dst[from] |= first
	i := from + 1
	for ; i+8 <= to; i += 8 {
		binary.LittleEndian.PutUint64(dst[i:], ^uint64(0))
	}
	for ; i < to; i++ {
		dst[i] = 0xFF
	}
	if to < len(dst) {
		dst[to] |= last
	}
}

// setBits finds the changing elements of the pels in b. It goes from the last pel
// to the first, and so fills the line from its end: the lowest bit of a word is
// the one that is taken off quickly.
func (l *line) setBits(b []byte, width int) {
	whole := min(len(b), width>>3) &^ 7
	e := len(l.buf) - sentinels
	first := e
	for x := (width - 1) &^ 63; x >= whole<<3; x -= 64 {
		w := lastPels(b, x, width)
		if x > 0 && x>>3 <= len(b) {
			w ^= w>>1 | uint64(b[x>>3-1])<<63
		} else {
			w ^= w >> 1
		}
		if left := width - x; left < 64 {
			w &^= ^uint64(0) >> left // the white that was put behind a black last pel
		}
		for ; w != 0; w &= w - 1 {
			first--
			l.buf[first] = int32(x + 63 - bits.TrailingZeros64(w))
		}
	}
	first = split(l.buf, first, b[:whole])
	l.at = l.buf[first-1:]
	l.at[0] = -1
	l.end(e-first, width)
}

// split finds the changing elements of the pels in b, which are words of 64,
// writes them to at before index first, and gives the index of the first. It
// writes four at a time without asking whether there are so many: what is too
// much is written over.
func split(at []int32, first int, b []byte) int {
	le := binary.LittleEndian
	end := len(b) // of what is not white
	for end >= 32 {
		four := b[end-32 : end]
		if le.Uint64(four)|le.Uint64(four[8:])|le.Uint64(four[16:])|le.Uint64(four[24:]) != 0 {
			break
		}
		end -= 32
	}
	if 0 < end && end < len(b) && b[end-1]&1 != 0 {
		end += 8 // where white begins
	}
	start := 0
	for start <= end-8 && le.Uint64(b[start:start+8]) == 0 {
		start += 8
	}
	b = b[start:end]
	before := uint64(0)
	if len(b) >= 8 {
		before = binary.BigEndian.Uint64(b[len(b)-8:])
	}
	x := int32(end<<3 - 1)
	for i := len(b) - 8; i >= 0; i -= 8 {
		w := before
		before = 0
		if i >= 8 {
			before = binary.BigEndian.Uint64(b[i-8 : i])
		}
		if change := w ^ (w>>1 | before<<63); change != 0 {
			last := first
			first -= bits.OnesCount64(change)
			for {
				four := at[last-4 : last]
				const top = 1 << 63 // says that there is a bit; it comes last
				four[3] = x - int32(bits.TrailingZeros64(change|top))
				change &= change - 1
				four[2] = x - int32(bits.TrailingZeros64(change|top))
				change &= change - 1
				four[1] = x - int32(bits.TrailingZeros64(change|top))
				change &= change - 1
				four[0] = x - int32(bits.TrailingZeros64(change|top))
				if last -= 4; last <= first {
					break
				}
				change &= change - 1
			}
		}
		x -= 64
	}
	return first
}

// lastPels gives the 64 pels from x on, white beyond the width and the end of b.
func lastPels(b []byte, x, width int) (w uint64) {
	for i := x >> 3; i < min(x>>3+8, len(b)); i++ {
		w |= uint64(b[i]) << (56 - 8*(i-x>>3))
	}
	if left := width - x; left < 64 {
		w &^= ^uint64(0) >> left
	}
	return w
}
