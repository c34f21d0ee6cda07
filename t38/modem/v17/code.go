package v17

import "github.com/pagebridge/pagebridge/t38/modem/internal/dsp"

// The differential coding of V.17 Table 1: each of the pairs Y1 Y2 is a quarter
// of a turn from the next, and Q1 Q2 tells by how many quarters Y1 Y2 go on.
var (
	quarters = [4]uint8{0b00: 0, 0b11: 1, 0b01: 2, 0b10: 3} // of first bit, second bit
	pairs    = [4]uint8{0b00, 0b11, 0b01, 0b10}
)

// trellis is the state of the convolutional encoder: the three delays of V.17
// Figure 1. The last of them is the next Y0.
type trellis uint8

// next is the state after Y1 and Y2.
func (s trellis) next(y1, y2 uint8) trellis {
	a, b, y0 := uint8(s>>2), uint8(s>>1&1), uint8(s&1)
	return trellis(y0<<2 | (a^y1^y2^y0&(b^y2))<<1 | b ^ y2 ^ y0&y1)
}

// encoder makes symbols of scrambled bits.
type encoder struct {
	mode    *mode
	quarter uint8
	state   trellis
}

// Encode implements qam.Encoder.
func (e *encoder) Encode(bits uint32) dsp.Point {
	n := e.mode.bits
	q12 := bits >> (n - 2) & 3
	e.quarter = (e.quarter + quarters[q12]) & 3
	pair := pairs[e.quarter]
	y1, y2 := pair>>1, pair&1
	index := uint32(e.state&1) | uint32(y1)<<1 | uint32(y2)<<2
	for i := range n - 2 { // Q3 is the first in time
		index |= bits >> (n - 3 - i) & 1 << (3 + i)
	}
	e.state = e.state.next(y1, y2)
	return e.mode.points[index]
}
