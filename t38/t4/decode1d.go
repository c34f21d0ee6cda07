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

		steps := 3
		for ; steps > 0; steps-- {
			step := stepRun[(uint64(n&1)<<stepBits|acc>>(64-stepBits))&(2<<stepBits-1)]
			next := a0 + int32(step>>14)
			if next >= width {
				break
			}
			at[n] = a0 + int32(step>>8&63)
			at[n+1] = next
			n += int(step >> 6 & 3)
			a0 = next
			acc <<= step & 63
			have -= uint(step & 63)
		}
		if steps == 0 {
			continue
		}

		// The end of the row, an empty run, a rare code, or none.
		e := runs[n&1][acc>>51]
		if e == 0 || a0 > width {
			why = notARun(acc)
			break
		}
		a0 += int32(e >> 4)
		acc <<= e & 15
		have -= uint(e & 15)
		if e >= makeUp {
			continue
		}
		if a0 >= width {
			break
		}
		n = change(at, n, a0)
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
