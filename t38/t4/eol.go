package t4

// T.4 4.1.4 ends a page with RTC, six EOLs one after the other; three are taken
// for it, since damage brings together two.
const (
	rtc     = 3
	fullRTC = 6
)

// The length of an EOL, and with the tag bit of two-dimensional coding.
const (
	eolBits = 12
	tagged  = 13
)

// near is how many bits after an EOL another ends that may be of the same RTC:
// the EOL, its tag bit, and what aligns it to an octet.
const near = 17

// exhausted says that only zeros are left.
func (d *Decoder) exhausted() bool {
	one := nextOne(d.buf, d.pos, d.end)
	d.reach(one)
	return one == d.end
}

// eolAt looks for an EOL at pos, with any fill before it, and gives the position
// after it.
func (d *Decoder) eolAt(pos int) (after int, ok bool) {
	one := nextOne(d.buf, pos, d.end)
	d.reach(one + 1)
	return one + 1, one-pos >= eolBits-1 && one < d.end
}

// takeEOL moves over the EOL at d.pos if it is what nearly always stands there:
// one, without fill before it, and no zeros behind it that may be another.
func (d *Decoder) takeEOL() bool {
	w := window(d.buf, d.pos)
	after := uint(eolBits)
	if d.o.Coding == MR {
		after = tagged
	}
	if w>>(64-eolBits) != 1 || w<<after>>(64-eolBits+1) == 0 {
		return false
	}
	d.pos += eolBits
	if d.o.Coding == MR {
		d.takeTag()
	}
	d.reach(d.pos + eolBits)
	return true
}

// takeEOLs moves over the EOLs at d.pos up to those of an RTC, notes the last
// one's tag bit, and says how many follow closely on each other at the end.
// Others are a bit of fill that was flipped: no row is lost between them.
func (d *Decoder) takeEOLs() (n int) {
	for n < rtc {
		after, ok := d.eolAt(d.pos)
		if !ok {
			return n
		}
		if after-d.pos > near {
			n = 0
		}
		n++
		d.pos = after
		if d.o.Coding == MR {
			d.takeTag()
		}
		d.hasEOL = true
	}
	return n
}

func (d *Decoder) takeTag() {
	d.reach(d.pos + 1)
	d.oneD = d.pos >= d.end || d.buf[d.pos>>3]<<(d.pos&7)&0x80 != 0
	d.pos++
}

// countEOLs says how many EOLs follow closely on each other at pos, and moves
// nothing.
func (d *Decoder) countEOLs(pos int) (n int) {
	for {
		after, ok := d.eolAt(pos)
		if !ok || n > 0 && after-pos > near {
			return n
		}
		n++
		if pos = after; d.o.Coding == MR {
			pos++
		}
	}
}

// rowEnded says whether what follows the row that began at bit row is what may
// follow it: an EOL, after fill or not, or the end of the data. One wrong bit may
// stand before the EOL: it is in the fill, for a row with a wrong code would not
// have the right width. Where the length of rows with fill is known, anything may
// stand in the fill, but for its first bits: in these it could be the rest of a
// row that has the right width by accident.
func (d *Decoder) rowEnded(row int) bool {
	if !d.hasEOL {
		return true
	}
	w := window(d.buf, d.pos)
	if d.filled == 0 && w>>(64-eolBits+1-leastFill) == 0 {
		d.foreseeFill()
	}
	eol, fill := d.fillEnds(row)
	fill = fill && eol > d.pos
	switch {
	case w>>(64-eolBits) == 1 && !fill:
		d.reach(d.pos + eolBits)
		return true
	case w>>(64-eolBits+1) == 0 && fill:
		d.pos = eol
		return true
	}
	after, ok := d.eolAt(d.pos)
	if ok || d.exhausted() {
		return true
	}
	if _, ok = d.eolAt(after); !ok {
		return false
	}
	if d.pos = after; fill {
		d.pos = eol
	}
	return true
}

// leastFill is the least number of zeros before an EOL that are taken for fill;
// up to seven may be what aligns an EOL to an octet.
const leastFill = 8

// foreseeFill looks, behind the first row that has fill, how long the next rows
// with fill are from EOL to EOL. Three in succession that agree are believed: two
// may be one that noise cuts in halves.
func (d *Decoder) foreseeFill() {
	const rows = 8
	last, length, agree := d.pos, 0, 0
	for pos, i := d.pos, 0; i <= rows && agree < 3; i++ {
		eol, ok := d.findEOL(pos)
		if !ok {
			return
		}
		switch fill := eol-pos >= leastFill && window(d.buf, eol-leastFill)>>(64-leastFill) == 0; {
		case !fill:
			agree = 0
		case eol-last == length:
			agree++
		default:
			length, agree = eol-last, 1
		}
		last, pos = eol, eol+eolBits
	}
	if agree < 3 {
		return
	}
	d.filled = length
	if d.o.Coding == MR {
		d.filled -= tagged - eolBits
	}
}

