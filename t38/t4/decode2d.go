package t4

import "encoding/binary"

// The modes of two-dimensional coding as gen.go numbers them: vertical mode is
// the distance of a1 from b1 and vertical0.
const (
	vertical0  = 3
	pass       = 7
	horizontal = 8
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
	i := d.pos>>3 + 8
	acc := window(buf, d.pos)
	have := uint(64 - d.pos&7)
	n, b, a0 := 1, 1, int32(-1)
	why := Good
loop:
	for {
		if have < 32 {
			acc |= uint64(binary.BigEndian.Uint32(buf[i:])) << (32 - have)
			have += 32
			i += 4
		}
		if acc>>63 != 0 { // V0, the most frequent
			acc <<= 1
			have--
			a0 = ref[b]
			if a0 >= width {
				break
			}
			at[n] = a0
			n++
			b++
			continue
		}
		m := modes[acc>>57]
		if m == 0 {
			why = notAMode(acc)
			break
		}
		acc <<= m & 15
		have -= uint(m & 15)
		switch m >>= 4; m {
		default:
			a1 := ref[b] + int32(m) - vertical0
			if a1 <= a0 {
				why = Backward
				break loop
			}
			a0 = a1
			if a0 >= width {
				break loop
			}
			at[n] = a0
			n++
			if b++; m < vertical0 {
				b -= 2
			}
		case pass:
			a0 = ref[b+1]
			if a0 >= width {
				break loop
			}
			b += 2
			continue
		case horizontal:
			a0 = max(a0, 0)
			first, second := &whiteRun, &blackRun
			if n&1 == 0 {
				first, second = second, first
			}
			for range 2 {
				var e uint16
				for {
					if have < 32 {
						acc |= uint64(binary.BigEndian.Uint32(buf[i:])) << (32 - have)
						have += 32
						i += 4
					}
					e = first[acc>>51]
					if e == 0 || a0 > width {
						why = notARun(acc)
						break loop
					}
					acc <<= e & 15
					have -= uint(e & 15)
					a0 += int32(e >> 4)
					if e < 64<<4 {
						break
					}
				}
				if a0 < width {
					if at[n-1] != a0 {
						at[n] = a0
						n++
					} else {
						n-- // a run of zero pels joins its neighbours
					}
				}
				first = second
			}
			if a0 >= width {
				break loop
			}
		}
		for ref[b] <= a0 {
			b += 2
		}
	}
	return d.rowEnds(dst, n-1, int(a0), i*8-int(have), why)
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
