package t4

import "encoding/binary"

// The encoders of this file and of encode2d.go are kernels: they keep the bits
// that are not written yet in acc, n of them, right aligned, and write to out,
// which has the room. After each code, or two, eight octets are written whether
// so many are full or not, and p moves on by those that are: that spares a branch
// that nothing could foretell.

// encode1D codes cur one-dimensionally (T.4 4.1).
func (e *Encoder) encode1D(cur *line) {
	at := cur.at[:cur.n+1+sentinels]
	out, p := e.w.buf[:cap(e.w.buf)], len(e.w.buf)
	acc, n := e.w.acc, e.w.n
	binary.BigEndian.PutUint64(out[p:], acc<<((64-n)&63))
	p += int(n >> 3)
	n &= 7
	a0 := int32(0)
	// Two runs at a time; the last change that counts is the first sentinel.
	for i := 1; i <= cur.n+1; i += 2 {
		white, black := uint32(at[i]-a0), uint32(at[i+1]-at[i])
		a0 = at[i+1]
		if white >= uint32(len(whiteCode)) || black >= uint32(len(blackCode)) {
			out, p, acc, n = e.longRuns(bitWriter{out[:p], acc, n}, &whiteCode, &blackCode, white, black, i <= cur.n)
			continue
		}
		c := whiteCode[white]
		acc, n = acc<<(c&31)|uint64(c>>5), n+uint(c&31)
		if i <= cur.n { // else the white run was the last
			c = blackCode[black]
			acc, n = acc<<(c&31)|uint64(c>>5), n+uint(c&31)
		}
		binary.BigEndian.PutUint64(out[p:], acc<<((64-n)&63))
		p += int(n >> 3)
		n &= 7
	}
	e.w.buf, e.w.acc, e.w.n = out[:p], acc, n
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
	w.put(uint64(codes[run]>>5), uint(codes[run]&31))
}
