package t4

import "encoding/binary"

// The two decoders of this file and decode2d.go are kernels: they hold the
// coming bits left aligned in acc, of which have are valid, and keep at least
// 32 valid, enough for a make-up code and a terminating code, before they look
// up a code. So nothing but the lookup stands between one code and the next.

// decode1D decodes the one-dimensional row at d.pos into dst (T.4 4.1). It
// leaves d.pos after the last code that it took.
func (d *Decoder) decode1D(dst *line) Reason {
	buf, at, width := d.buf, dst.at, int32(d.width)
	i := d.pos>>3 + 8
	acc := window(buf, d.pos)
	have := uint(64 - d.pos&7)
	n, a0 := 1, int32(0)
	why := Good
	for {
		if have < 32 {
			acc |= uint64(binary.BigEndian.Uint32(buf[i:])) << (32 - have)
			have += 32
			i += 4
		}
		e := whiteRun[acc>>51]
		for e >= 64<<4 {
			a0 += int32(e >> 4)
			acc <<= e & 15
			have -= uint(e & 15)
			if have < 32 {
				acc |= uint64(binary.BigEndian.Uint32(buf[i:])) << (32 - have)
				have += 32
				i += 4
			}
			if e = whiteRun[acc>>51]; a0 > width {
				e = 0
			}
		}
		if e == 0 {
			why = notARun(acc)
			break
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

		if have < 32 {
			acc |= uint64(binary.BigEndian.Uint32(buf[i:])) << (32 - have)
			have += 32
			i += 4
		}
		e = blackRun[acc>>51]
		for e >= 64<<4 {
			a0 += int32(e >> 4)
			acc <<= e & 15
			have -= uint(e & 15)
			if have < 32 {
				acc |= uint64(binary.BigEndian.Uint32(buf[i:])) << (32 - have)
				have += 32
				i += 4
			}
			if e = blackRun[acc>>51]; a0 > width {
				e = 0
			}
		}
		if e == 0 {
			why = notARun(acc)
			break
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
