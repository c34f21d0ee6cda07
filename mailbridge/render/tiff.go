package render

import (
	"bytes"
	"io"
	"math"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// tiff makes pages of a TIFF file: fax pages as they are, others fitted.
func (s *sheets) tiff(name string, p *mailbridge.Part) error {
	r, err := tiff.NewReader(bytes.NewReader(p.Body), tiff.Limits{Pages: s.o.MaxPages, Pixels: s.o.MaxPixels})
	if err != nil {
		return failure(mailbridge.S5_6_3Conversion, "%s", tiff.Sentence(err, name))
	}
	for {
		m, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return failure(mailbridge.S5_6_3Conversion, "%s", tiff.Sentence(err, name))
		}
		page, err := s.fit(m)
		if err != nil {
			return failure(mailbridge.S5_6_3Conversion, "page %d of %s %w", m.Number, name, err)
		}
		if err := s.add(name, page); err != nil {
			return err
		}
	}
}

// fit makes a fax page of a page of a TIFF.
func (s *sheets) fit(m *tiff.Image) (*t4.Page, error) {
	if p := m.Page; p != nil && m.Orientation == 1 {
		switch {
		case faxPage(m):
			return p, nil
		case near(m.X, 200, 204) && near(m.Y, 98, 100, 196, 200, 391, 400):
			// The density is right and only the width is not: not a pel is lost where
			// the page is narrower, as 8.5 inches of paper are.
			return p.Fit(Width, p.Resolution, t4.MMR, noOptions)
		}
	}
	src, err := s.source(m)
	if err != nil {
		return nil, err
	}
	src.superfine = s.o.Superfine
	return src.page(m.Page == nil)
}

// faxPage says that a page has one of the widths that fax has at its resolution
// (T.4 2.2; T.30 Table 2), and may be sent as it is.
func faxPage(m *tiff.Image) bool {
	x, y := m.Page.Resolution.DPI()
	if m.X != 0 && !(near(m.X, x) && near(m.Y, y)) {
		return false
	}
	scale := map[float64]int{200: 2, 204: 2, 300: 3, 400: 4, 408: 4, 600: 6, 1200: 12}[x]
	for _, width := range []int{1728, 2048, 2432} { // at 200 dpi: A4, B4, A3
		if m.Page.Width == width*scale/2 {
			return true
		}
	}
	return false
}

// near says that a density is one of those, but for what scanners round.
func near(dpi float64, to ...float64) bool {
	for _, t := range to {
		if math.Abs(dpi-t) <= t*0.045 {
			return true
		}
	}
	return false
}
