package render

import (
	"bytes"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// tiff takes over the pages of a TIFF file.
func (s *sheets) tiff(name string, p *mailbridge.Part) error {
	pages, err := tiff.Decode(bytes.NewReader(p.Body), tiff.Limits{Pages: s.o.MaxPages})
	if err != nil {
		return failure(mailbridge.S5_6_3Conversion, "%s", tiff.Sentence(err, name))
	}
	for _, page := range pages {
		if page.Width != Width {
			if page, err = page.Fit(Width, t4.I200x200, page.Coding, noOptions); err != nil {
				return failure(mailbridge.S5_6_3Conversion, "%s: %w", name, err)
			}
		}
		if err := s.add(name, page); err != nil {
			return err
		}
	}
	return nil
}
