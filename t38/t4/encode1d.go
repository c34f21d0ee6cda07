package t4

import "encoding/binary"

// The encoders of this file and of encode2d.go are kernels: they keep the bits
// that are not written yet in acc, n of them, right aligned, and write to out,
// which has the room. After each code, or two, eight octets are written whether
// so many are full or not, and p moves on by those that are: that spares a branch
// that nothing could foretell.

// encode1D codes cur one-dimensionally (T.4 4.1).
func (e *Encoder) encode1D(cur *line) {
	out, p := e.w.buf[:cap(e.w.buf)], len(e.w.buf)
	p, n := flush(out, p, e.w.acc, e.w.n)
	acc := e.w.acc
	// Pairs of a white and a black run; the last change may be the first sentinel.
	at := cur.at[1 : 1+(cur.n+1)&^1]
	a0 := int32(0)
	for i := 0; i < len(at)-1; i += 2 {
		white, black := uint32(at[i]-a0), uint32(at[i+1]-at[i])
		a0 = at[i+1]
		if white|black < 64 {
			c := pairCode[(black<<6|white)&4095]
			acc = acc<<(c&63) | uint64(c>>6)
			p, n = flush(out, p, acc, n+uint(c&63))
			continue
		}
		if white >= uint32(len(whiteCode)) || black >= uint32(len(blackCode)) {
			out, p, acc, n = e.longRuns(bitWriter{out[:p], acc, n}, &whiteCode, &blackCode, white, black, true)
			continue
		}
		c, c2 := whiteCode[white], blackCode[black]
		acc = acc<<(c&63) | uint64(c>>6)
		acc = acc<<(c2&63) | uint64(c2>>6)
		p, n = flush(out, p, acc, n+uint(c&63)+uint(c2&63))
	}
	e.w.buf, e.w.acc, e.w.n = out[:p], acc, n
	if cur.n&1 == 0 { // the last run is white
		e.w.run(&whiteCode, uint32(e.width)-uint32(a0))
	}
}

// flush writes the n bits of acc to out, of which it moves p on by the full
// octets; what is left in acc are n&7.
func flush(out []byte, p int, acc uint64, n uint) (int, uint) {
	binary.BigEndian.PutUint64(out[p:p+8:p+8], acc<<(-n&63))
	return p + int(n>>3), n & 7
}

// longRuns writes two runs of which one needs more than one make-up code, or only
// the first where both is false.
func (e *Encoder) longRuns(w bitWriter, first, second *runCodes, run1, run2 uint32, both bool) (out []byte, p int, acc uint64, n uint) {
	w.run(first, run1)
	if both {
		w.run(second, run2)
	}
	for ; w.n >= 8; w.n -= 8 {
		w.buf = append(w.buf, byte(w.acc>>(w.n-8)))
	}
	return w.buf[:cap(w.buf)], len(w.buf), w.acc, w.n
}

// runCodes is a table such as whiteCode.
type runCodes [longestRun + 64]uint32

// run appends the codes of a run of any length.
func (w *bitWriter) run(codes *runCodes, run uint32) {
	for ; run >= uint32(len(codes)); run -= longestRun {
		w.put(longest, 12)
	}
	w.put(uint64(codes[run]>>6), uint(codes[run]&63))
}
