package t4

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
	switch {
	case d.resumed:
	case d.hasEOL && d.takeEOL():
		g = 1
	default:
		g = d.takeEOLs()
	}
	d.resumed = false
	switch {
	case g >= rtc, g == 2 && d.rows > 0 && d.nearRTC():
		d.done = true
		return true, Good
	case g == 0 && !d.hasEOL && d.o.AwaitFirst:
		return d.awaitFirst()
	case window(d.buf, d.pos)>>32 == 0 && d.exhausted():
		return true, Good
	}
	row := d.pos
	d.row = row
	if why = d.decode(d.cur, d.ref); why == Good && d.rowEnded(row) {
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
	d.start, d.row = d.pos, d.pos
	d.reach(d.pos + 64)
	if d.lost {
		return true, Good
	}
	if window(d.buf, d.pos)>>(64-eolBits+1) == 0 { // an EOL, or what is no code
		if _, ok := d.eolAt(d.pos); ok {
			d.done = true
			return true, Good
		}
		if d.exhausted() {
			return true, Good
		}
	}
	why = d.decode2D(d.cur, d.ref)
	d.lost = why != Good
	return false, why
}

// stepBare is step for MH without EOLs.
func (d *Decoder) stepBare() (end bool, why Reason) {
	d.start, d.row = d.pos, d.pos
	if d.lost || d.exhausted() {
		return true, Good
	}
	why = d.decode1D(d.cur)
	d.lost = why != Good
	return false, why
}

// awaitFirst moves to the first EOL of the page. The noise before it may hide a
// first row whose EOL was damaged: then it is a bad row.
func (d *Decoder) awaitFirst() (end bool, why Reason) {
	row := d.pos
	d.row = row
	if d.exhausted() {
		return true, Good
	}
	if why = d.decode1D(d.cur); why == Good {
		if _, ok := d.eolAt(d.pos); ok {
			return false, Good
		}
	}
	if eol, ok := d.findEOL(row); ok && eol-row < eolBits {
		d.pos = eol // too little for a row
		return d.step()
	}
	return d.resync(row, NoEOL)
}

// resync moves from a bad row, which began at row, to the EOL after it. No row
// contains an EOL: eleven zeros in a row are in no sequence of codes (T.4 4.1.2).
// So the search begins where the row did, not where its codes led astray.
func (d *Decoder) resync(row int, why Reason) (end bool, _ Reason) {
	eol, ok := d.fillEnds(row)
	if ok {
		d.pos = eol
		return false, why
	}
	if eol, ok = d.findEOL(row); !ok {
		d.pos = d.end
		return false, why
	}
	d.pos = eol
	if d.spoiltRTC(row) {
		d.done = true
		return true, Good
	}
	if why != NoReference {
		if next, ok := d.falseEOL(row, eol, d.oneD); ok {
			d.pos = next
		}
	}
	return false, why
}