// fillEnds gives the EOL behind the row that began at bit row if it stands where
// fill puts it. No row is shorter; so what looks like an EOL before it is noise.
func (d *Decoder) fillEnds(row int) (eol int, ok bool) {
	if d.filled == 0 {
		return 0, false
	}
	eol = row + d.filled - eolBits
	d.reach(eol + eolBits)
	return eol, eol+eolBits <= d.end && window(d.buf, eol)>>(64-eolBits) == 1
}

// findEOL gives the position of the first EOL at or after pos.
func (d *Decoder) findEOL(pos int) (at int, ok bool) {
	for pos < d.end {
		one := nextOne(d.buf, pos, d.end)
		d.reach(one + 1)
		if one-pos >= eolBits-1 && one < d.end {
			return one - (eolBits - 1), true
		}
		pos = one + 1
	}
	return d.end, false
}

// spoiltRTC says whether the bad row from bit row to the EOL at d.pos is no row
// but one of the six EOLs of RTC, damaged: it is as short as an EOL and at most
// five follow.
func (d *Decoder) spoiltRTC(row int) bool {
	if d.rows == 0 || d.pos-row > tagged+2 {
		return false
	}
	n := d.countEOLs(d.pos)
	return n >= rtc && n < fullRTC
}

// nearRTC says whether the two EOLs before d.pos are the first of an RTC that is
// cut off or has a damaged EOL.
func (d *Decoder) nearRTC() bool {
	eol, ok := d.findEOL(d.pos)
	if !ok {
		return d.end-d.pos < fullRTC*tagged
	}
	return eol-d.pos <= tagged+2 && d.countEOLs(eol) >= rtc
}

// brokenEOL says whether a damaged EOL stands at d.pos, after fill or not: one
// with a wrong bit, a bit too few or a bit too many, behind which a row decodes
// that ends as a row must. If so, d.pos moves behind it, and no row is lost.
func (d *Decoder) brokenEOL() bool {
	intact := *d
	d.noRef = false // the row before, in d.cur, is good
	one := intact.pos - 1
	for range 2 { // the first one may be the wrong bit
		one = nextOne(d.buf, one+1, d.end)
		if one+1-intact.pos < eolBits-1 {
			continue
		}
		d.pos, d.oneD = one+1, true
		if d.o.Coding == MR {
			d.takeTag()
		}
		pos, oneD := d.pos, d.oneD
		if d.decodesTo(d.cur, -1) {
			d.pos, d.oneD, d.resumed = pos, oneD, true
			return true
		}
	}
	d.pos, d.oneD, d.noRef = intact.pos, intact.oneD, intact.noRef
	return false
}

// decodesTo says whether a row at d.pos decodes that an EOL follows, which ends
// at bit after, or anywhere if after is negative. d.cur stays as it is.
func (d *Decoder) decodesTo(ref *line, after int) bool {
	if d.pos >= d.end || d.decode(d.spare, ref) != Good {
		return false
	}
	eol, ok := d.eolAt(d.pos)
	return ok && (after < 0 || eol == after)
}

// falseEOL says whether the EOL at bit eol, which ended the bad row that began at
// row, is no EOL but the row's own zeros, with a one between them that was
// flipped or cut out: then the row, mended, decodes up to the EOL after. That EOL
// is given. Without this one bad row would be counted as two.
func (d *Decoder) falseEOL(row, eol int, oneD bool) (after int, ok bool) {
	next, ok := d.findEOL(eol + eolBits)
	if !ok || next-row > 8*d.width+64 || next == eol+eolBits {
		return 0, false
	}
	first := eol
	for first > row && d.buf[(first-1)>>3]<<((first-1)&7)&0x80 == 0 {
		first--
	}
	intact := *d
	defer func() { *d = intact }()
	end := next + eolBits - row
	for at := first; at < eol+eolBits-1 && at-first < 2*eolBits; at++ {
		for cut := range 2 { // bits that the one replaces
			w := bitWriter{buf: d.trial[:0]}
			w.copyBits(intact.buf, row, at)
			w.put(1, 1)
			w.copyBits(intact.buf, at+1-cut, next+eolBits)
			w.flush()
			w.buf = append(w.buf, make([]byte, padding)...)
			intact.trial = w.buf
			d.buf, d.pos, d.end, d.oneD = w.buf, 0, end+cut, oneD
			if d.decodesTo(d.ref, end+cut) {
				return next, true
			}
		}
	}
	return 0, false
}
