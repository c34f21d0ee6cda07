package t4

import "encoding/binary"

// The encoders of this file and encode2d.go are kernels: they keep the bits that
// are not written yet in acc, n of them, fewer than 32 between codes, and write
// 32 at a time to out, which has the room.

// encode1D codes cur one-dimensionally (T.4 4.1).
func (e *Encoder) encode1D(cur *line) {
	at, width := cur.at, int32(e.width)
	out, p := e.w.buf[:cap(e.w.buf)], len(e.w.buf)
	acc, n := e.w.acc, e.w.n
	a0 := int32(0)
	for i := 1; i+1 < len(at); i += 2 {
		run := uint32(at[i] - a0)
		a0 = at[i]
		for run >= uint32(len(whiteCode)) {
			acc, n = acc<<12|longest, n+12
			if n >= 32 {
				n -= 32
				binary.BigEndian.PutUint32(out[p:], uint32(acc>>n))
				p += 4
			}
			run -= longestRun
		}
		c := whiteCode[run]
		acc, n = acc<<(c&31)|uint64(c>>5), n+uint(c&31)
		if n >= 32 {
			n -= 32
			binary.BigEndian.PutUint32(out[p:], uint32(acc>>n))
			p += 4
		}
		if a0 >= width {
			break
		}

		run = uint32(at[i+1] - a0)
		a0 = at[i+1]
		for run >= uint32(len(blackCode)) {
			acc, n = acc<<12|longest, n+12
			if n >= 32 {
				n -= 32
				binary.BigEndian.PutUint32(out[p:], uint32(acc>>n))
				p += 4
			}
			run -= longestRun
		}
		c = blackCode[run]
		acc, n = acc<<(c&31)|uint64(c>>5), n+uint(c&31)
		if n >= 32 {
			n -= 32
			binary.BigEndian.PutUint32(out[p:], uint32(acc>>n))
			p += 4
		}
		if a0 >= width {
			break
		}
	}
	e.w.buf, e.w.acc, e.w.n = out[:p], acc, n
}
