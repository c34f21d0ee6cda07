package t4

import "encoding/binary"

// codesOf holds the codes of the runs that end at a change with an even index,
// black ones, and with an odd one. Looking a colour up costs less than asking.
var codesOf = [2]*runCodes{&blackCode, &whiteCode}

// encode2D codes cur two-dimensionally against the reference line (T.4 4.2.1.3,
// T.6 2.2). The letters are the Recommendation's; see decode2D for b. b1 and b2
// are at b and b+1 of the reference line, before is what lies before b1.
func (e *Encoder) encode2D(curLine, refLine *line) {
	cur, ref, width := curLine.at, refLine.at, int32(e.width)
	out, p := e.w.buf[:cap(e.w.buf)], len(e.w.buf)
	acc, n := e.w.acc, e.w.n
	i, b, a0 := 1, 1, int32(-1)
	for {
		before, b1, b2 := ref[b-1], ref[b], ref[b+1]
		a1 := cur[i]
		for b2 >= a1 { // no pass mode
			d := uint32(a1 - b1 + vertical0)
			if d > 2*vertical0 {
				break
			}
			c := verticalCode[d&7]
			acc, n = acc<<(c&15)|uint64(c>>4), n+uint(c&15)
			if n >= 48 {
				binary.BigEndian.PutUint64(out[p:], acc<<((64-n)&63))
				p += int(n >> 3)
				n &= 7
			}
			if a0 = a1; a0 >= width {
				break
			}
			i++
			a1 = cur[i]
			b++
			if before <= a0 && b2 > a0 { // nearly always
				before, b1, b2 = b1, b2, ref[b+1]
				continue
			}
			b = next(ref, b, a0)
			before, b1, b2 = ref[b-1], ref[b], ref[b+1]
		}
		if a0 >= width {
			break
		}
		if b2 < a1 { // pass mode
			acc, n = acc<<4|1, n+4
			binary.BigEndian.PutUint64(out[p:], acc<<((64-n)&63))
			p += int(n >> 3)
			n &= 7
			a0 = b2
			b += 2
			continue
		}

		// Horizontal mode.
		a2 := cur[i+1]
		first, second := codesOf[i&1], codesOf[i&1^1]
		i += 2
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
		if a0 >= width {
			break
		}
		for ref[b] <= a0 {
			b += 2
		}
	}
	binary.BigEndian.PutUint64(out[p:], acc<<((64-n)&63))
	e.w.buf, e.w.acc, e.w.n = out[:p+int(n>>3)], acc, n&7
}
