package t4

// Line gives the page as a line without error correction carries it: Data, with
// fill so that each row has minRowBits at least from its EOL to the next: the
// data rate times the minimum transmission time of a row (T.4 3, 4.1.3). MMR has
// no fill, so its Data comes as it is.
func (p *Page) Line(minRowBits int) []byte {
	if p.Coding == MMR || minRowBits <= tagged {
		return p.Data
	}
	w := bitWriter{buf: make([]byte, 0, len(p.Data)+min(p.Rows, len(p.Data))*(minRowBits/16+1))}
	d, from := p.Decode(), 0
	for {
		_, err := d.Next()
		if err != nil {
			break
		}
		w.copyBits(p.Data, from, d.pos)
		w.zeros(minRowBits - (d.pos - from))
		from = d.pos
	}
	w.copyBits(p.Data, from, lastOne(p.Data)+1)
	w.flush()
	return w.buf
}
