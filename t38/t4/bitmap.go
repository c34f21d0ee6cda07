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
	e := NewEncoder(coding, width, EncodeOptions{K: res.K()})
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
	d, n := p.Decode(), 0
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
		row.Fill(bits[at:], p.Width)
		n++
	}
	if n != p.Rows {
		return nil, 0, fmt.Errorf("t4: the page should have %d rows, its data has %d", p.Rows, n)
	}
	return bits, stride, nil
}

// Fill sets the bits of the black pels of a row of width pels in dst, which must
// have room for them and be zero.
func (r Row) Fill(dst []byte, width int) {
	for i := 0; i < len(r); i += 2 {
		from, to := int(r[i]), width
		if i+1 < len(r) {
			to = int(r[i+1])
		}
		first, last := from>>3, (to-1)>>3
		head, tail := byte(0xFF)>>(from&7), byte(0xFF)<<(7-(to-1)&7)
		if first == last {
			dst[first] |= head & tail
			continue
		}
		dst[first] |= head
		for j := first + 1; j < last; j++ {
			dst[j] = 0xFF
		}
		dst[last] |= tail
	}
}

// setBits finds the changing elements of the pels in b.
func (l *line) setBits(b []byte, width int) {
	n, at := 1, l.at
	last := uint64(0) // the pel before the word, in the top bit
	for x := 0; x < width; x += 64 {
		w := pels(b, x, width)
		change := w ^ (w>>1 | last)
		last = w << 63
		for change != 0 {
			z := bits.LeadingZeros64(change)
			at[n] = int32(x + z)
			n++
			change &^= 1 << 63 >> z
		}
	}
	for n > 1 && int(at[n-1]) >= width {
		n--
	}
	l.end(n-1, width)
}

// pels gives the 64 pels from x on, white beyond the width and the end of b.
func pels(b []byte, x, width int) (w uint64) {
	i := x >> 3
	if i+8 <= len(b) {
		w = binary.BigEndian.Uint64(b[i:])
	} else {
		for j := i; j < len(b); j++ {
			w |= uint64(b[j]) << (56 - 8*(j-i))
		}
	}
	if left := width - x; left < 64 {
		w &^= ^uint64(0) >> left
	}
	return w
}
