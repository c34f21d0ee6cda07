package pdf

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Encode writes pages as a PDF file. The same pages give the same file.
func Encode(pages []*t4.Page) ([]byte, error) {
	if len(pages) == 0 {
		return nil, errors.New("a PDF file needs a page")
	}
	w := &writer{}
	w.b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n") // eight-bit characters: it is not text (7.5.2)
	w.object("<< /Type /Catalog /Pages 2 0 R >>")
	kids := ""
	for i := range pages {
		kids += fmt.Sprintf("%d 0 R ", 3+3*i)
	}
	w.object(fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), kids[:len(kids)-1]))
	for i, p := range pages {
		if err := w.page(p); err != nil {
			return nil, fmt.Errorf("page %d: %w", i+1, err)
		}
	}
	return w.finish(), nil
}

// writer writes objects and remembers where they begin.
type writer struct {
	b  bytes.Buffer
	at []int
}

// object writes the next object and returns its number.
func (w *writer) object(body string) int {
	w.at = append(w.at, w.b.Len())
	fmt.Fprintf(&w.b, "%d 0 obj\n%s\nendobj\n", len(w.at), body)
	return len(w.at)
}

// page writes three objects: the page, what is drawn on it, its picture.
func (w *writer) page(p *t4.Page) error {
	data, err := t6(p)
	if err != nil {
		return err
	}
	dx, dy := p.Resolution.DPI()
	if p.Width < 1 || p.Rows < 1 || dx <= 0 || dy <= 0 {
		return errors.New("it has no size")
	}
	width, height := float64(p.Width)*72/dx, float64(p.Rows)*72/dy
	n := len(w.at) + 1
	w.object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R /Resources << /XObject << /P %d 0 R >> >> >>",
		width, height, n+1, n+2))
	draw := fmt.Sprintf("q %.2f 0 0 %.2f 0 0 cm /P Do Q", width, height)
	w.object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(draw), draw))
	// K below zero is T.6 (Table 11).
	w.object(fmt.Sprintf("<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 1 /ColorSpace /DeviceGray"+
		" /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns %d /Rows %d >> /Length %d >>\nstream\n%s\nendstream",
		p.Width, p.Rows, p.Width, p.Rows, len(data), data))
	return nil
}

// t6 gives the rows of a page in T.6.
func t6(p *t4.Page) ([]byte, error) {
	if p.Coding == t4.MMR {
		return p.Data, nil
	}
	m, err := t4.Transcode(p, t4.MMR, t4.EncodeOptions{})
	if err != nil {
		return nil, err
	}
	return m.Data, nil
}

func (w *writer) finish() []byte {
	xref := w.b.Len()
	fmt.Fprintf(&w.b, "xref\n0 %d\n0000000000 65535 f \n", len(w.at)+1)
	for _, at := range w.at {
		fmt.Fprintf(&w.b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&w.b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(w.at)+1, xref)
	return w.b.Bytes()
}
