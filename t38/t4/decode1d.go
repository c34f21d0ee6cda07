package t4

import "encoding/binary"

// The decoders of this file and of decode2d.go are kernels, long because nothing
// may stand between one code and the next. They hold the coming bits left aligned
// in acc. have of these count as valid; when they are filled up they become 56
// at least, without a branch: what lies behind the valid bits of acc is true
// already, so that filling up sets bits twice, to the same. i is the octet behind
// the last that counts.
//
// A code is looked up in the short table of its colour, and only where that has
// none in the table of all codes. One comparison tells a terminating code, which
// is above 0 and below makeUp, from both other cases.

// makeUp is the least entry of a table of runs that is a make-up code.
const makeUp = 64 << 4

// decode1D decodes the one-dimensional row at d.pos into dst (T.4 4.1). It
// leaves d.pos after the last code that it took.
func (d *Decoder) decode1D(dst *line) Reason {
	buf, at, width := d.buf, dst.at, int32(d.width)
	i := d.pos>>3 + 7
	acc := window(buf, d.pos)
	have := uint(56 - d.pos&7)
	n, a0 := 1, int32(0)
	why := Good
	for {
		acc |= binary.BigEndian.Uint64(buf[i:]) >> (have & 63)
		i += int((63 - have) >> 3)
		have |= 56
		// Enough for both runs, of a make-up and a terminating code each.

		e := whiteShort[acc>>54]
		if e-1 >= makeUp-1 {
			for {
				e = whiteRun[acc>>51]
				if e == 0 || a0 > width {
					why = notARun(acc)
					return d.rowEnds(dst, n-1, int(a0), i*8-int(have), why)
				}
				if e < makeUp {
					break
				}
				a0 += int32(e >> 4)
				acc <<= e & 15
				have -= uint(e & 15)
				acc |= binary.BigEndian.Uint64(buf[i:]) >> (have & 63)
				i += int((63 - have) >> 3)
				have |= 56
			}
		}
		a0 += int32(e >> 4)
		acc <<= e & 15
		have -= uint(e & 15)
		if a0 >= width {
			break
		}
		if at[n-1] != a0 {
			at[n] = a0
			n++
		} else {
			n-- // a run of zero pels joins its neighbours
		}

		e = blackShort[acc>>54]
		if e-1 >= makeUp-1 {
			for {
				e = blackRun[acc>>51]
				if e == 0 || a0 > width {
					why = notARun(acc)
					return d.rowEnds(dst, n-1, int(a0), i*8-int(have), why)
				}
				if e < makeUp {
					break
				}
				a0 += int32(e >> 4)
				acc <<= e & 15
				have -= uint(e & 15)
				acc |= binary.BigEndian.Uint64(buf[i:]) >> (have & 63)
				i += int((63 - have) >> 3)
				have |= 56
			}
		}
		a0 += int32(e >> 4)
		acc <<= e & 15
		have -= uint(e & 15)
		if a0 >= width {
			break
		}
		if at[n-1] != a0 {
			at[n] = a0
			n++
		} else {
			n--
		}
	}
	return d.rowEnds(dst, n-1, int(a0), i*8-int(have), why)
}

// rowEnds is the common end of the two kernels: a row of n changes ended at a0
// and at bit pos, or failed there.
func (d *Decoder) rowEnds(dst *line, n, a0, pos int, why Reason) Reason {
	d.pos = pos
	d.reach(pos + 64)
	switch {
	case a0 > d.width:
		return TooLong
	case pos > d.end || why != Good && pos+12 >= d.end:
		return CutOff
	case why == Good:
		dst.end(n, d.width)
	}
	return why
}

// notARun says why no run length code begins with the bits w.
func notARun(w uint64) Reason {
	switch {
	case w>>53 == 0:
		return TooShort // eleven zeros: an EOL, or fill before it
	case w>>52 == 0b000000001_111:
		return Uncompressed
	case w>>55 == 0b000000001:
		return Extension
	}
	return BadCode
}
