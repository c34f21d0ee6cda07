package t38

import (
	"bytes"
	"testing"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t4"
)

func TestFillIsRemoved(t *testing.T) {
	for _, coding := range []t4.Coding{t4.MH, t4.MR} {
		page := testPage(1, 200, coding, t4.R8x7_7)
		if got := withoutFill(page.Data); !bytes.Equal(got, bytes.TrimRight(page.Data, "\x00")) {
			t.Errorf("%v: rows without fill have changed", coding)
		}
		filled := page.Line(288) // 20 ms a row at 14400 bit/s
		got := withoutFill(filled)
		if len(filled)-len(got) < 500 || len(got)-len(page.Data) > 200*3/8 {
			t.Errorf("%v: %d octets of %d with fill; without any %d", coding, len(got), len(filled), len(page.Data))
		}
	}
	if got := withoutFill([]byte{0, 0, 0, 1, 0x80, 0}); !bytes.Equal(got, []byte{0, 0x03}) {
		t.Errorf("%x", got)
	}
	if got := withoutFill(nil); len(got) != 0 {
		t.Errorf("%x", got)
	}
}

// However a row ends, its last code word stays: rows whose last run has every
// length, white and black.
func TestNoCodeWordIsTakenForFill(t *testing.T) {
	const width, stride = 1728, 1728 / 8
	bits := make([]byte, 0, 2*width*stride)
	for _, ink := range []byte{0x00, 0xFF} {
		for run := 1; run < width; run++ {
			row := bytes.Repeat([]byte{^ink}, stride)
			for x := width - run; x < width; x++ {
				row[x/8] ^= 0x80 >> (x % 8)
			}
			bits = append(bits, row...)
		}
	}
	for _, coding := range []t4.Coding{t4.MH, t4.MR} {
		page := t4.FromBitmap(bits, width, stride, len(bits)/stride, coding, t4.R8x7_7)
		if got := withoutFill(page.Data); !bytes.Equal(got, bytes.TrimRight(page.Data, "\x00")) {
			t.Errorf("%v: rows without fill have changed", coding)
		}
	}
}

func TestFaxWithoutFill(t *testing.T) {
	calling, called := options(Options{FillBitRemoval: true})
	called.T30.DisableECM = true
	mustFax(t, newWorld(calling, called, simnet.Conditions{}), testDocument(1, 300))
}
