package t4

import "encoding/binary"

// encode2D codes cur two-dimensionally against the reference line (T.4 4.2.1.3,
// T.6 2.2). The letters are the Recommendation's; see decode2D for b.
func (e *Encoder) encode2D(curLine, refLine *line) {
	cur, ref, width := curLine.at, refLine.at, int32(e.width)
	out, p := e.w.buf[:cap(e.w.buf)], len(e.w.buf)
	acc, n := e.w.acc, e.w.n
	a0 := int32(-1)
	for i, b := 1, 1; a0 < width; {
		a1, b1 := cur[i], ref[b]
		if ref[b+1] < a1 { // pass mode: b2 is left of a1
			acc, n = acc<<4|1, n+4
			a0 = ref[b+1]
			b += 2
		} else if d := a1 - b1; d >= -3 && d <= 3 { // vertical mode
			c := modeCode[d+vertical0]
			acc, n = acc<<(c&15)|uint64(c>>4), n+uint(c&15)
			a0 = a1
			i++
			if b++; d < 0 {
				b -= 2
			}
			for ref[b] <= a0 && a0 < width {
				b += 2
			}
		} else { // horizontal mode
			first, second := &whiteCode, &blackCode
			if i&1 == 0 {
				first, second = second, first
			}
			acc, n = acc<<3|1, n+3
			for from := max(a0, 0); ; from = a1 {
				run := uint32(cur[i] - from)
				a1 = cur[i]
				i++
				for run >= uint32(len(first)) {
					if acc, n = acc<<12|longest, n+12; n >= 32 {
						n -= 32
						binary.BigEndian.PutUint32(out[p:], uint32(acc>>n))
						p += 4
					}
					run -= longestRun
				}
				c := first[run]
				if acc, n = acc<<(c&31)|uint64(c>>5), n+uint(c&31); n >= 32 {
					n -= 32
					binary.BigEndian.PutUint32(out[p:], uint32(acc>>n))
					p += 4
				}
				if first == second {
					break
				}
				first = second
			}
			a0 = a1
			for ref[b] <= a0 && a0 < width {
				b += 2
			}
			continue
		}
		if n >= 32 {
			n -= 32
			binary.BigEndian.PutUint32(out[p:], uint32(acc>>n))
			p += 4
		}
	}
	e.w.buf, e.w.acc, e.w.n = out[:p], acc, n
}
