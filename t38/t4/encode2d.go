package t4

import "encoding/binary"

// codesOf holds the codes of the runs that end at a change with an even index,
// black ones, and with an odd one. Looking a colour up costs less than asking.
var codesOf = [2]*runCodes{&blackCode, &whiteCode}

// encode2D codes cur two-dimensionally against the reference line (T.4 4.2.1.3,
// T.6 2.2). The letters are the Recommendation's; see decode2D for b. b1 and b2
// are at b and b+1 of the reference line, before is what lies before b1.
//
// It keeps little at hand, lest its variables do not all fit the registers: what
// is written goes by way of e.w, when acc is full.
func (e *Encoder) encode2D(curLine, refLine *line) {
	w := &e.w
	cur, ref := curLine.at, refLine.at
	acc, n := w.acc, w.n
	i, b := 1, 1
	passed := int32(0) // where the last pass mode led to
	for {
		before, b1, b2 := ref[b-1], ref[b], ref[b+1]
		a1 := cur[i]
		for b2 >= a1 { // no pass mode
			d := uint32(a1 - b1 + vertical0)
			if d > 2*vertical0 {
				break
			}
			if n > 64-7 {
				n = w.spill(acc, n)
			}
			v := &verticalCode[d&7]
			acc, n = acc<<(v.width&63)|uint64(v.code), n+uint(v.width)
			i++
			b++
			if before > a1 || b2 <= a1 { // hardly ever but at the end of the row
				if int(a1) >= e.width {
					w.acc, w.n = acc, w.spill(acc, n)
					return
				}
				b = next(ref, b, a1)
				before, b1, b2, a1 = ref[b-1], ref[b], ref[b+1], cur[i]
				continue
			}
			before, b1, b2, a1 = b1, b2, ref[b+1], cur[i]
		}
		if b2 < a1 { // pass mode
			if n > 64-4 {
				n = w.spill(acc, n)
			}
			acc, n = acc<<4|1, n+4
			passed = b2
			b += 2
			continue
		}

		// Horizontal mode.
		var p int
		p, n = flush(w.buf[:cap(w.buf)], len(w.buf), acc, n)
		w.buf = w.buf[:p]
		a2 := cur[i+1]
		first, second := codesOf[i&1], codesOf[i&1^1]
		run1, run2 := uint32(a1-max(cur[i-1], passed)), uint32(a2-a1)
		acc, n = acc<<3|1, n+3
		if run1 < uint32(len(first)) && run2 < uint32(len(second)) {
			c1, c2 := first[run1], second[run2]
			acc = acc<<(c1&63) | uint64(c1>>6)
			acc = acc<<(c2&63) | uint64(c2>>6)
			n += uint(c1&63 + c2&63)
		} else {
			w.acc, w.n = acc, n
			w.run(first, run1)
			w.run(second, run2)
			acc, n = w.acc, w.n
		}
		i += 2
		if int(a2) >= e.width {
			w.acc, w.n = acc, w.spill(acc, n)
			return
		}
		for ref[b] <= a2 {
			b += 2
		}
	}
}

// spill writes the full octets of the n bits of acc, which the others are not
// written yet, and gives how many bits are left.
//
//go:noinline
func (w *bitWriter) spill(acc uint64, n uint) uint {
	at := len(w.buf)
	binary.BigEndian.PutUint64(w.buf[at:at+8:cap(w.buf)], acc<<(-n&63))
	w.buf = w.buf[:at+int(n>>3)]
	return n & 7
}
