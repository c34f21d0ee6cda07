package t4

import "io"

// Split cuts a page into pages of up to so many rows, for a peer whose paper is
// shorter, in the coding of p. A page that fits is given as it is. What is known
// of bad rows goes with the first one. It is an error if p.Data is not clean.
func (p *Page) Split(rows int) ([]*Page, error) {
	if rows < 1 || p.Rows <= rows {
		return []*Page{p}, nil
	}
	var parts []*Page
	d := p.Decode()
	for {
		part, err := p.cut(d, rows)
		if err != nil {
			return nil, err
		}
		if part == nil {
			break
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return []*Page{p}, nil
	}
	parts[0].BadRows, parts[0].BadRun = p.BadRows, p.BadRun
	return parts, nil
}

// cut codes the next rows of d as a page; nil when there are none.
func (p *Page) cut(d *Decoder, rows int) (*Page, error) {
	e := NewEncoder(p.Coding, p.Width, EncodeOptions{K: p.Resolution.K()})
	n := 0
	for ; n < rows; n++ {
		row, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := e.WriteRow(row); err != nil {
			return nil, err
		}
	}
	if n == 0 {
		return nil, nil
	}
	return e.Page(p.Resolution), nil
}
