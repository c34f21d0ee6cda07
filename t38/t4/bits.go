package t4

import (
	"encoding/binary"
	"math/bits"
)

// BitOrder says which bit of an octet is the first on the line.
type BitOrder uint8

const (
	MSBFirst BitOrder = iota // TIFF FillOrder 1, and everywhere in this house
	LSBFirst                 // TIFF FillOrder 2
)

// reverse turns around the bits of each octet of b.
func reverse(b []byte) {
	for len(b) >= 8 {
		v := binary.BigEndian.Uint64(b)
		binary.LittleEndian.PutUint64(b, bits.Reverse64(v))
		b = b[8:]
	}
	for i := range b {
		b[i] = bits.Reverse8(b[i])
	}
}

// padding is how many zero octets stand behind the coded data that a Decoder
// reads, so that it can look ahead a word without asking for the end. Zeros are
// no code word, so no row is decoded out of them.
const padding = 32

// window gives the 57 bits or more that begin at bit pos of buf, left aligned.
func window(buf []byte, pos int) uint64 {
	return binary.BigEndian.Uint64(buf[pos>>3:]) << (pos & 7)
}

// nextOne gives the position of the first one bit from pos on, or end when
// there is none before end.
func nextOne(buf []byte, pos, end int) int {
	for pos < end {
		if w := window(buf, pos); w != 0 {
			return min(pos+bits.LeadingZeros64(w), end)
		}
		pos += 64 - pos&7
	}
	return end
}

// lastOne gives the position of the last one bit of b, or -1.
func lastOne(b []byte) int {
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != 0 {
			return i*8 + 7 - bits.TrailingZeros8(b[i])
		}
	}
	return -1
}

// bitWriter appends code words to buf, the first bit in the most significant
// bit of an octet.
type bitWriter struct {
	buf []byte
	acc uint64 // its low n bits are not in buf yet
	n   uint   // below 32
}

// put appends the low width bits of code; width is at most 32, and the other
// bits of code are zero.
func (w *bitWriter) put(code uint64, width uint) {
	w.acc = w.acc<<width | code
	w.n += width
	if w.n >= 32 {
		w.n -= 32
		w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(w.acc>>w.n))
	}
}

// zeros appends n zero bits.
func (w *bitWriter) zeros(n int) {
	for ; n > 32; n -= 32 {
		w.put(0, 32)
	}
	if n > 0 {
		w.put(0, uint(n))
	}
}

// bits is how many bits were put.
func (w *bitWriter) bits() int { return len(w.buf)*8 + int(w.n) }

// align fills up the last octet with zeros.
func (w *bitWriter) align() { w.zeros(-w.bits() & 7) }

// flush moves every bit into buf; the last octet is filled up with zeros.
func (w *bitWriter) flush() {
	for w.align(); w.n > 0; w.n -= 8 {
		w.buf = append(w.buf, byte(w.acc>>(w.n-8)))
	}
}

// copyBits appends the bits of src from bit from up to bit to.
func (w *bitWriter) copyBits(src []byte, from, to int) {
	for ; from < to && from&7 != 0; from++ {
		w.put(uint64(src[from>>3]>>(7-from&7)&1), 1)
	}
	for ; to-from >= 32; from += 32 {
		w.put(uint64(binary.BigEndian.Uint32(src[from>>3:])), 32)
	}
	for ; to-from >= 8; from += 8 {
		w.put(uint64(src[from>>3]), 8)
	}
	if n := uint(to - from); n > 0 {
		w.put(uint64(src[from>>3]>>(8-n)), n)
	}
}
