package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// paper is a page as a scanner sees it, at 300 dots per inch.
func paper(number int) (*t4.Page, error) {
	const w, h = 2480, 3508
	m := image.NewGray(image.Rect(0, 0, w, h))
	box(m, 0, 0, w, h, color.White)
	y := 300
	for i, line := range strings.Split(scanned, "\n") {
		size := 50.0
		if i == 0 {
			size = 90
			line = fmt.Sprintf(line, number)
		}
		if err := say(m, 240, y, size, color.Black, line); err != nil {
			return nil, err
		}
		y += 84
	}
	for i := range 6 { // a table with thin rules
		box(m, 240, 2000+i*120, 2240, 2003+i*120, color.Black)
		box(m, 240+i*400, 2000, 243+i*400, 2600, color.Black)
	}
	signature(m)
	for i := range 160 { // dust
		x, y := i*7919%w, i*104729%h
		box(m, x, y, x+1+i%3, y+1+i%2, color.Black)
	}
	const stride = w / 8
	bits := make([]byte, stride*h)
	for y := range h {
		for x := range w {
			if m.GrayAt(x, y).Y < 128 {
				bits[y*stride+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return t4.FromBitmap(bits, w, stride, h, t4.MMR, t4.I300x300), nil
}

const scanned = `DELIVERY NOTE %d

Lindqvist & Söhne GmbH, Hafenstraße 12, 20457 Hamburg

  Item                     Quantity      Price
  Hex bolts M8 x 40             250      37,50
  Washers 8,4                   500       9,00
  Threaded rod 1 m               12      31,20

The quick brown fox jumps over the lazy dog.
0123456789 !"§$%%&/()=? äöüÄÖÜß éèêñç
All goods remain our property until paid in full.`

// signature is a line by hand.
func signature(m draw.Image) {
	for i := range 6000 {
		t := float64(i) / 6000
		x := 1300 + 800*t + 60*math.Sin(40*t)
		y := 3000 + 90*math.Sin(55*t)*(1-t*0.7) - 60*t
		box(m, int(x), int(y), int(x)+5, int(y)+5, color.Black)
	}
}

// scanTIFF is what a scanner sends: two pages, MMR, 300 dots per inch.
func scanTIFF() ([]byte, error) {
	var pages []*t4.Page
	for n := range 2 {
		p, err := paper(n + 1)
		if err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	return asTIFF(pages...)
}

// asTIFF writes a file that does not say when, and is the same each time.
func asTIFF(pages ...*t4.Page) ([]byte, error) {
	var b bytes.Buffer
	w := tiff.NewWriter(&b, tiff.WriteOptions{Profile: tiff.ProfileF, Pages: len(pages)})
	for _, p := range pages {
		if err := w.WritePage(p); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// smallTIFF is a fax page of 40 rows, as it is.
func smallTIFF() ([]byte, error) {
	bits := bytes.Repeat([]byte{0xF0, 0x0F, 0xAA, 0x00}, 54*40)
	return asTIFF(t4.FromBitmap(bits, 1728, 216, 40, t4.MMR, t4.R8x7_7))
}

// pdf writes objects from number 1; the first is the catalogue.
func pdf(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, xref)
	return b.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<< /Length %d %s >>\nstream\n%s\nendstream", len(content), dict, content)
}

const catalogue, fonts = "<< /Type /Catalog /Pages 2 0 R >>",
	"<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> /B << /Type /Font /Subtype /Type1 /BaseFont /Times-Bold >> >> >>"

// scanPDF is a scan in PDF: one picture over the whole page and nothing else.
func scanPDF() ([]byte, error) {
	p, err := paper(7)
	if err != nil {
		return nil, err
	}
	return pdf("",
		catalogue, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.2 841.92] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>",
		stream("", "q 595.2 0 0 841.92 0 0 cm /I Do Q"),
		stream(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns %d /Rows %d >>", p.Width, p.Rows, p.Width, p.Rows), string(p.Data)),
	), nil
}

// orderPDF is one page from an office: text in two fonts, rules, shades and colour.
func orderPDF() ([]byte, error) {
	var c strings.Builder
	c.WriteString("BT /B 22 Tf 60 770 Td (Purchase order 4711) Tj ET\n0.2 0.35 0.65 rg 60 755 475 4 re f\n")
	c.WriteString("0 g BT /F 11 Tf 15 TL 60 725 Td (To: Acme Ltd, 4 Dock Road, Bristol) Tj T* (From: Lindqvist & S\\366hne GmbH, Hamburg) Tj T* (Date: 23 November 2026) Tj ET\n")
	for i, row := range []string{"Item", "Hex bolts M8 x 40", "Washers 8,4", "Threaded rod 1 m", "Total"} {
		y := 640 - 24*i
		if i%2 == 0 {
			fmt.Fprintf(&c, "0.9 g 60 %d 475 24 re f 0 g\n", y-7)
		}
		fmt.Fprintf(&c, "0.5 w 60 %d 475 24 re S BT /F 10 Tf 68 %d Td (%s) Tj ET BT /F 10 Tf 470 %d Td (%d,%02d) Tj ET\n", y-7, y, row, y, 12+31*i, i*7)
	}
	for i := range 10 { // steps of grey, and of colour
		fmt.Fprintf(&c, "%.1f g %d 420 40 40 re f %.1f 0 %.1f rg %d 370 40 40 re f\n", float64(i)/10, 60+i*47, float64(i)/10, 1-float64(i)/10, 60+i*47)
	}
	c.WriteString("0 g BT /F 6 Tf 60 340 Td (Six points: delivery free of charge, payable within 30 days, subject to our general terms.) Tj ET\n")
	c.WriteString("0.1 w 60 320 m 535 320 l S 0.5 w 60 310 m 535 310 l S 3 w 60 298 m 535 298 l S 0.8 0.1 0.1 rg BT /B 40 Tf 0.9 0.3 -0.3 0.9 150 120 Tm (URGENT) Tj ET\n")
	return pdf("", catalogue, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources "+fonts+" >>", stream("", c.String())), nil
}

// mixedPDF has pages of every kind: upright, landscape, turned, cropped, Letter, A5,
// A3, and one whose box does not begin at zero. turn is how the page is drawn, so
// that Rotate shows it upright.
func mixedPDF() ([]byte, error) {
	pages := []struct{ name, box, turn string }{
		{"A4 upright", "/MediaBox [0 0 595 842]", ""},
		{"A4 landscape", "/MediaBox [0 0 842 595]", ""},
		{"A4 landscape, by Rotate 90", "/MediaBox [0 0 595 842] /Rotate 90", "0 1 -1 0 595 0 cm"},
		{"A4 upright, by Rotate 180", "/MediaBox [0 0 595 842] /Rotate 180", "-1 0 0 -1 595 842 cm"},
		{"A4 upright, by Rotate 270", "/MediaBox [0 0 842 595] /Rotate 270", "0 -1 1 0 0 595 cm"},
		{"Cropped", "/MediaBox [0 0 595 842] /CropBox [0 400 555 842]", ""},
		{"Letter", "/MediaBox [0 0 612 792]", ""},
		{"A5", "/MediaBox [0 0 420 595]", ""},
		{"A3", "/MediaBox [0 0 842 1191]", ""},
		{"Begins at 100, 100", "/MediaBox [100 100 695 942]", "1 0 0 1 100 100 cm"},
	}
	objects := []string{catalogue, ""}
	var kids strings.Builder
	for i, p := range pages {
		n := len(objects) + 1
		fmt.Fprintf(&kids, "%d 0 R ", n)
		content := fmt.Sprintf("%s 2 w 20 420 m 20 575 l 200 575 l S BT /F 18 Tf 30 545 Td (%d: %s) Tj ET", p.turn, i+1, p.name)
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R %s /Contents %d 0 R /Resources %s >>", p.box, n+1, fonts),
			stream("", content))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), len(pages))
	return pdf("", objects...), nil
}

// formPDF is a form that was filled in, with a remark, a stamp and a link. The text
// field has no appearance of its own: the reader has to draw it.
func formPDF() ([]byte, error) {
	return pdf("",
		"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R 6 0 R 7 0 R] /NeedAppearances true /DA (/F 12 Tf 0 g) /DR "+fonts+" >> >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [5 0 R 6 0 R 7 0 R 8 0 R 11 0 R] /Resources "+fonts+" >>",
		stream("", "BT /B 18 Tf 60 770 Td (Application form) Tj ET BT /F 12 Tf 60 704 Td (Name:) Tj 0 -40 Td (Town:) Tj 0 -40 Td (Member:) Tj ET 0.5 w 130 696 300 22 re S 130 656 300 22 re S 130 618 16 16 re S"),
		"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Maria Jensen) /F 4 /Rect [130 696 430 718] /DA (/F 12 Tf 0 g) /P 3 0 R >>",
		"<< /Type /Annot /Subtype /Widget /FT /Tx /T (town) /V (Aarhus) /F 4 /Rect [130 656 430 678] /DA (/F 12 Tf 0 g) /P 3 0 R /AP << /N 9 0 R >> >>",
		"<< /Type /Annot /Subtype /Widget /FT /Btn /T (member) /V /Yes /AS /Yes /F 4 /Rect [130 618 146 634] /P 3 0 R /AP << /N << /Yes 10 0 R >> >> >>",
		"<< /Type /Annot /Subtype /Square /F 4 /Rect [60 500 300 560] /C [1 0 0] /BS << /W 3 >> /Contents (a remark) /AP << /N 12 0 R >> >>",
		stream("/Type /XObject /Subtype /Form /BBox [0 0 300 22] /Resources "+fonts, "/Tx BMC BT /F 12 Tf 4 6 Td (Aarhus) Tj ET EMC"),
		stream("/Type /XObject /Subtype /Form /BBox [0 0 16 16]", "2 w 3 3 m 13 13 l 3 13 m 13 3 l S"),
		"<< /Type /Annot /Subtype /Link /Rect [60 400 200 420] /Border [0 0 1] /A << /S /URI /URI (https://example.com) >> >>",
		stream("/Type /XObject /Subtype /Form /BBox [0 0 240 60] /Resources "+fonts, "1 0 0 RG 3 w 2 2 236 56 re S BT /B 26 Tf 30 20 Td (APPROVED) Tj ET"),
	), nil
}

// lockedPDF wants a password: its hashes are of no password at all.
func lockedPDF() ([]byte, error) {
	return pdf("/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <"+strings.Repeat("41", 32)+"> /U <"+strings.Repeat("42", 32)+"> >> /ID [<00> <00>]",
		catalogue, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"), nil
}
