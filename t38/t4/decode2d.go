package t4

import "encoding/binary"

// The modes of two-dimensional coding as gen.go numbers them: vertical mode is
// the distance of a1 from b1 and vertical0.
const (
	vertical0  = 3
	pass       = 7
	horizontal = 8
)

// runs and shortRuns hold the tables of the runs that end at a change with an
// even index, black ones, and with an odd one. Looking a colour up costs less
// than asking.
var (
	runs      = [2]*[1 << 13]uint16{&blackRun, &whiteRun}
	shortRuns = [2]*[1 << 10]uint16{&blackShort, &whiteShort}
)

// decode2D decodes the two-dimensional row at d.pos into dst; ref is the
// reference line (T.4 4.2, T.6 2.2). It leaves d.pos after the last code that it
// took.
//
// The letters are the Recommendation's: a0 is where coding has come to, and
// ref.at[b] is b1, the first change right of a0 that has the colour of the next
// change of the coding line. n and b are odd together and even together: white
// to black is odd.
func (d *Decoder) decode2D(dst, refLine *line) Reason {
	buf, at, ref, width := d.buf, dst.at, refLine.at, int32(d.width)
	i := d.pos>>3 + 7
	acc := window(buf, d.pos)
	have := uint(56 - d.pos&7)
	n, b, a0 := 1, 1, int32(-1)
	why := Good
	for {
		if have < 16 {
			acc |= binary.BigEndian.Uint64(buf[i:]) >> (have & 63)
			i += int((63 - have) >> 3)
			have |= 56
		}
		step := stepMode[acc>>(64-modeBits)]
		r := ref[b-1 : b+3 : b+3]
		least := max(a0+1, r[0])
		a1 := r[1] + int32(step>>12) - vertical0
		if uint32(a1-least) < uint32(r[2]-least) {
			least = max(a1+1, r[1])
			a2 := r[2] + int32(step>>8&15) - vertical0
			if uint32(a2-least) < uint32(r[3]-least) {
				at[n] = a1
				at[n+1] = a2
				modes := int(step >> 6 & 3)
				n += modes
				b += modes
				a0 = a1
				if modes == 2 {
					a0 = a2
				}
				acc <<= step & 63
				have -= uint(step & 63)
				continue
			}
		}

		m := modes[acc>>57]
		acc <<= m & 15
		have -= uint(m & 15)
		if m-1 < pass<<4-1 { // vertical mode, the most frequent by far
			a1 := ref[b] + int32(m>>4) - vertical0
			if a1 <= a0 {
				why = Backward
				break
			}
			a0 = a1
			if a0 >= width {
				break
			}
			at[n] = a0
			n++
			b = next(ref, b+1, a0)
			continue
		}
		if m>>4 == pass {
			a0 = ref[b+1]
			if a0 >= width {
				break
			}
			b += 2
			continue
		}
		if m == 0 {
			why = notAMode(acc)
			break
		}

		// Horizontal mode: two runs, the first of the colour that a0 has.
		acc |= binary.BigEndian.Uint64(buf[i:]) >> (have & 63)
		i += int((63 - have) >> 3)
		have |= 56
		a0 = max(a0, 0)
		two := stepRun[(uint64(n&1)<<stepBits|acc>>(64-stepBits))&(2<<stepBits-1)]
		if a2 := a0 + int32(two>>14); two&(2<<6) != 0 && a2 < width {
			at[n] = a0 + int32(two>>8&63)
			at[n+1] = a2
			n += 2
			a0 = a2
			acc <<= two & 63
			have -= uint(two & 63)
			for ref[b] <= a0 {
				b += 2
			}
			continue
		}
		e := shortRuns[n&1][acc>>54]
		if e-1 >= makeUp-1 {
			for e = runs[n&1][acc>>51]; e >= makeUp && a0 <= width; e = runs[n&1][acc>>51] {
				a0 += int32(e >> 4)
				acc <<= e & 15
				have -= uint(e & 15)
				acc |= binary.BigEndian.Uint64(buf[i:]) >> (have & 63)
				i += int((63 - have) >> 3)
				have |= 56
			}
		}
		a1 = a0 + int32(e>>4)
		if e == 0 || a1 > width {
			a0, why = a1, notARun(acc)
			break
		}
		acc <<= e & 15
		have -= uint(e & 15)
		a0 = a1
		e = shortRuns[n&1^1][acc>>54]
		if e-1 >= makeUp-1 {
			for e = runs[n&1^1][acc>>51]; e >= makeUp && a0 <= width; e = runs[n&1^1][acc>>51] {
				a0 += int32(e >> 4)
				acc <<= e & 15
				have -= uint(e & 15)
				acc |= binary.BigEndian.Uint64(buf[i:]) >> (have & 63)
				i += int((63 - have) >> 3)
				have |= 56
			}
		}
		a0 += int32(e >> 4)
		if e == 0 || a0 > width {
			why = notARun(acc)
			break
		}
		acc <<= e & 15
		have -= uint(e & 15)
		if a1 < width {
			n = change(at, n, a1)
		}
		if a0 >= width {
			break
		}
		n = change(at, n, a0)
		for ref[b] <= a0 {
			b += 2
		}
	}
	return d.rowEnds(dst, n-1, int(a0), i*8-int(have), why)
}

// next gives the index of b1 for a new a0 after vertical mode: b, or two less
// where a1 lay left of b1 and the reference line has narrow runs, or more.
func next(ref []int32, b int, a0 int32) int {
	if ref[b-2] > a0 {
		return b - 2
	}
	for ref[b] <= a0 {
		b += 2
	}
	return b
}

// change makes x the changing element n, and gives the index of the next. A run
// of zero pels joins its neighbours.
func change(at []int32, n int, x int32) int {
	if at[n-1] == x {
		return n - 1
	}
	at[n] = x
	return n + 1
}

// notAMode says why no two-dimensional mode begins with the bits w.
func notAMode(w uint64) Reason {
	switch {
	case w>>53 == 0:
		return TooShort
	case w>>54 == 0b0000001_111:
		return Uncompressed
	case w>>57 == 0b0000001:
		return Extension
	}
	return BadCode
}
