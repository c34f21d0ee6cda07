package onramp

import (
	"fmt"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// file is one attachment.
type file struct {
	name, mediaType, disposition string
	params                       map[string]string // of the media type
	features                     string            // Content-Features; "": none
	body                         []byte
}

// files makes the attachments: the preview, the PDF file, the TIFF-F file.
func (g *Gateway) files(name string, pages []*t4.Page, takes string) ([]file, error) {
	var files []file
	if g.o.Preview != nil {
		if b, err := g.o.Preview(pages[0]); err == nil {
			files = append(files, file{name + ".png", "image/png", "inline", map[string]string{}, "", b})
		}
	}
	if g.o.PDF != nil {
		b, err := g.o.PDF(pages)
		if err != nil {
			return nil, fmt.Errorf("the pages cannot be written as PDF: %w", err)
		}
		files = append(files, file{name + ".pdf", "application/pdf", "attachment", map[string]string{}, "", b})
	}
	if g.o.OnlyPDF {
		return files, nil
	}
	b, features, err := g.o.Encode(pages, takes)
	if err != nil {
		return nil, fmt.Errorf("the pages cannot be written as TIFF: %w", err)
	}
	// The parameter tells TIFF-F from other TIFF (RFC 2306).
	return append(files, file{name + ".tif", "image/tiff", "attachment", map[string]string{"application": "faxbw"}, features, b}), nil
}
