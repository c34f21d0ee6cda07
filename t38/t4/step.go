package t4

import "math/bits"

// rtc is how many EOLs one after the other are taken for RTC. T.4 4.1.4 has six;
// three suffice, since damage to one row leaves two next to each other at most.
const (
	rtc     = 3
	fullRTC = 6
)

// tagged is the length of an EOL with the tag bit of two-dimensional coding.
const (
	eolBits = 12
	tagged  = 13
)

// step decodes the next row into d.cur, or says that the page ends. It moves
// d.pos to the end of the row, or, after a bad row, to where the next begins.
func (d *Decoder) step() (end bool, why Reason) {
	if d.o.AlignRows {
		d.pos = (d.pos + 7) &^ 7
	}
	switch {
	case d.o.Coding == MMR:
		return d.stepMMR()
	case d.o.NoEOL && d.o.Coding == MH:
		return d.stepBare()
	}
	d.start = d.pos
	g := 0
	if !d.resumed {
		g = d.takeEOLs()
	}
	d.resumed = false
	switch {
	case g >= rtc:
		d.done = true
		return true, Good
	case g == 2 && d.rows > 0:
		if d.nearRTC(d.pos) {
			d.done = true
			return true, Good
		}
		d.pos -= eolBits // the row between the two EOLs is lost
		if d.o.Coding == MR {
			d.pos--
		}
		return false, TooShort
	case g == 0 && !d.hasEOL && d.o.AwaitFirst:
		return d.awaitFirst()
	case d.exhausted():
		return true, Good
	}
	row := d.pos
	if why = d.decode(d.cur, d.ref); why == Good && d.rowEnded() {
		return false, Good
	} else if why == Good {
		why = NoEOL
		if d.pos <= d.end && d.brokenEOL() {
			return false, Good
		}
	}
	return d.resync(row, why)
}

// decode decodes the row at d.pos as its tag bit says.
func (d *Decoder) decode(dst, ref *line) Reason {
	switch {
	case d.o.Coding == MH || d.oneD:
		return d.decode1D(dst)
	case d.noRef:
		return NoReference
	}
	return d.decode2D(dst, ref)
}

// stepMMR is step for T.6: no EOLs, so nothing can be decoded after a bad row.
func (d *Decoder) stepMMR() (end bool, why Reason) {
	d.start = d.pos
	d.reach(d.pos + 64)
	if _, ok := d.eolAt(d.pos); ok {
		d.done = true
		return true, Good
	}
	return d.stepUnsynced(func() Reason { return d.decode2D(d.cur, d.ref) })
}

// stepBare is step for MH without EOLs.
func (d *Decoder) stepBare() (end bool, why Reason) {
	d.start = d.pos
	return d.stepUnsynced(func() Reason { return d.decode1D(d.cur) })
}

func (d *Decoder) stepUnsynced(decode func() Reason) (end bool, why Reason) {
	if d.exhausted() {
		return true, Good
	}
	if why = decode(); why != Good {
		d.pos = d.end
	}
	return false, why
}

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

// takeEOLs moves over the EOLs at d.pos, notes the last one's tag bit, and says
// how many there are.
func (d *Decoder) takeEOLs() (n int) {
	for {
		after, ok := d.eolAt(d.pos)
		if !ok {
			return n
		}
		n++
		d.pos = after
		if d.o.Coding == MR {
			d.takeTag()
		}
		d.hasEOL = true
	}
}

func (d *Decoder) takeTag() {
	d.reach(d.pos + 1)
	d.oneD = d.pos >= d.end || d.buf[d.pos>>3]<<(d.pos&7)&0x80 != 0
	d.pos++
}

// countEOLs says how many EOLs stand at pos, and moves nothing.
func (d *Decoder) countEOLs(pos int) (n int) {
	for {
		after, ok := d.eolAt(pos)
		if !ok {
			return n
		}
		n++
		if pos = after; d.o.Coding == MR {
			pos++
		}
	}
}

// rowEnded says whether what follows a row is what may follow it: an EOL, after
// fill or not, or the end of the data.
func (d *Decoder) rowEnded() bool {
	if !d.hasEOL {
		return true
	}
	_, ok := d.eolAt(d.pos)
	return ok || d.exhausted()
}

// awaitFirst moves to the first EOL of the page. The noise before it may hide a
// first row whose EOL was damaged: then it is a bad row.
func (d *Decoder) awaitFirst() (end bool, why Reason) {
	row := d.pos
	if d.exhausted() {
		return true, Good
	}
	if why = d.decode1D(d.cur); why == Good {
		if _, ok := d.eolAt(d.pos); ok {
			return false, Good
		}
	}
	return d.resync(row, NoEOL)
}

// resync moves from a bad row, which began at row, to the EOL after it. No row
// contains an EOL: eleven zeros in a row are in no sequence of codes (T.4 4.1.2).
// So the search begins where the row did, not where its codes led astray.
func (d *Decoder) resync(row int, why Reason) (end bool, _ Reason) {
	eol, ok := d.findEOL(row)
	if !ok {
		d.pos = d.end
		return false, why
	}
	d.pos = eol
	if d.spoiltRTC(row) {
		d.done = true
		return true, Good
	}
	return false, why
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

// nearRTC says whether the two EOLs before pos are the first of an RTC that is
// cut off or has a damaged EOL, and not two EOLs around a lost row.
func (d *Decoder) nearRTC(pos int) bool {
	eol, ok := d.findEOL(pos)
	if !ok {
		return d.end-pos < fullRTC*tagged
	}
	return eol-pos <= tagged+2 && d.countEOLs(eol) >= rtc
}

// brokenEOL says whether a damaged EOL stands at d.pos: one with a wrong bit, a
// bit too few or a bit too many, behind which a row decodes that ends as a row
// must. If so, d.pos moves behind it, and no row is lost.
func (d *Decoder) brokenEOL() bool {
	pos, oneD := d.pos, d.oneD
	for _, size := range [...]int{eolBits, eolBits - 1, eolBits + 1} {
		w := window(d.buf, pos)
		if bits.OnesCount64(w>>(64-size)) > 2 {
			continue
		}
		d.pos, d.oneD = pos+size, true
		if d.o.Coding == MR {
			d.takeTag()
		}
		next, nextOneD := d.pos, d.oneD
		d.noRef = false // the row before, in d.cur, is good
		if d.pos < d.end && d.decode(d.spare, d.cur) == Good && d.spare.n > 0 {
			if _, ok := d.eolAt(d.pos); ok {
				d.pos, d.oneD, d.resumed = next, nextOneD, true
				return true
			}
		}
	}
	d.pos, d.oneD = pos, oneD
	return false
}
