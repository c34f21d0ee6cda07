package process

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge/feature"
	"github.com/pagebridge/pagebridge/mailbridge/tiff"
	"github.com/pagebridge/pagebridge/t38/t4"
)

func blackPage(coding t4.Coding, width int, r t4.Resolution) *t4.Page {
	return t4.FromBitmap(bytes.Repeat([]byte{0xF0}, width/8*50), width, width/8, 50, coding, r)
}

func TestTIFFFile(t *testing.T) {
	a4 := []*t4.Page{blackPage(t4.MMR, 1728, t4.R8x7_7), blackPage(t4.MR, 1728, t4.R8x3_85)}
	b4 := []*t4.Page{blackPage(t4.MMR, 2048, t4.R8x15_4)}
	const takesMMR = "(& (image-coding=[MH,MMR]) (image-file-structure=[TIFF-minimal,TIFF-limited]) (paper-size=A4))"
	for _, c := range []struct {
		name, coding, takes string
		pages               []*t4.Page
		codings, structure  string
	}{
		{"nobody knows", codedMH, "", a4, "MH MH", "TIFF-minimal"},
		{"a mailbox that takes MMR", codedMH, takesMMR, a4, "MMR MMR", "TIFF-limited"},
		{"but not of that size", codedMH, takesMMR, b4, "MH", "TIFF-limited"},
		{"what it says makes no sense", codedMH, "(", a4, "MH MH", "TIFF-minimal"},
		{"the administrator knows better", codedMMR, "", a4, "MMR MMR", "TIFF-limited"},
		{"as it came", codedReceived, "", a4, "MMR MR", "TIFF-limited"},
	} {
		file, features, err := tiffFile(c.coding)(c.pages, c.takes)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got, err := tiff.Decode(bytes.NewReader(file), tiff.Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for i, p := range got {
			want, _, _ := c.pages[i].Bitmap()
			if bits, _, err := p.Bitmap(); err != nil || !bytes.Equal(bits, want) {
				t.Errorf("%s: page %d differs, %v", c.name, i+1, err)
			}
		}
		if s := strings.Join(codingsOf(file), " "); s != c.codings || !strings.Contains(features, "(image-file-structure="+c.structure+")") {
			t.Errorf("%s: coded in %s: %s", c.name, s, features)
		}
		e, err := feature.Parse(features)
		if err != nil || !e.Allows(feature.Document{"dpi": "204", "color": "binary"}) || e.Allows(feature.Document{"color": "full"}) {
			t.Errorf("%s: %s: %v", c.name, features, err)
		}
	}
}

// codingsOf reads the tags Compression and T4Options of each directory.
func codingsOf(file []byte) (codings []string) {
	var order binary.ByteOrder = binary.LittleEndian
	if file[0] == 'M' {
		order = binary.BigEndian
	}
	for at := order.Uint32(file[4:]); at != 0; {
		n := uint32(order.Uint16(file[at:]))
		coding := "MH"
		for i := range n {
			entry := file[at+2+12*i:]
			switch tag, value := order.Uint16(entry), order.Uint16(entry[8:]); {
			case tag == 259 && value == 4:
				coding = "MMR"
			case tag == 292 && order.Uint32(entry[8:])&1 != 0:
				coding = "MR"
			}
		}
		codings = append(codings, coding)
		at = order.Uint32(file[at+2+12*n:])
	}
	return codings
}
