package t4

import "io"

// Transcode codes a page anew, without a bitmap: the changing elements of each
// row go from the decoder to the encoder. Of the options only K counts. It is an
// error if p.Data is not clean.
func Transcode(p *Page, to Coding, o EncodeOptions) (*Page, error) {
	if to == p.Coding && to != MR {
		return p, nil
	}
	d := p.lentDecoder()
	defer d.giveBack()
	e := lentEncoder(to, p.Width, EncodeOptions{K: kFor(o.K, p.Resolution)})
	defer e.giveBack()
	if err := e.copyFrom(d); err != nil {
		return nil, err
	}
	q := e.Page(p.Resolution)
	q.BadRows, q.BadRun = p.BadRows, p.BadRun
	return q, nil
}

// kFor is the K of an option, or that of the resolution.
func kFor(k int, res Resolution) int {
	if k == 0 {
		return res.K()
	}
	return k
}

// copyFrom writes every row of d, of the same width. Since rows of d are in the
// form in which they are coded, and the reference line of both is the last row,
// nothing is copied.
func (e *Encoder) copyFrom(d *Decoder) error {
	if e.err != nil {
		return e.err
	}
	for {
		_, err := d.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		e.write(d.ref, d.cur)
	}
}
