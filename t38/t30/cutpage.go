package t30

import "github.com/pagebridge/pagebridge/t38/t4"

// cutPage is what has arrived of the page that was coming in when the call broke, or
// the page that was rejected and did not come again; nil when that is nothing a
// person could read. With error correction it ends at the first frame that is
// missing: what comes after cannot be decoded.
func (e *Engine) cutPage() *t4.Page {
	r := &e.rx
	if e.sel.ECM && r.fast {
		for n := 0; r.ecm.block != nil && n < framesPerBlock && r.ecm.have.has(n); n++ {
			e.writePage(r.ecm.block[n])
		}
	}
	r.ecm.newBlock()
	page, _ := e.finishPage()
	if worse(page, r.rejected) {
		page = r.rejected
	}
	if page == nil || page.Rows-page.BadRows <= 0 || blank(page) {
		return nil
	}
	return page
}

// worse says that of two tries at a page the first has fewer good rows.
func worse(a, b *t4.Page) bool {
	return b != nil && (a == nil || a.Rows-a.BadRows < b.Rows-b.BadRows)
}

// blank says that a page shows nothing: what came of it is its upper margin.
func blank(p *t4.Page) bool {
	bits, _, err := p.Bitmap()
	if err != nil {
		return true
	}
	for _, octet := range bits {
		if octet != 0 {
			return false
		}
	}
	return true
}
