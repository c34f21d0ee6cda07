package t4

import "encoding/binary"

// codesOf holds the codes of the runs that end at a change with an even index,
// black ones, and with an odd one. Looking a colour up costs less than asking.
var codesOf = [2]*runCodes{&blackCode, &whiteCode}

// encode2D codes cur two-dimensionally against the reference line (T.4 4.2.1.3,
// T.6 2.2). The letters are the Recommendation's; see decode2D for b.
func (e *Encoder) encode2D(curLine, refLine *line) {
	cur, ref, width := curLine.at, refLine.at, int32(e.width)
	out, p := e.w.buf[:cap(e.w.buf)], len(e.w.buf)
	acc, n := e.w.acc, e.w.n
	for i, b, a0 := 1, 1, int32(-1); a0 < width; {
		a1, b1, b2 := cur[i], ref[b], ref[b+1]
		d := uint(int(a1) - int(b1) + vertical0)
		switch {
		case b2 < a1: // pass mode
			acc, n = acc<<4|1, n+4
			a0 = b2
			b += 2
		case d < uint(len(verticalCode)):
			c := verticalCode[d]
			acc, n = acc<<(c&15)|uint64(c>>4), n+uint(c&15)
			a0 = a1
			i++
			if a0 < width {
				b = next(ref, b+1, a0)
			}
		default: // horizontal mode
			a2 := cur[i+1]
			i += 2
			first, second := codesOf[i&1], codesOf[i&1^1]
			run1, run2 := uint32(a1-max(a0, 0)), uint32(a2-a1)
			acc, n = acc<<3|1, n+3
			a0 = a2
			if run1 >= uint32(len(first)) || run2 >= uint32(len(second)) {
				out, p, acc, n = e.longRuns(bitWriter{out[:p], acc, n}, first, second, run1, run2, true)
			} else {
				binary.BigEndian.PutUint64(out[p:], acc<<((64-n)&63))
				p += int(n >> 3)
				n &= 7
				c := first[run1]
				acc, n = acc<<(c&31)|uint64(c>>5), n+uint(c&31)
				c = second[run2]
				acc, n = acc<<(c&31)|uint64(c>>5), n+uint(c&31)
				binary.BigEndian.PutUint64(out[p:], acc<<((64-n)&63))
				p += int(n >> 3)
				n &= 7
			}
			for ref[b] <= a0 && a0 < width {
				b += 2
			}
			continue
		}
		if n >= 48 {
			binary.BigEndian.PutUint64(out[p:], acc<<((64-n)&63))
			p += int(n >> 3)
			n &= 7
		}
	}
	binary.BigEndian.PutUint64(out[p:], acc<<((64-n)&63))
	e.w.buf, e.w.acc, e.w.n = out[:p+int(n>>3)], acc, n&7
}
