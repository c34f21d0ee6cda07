package pdf

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// bars is a page of bars and dots.
func bars(coding t4.Coding, width, rows int, res t4.Resolution, seed uint64) (*t4.Page, []byte) {
	r := rand.New(rand.NewPCG(seed, 1))
	stride := width / 8
	bits := make([]byte, stride*rows)
	for y := range rows {
		for i := range stride {
			if (y/16+i/8)%3 == 0 || r.IntN(20) == 0 {
				bits[y*stride+i] = byte(0xF0 >> (y % 4))
			}
		}
	}
	return t4.FromBitmap(bits, width, stride, rows, coding, res), bits
}

func TestSamePagesSameFile(t *testing.T) {
	p, _ := bars(t4.MMR, 1728, 100, t4.R8x7_7, 1)
	a, err := Encode([]*t4.Page{p, p})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Encode([]*t4.Page{p, p})
	if !bytes.Equal(a, b) {
		t.Error("the same pages give different files")
	}
	if !bytes.Contains(a, p.Data) {
		t.Error("the coded rows are not in the file as they are")
	}
	if _, err := Encode(nil); err == nil {
		t.Error("a file without pages is written")
	}
}

// Ghostscript and Poppler get every pel back.
func TestOthersReadEveryPel(t *testing.T) {
	gs := testpeer.Command(t, "gs", "package ghostscript")
	pdfimages := testpeer.Command(t, "pdfimages", "package poppler-utils")
	pdfinfo := testpeer.Command(t, "pdfinfo", "package poppler-utils")
	var pages []*t4.Page
	var want [][]byte
	for i, c := range []t4.Coding{t4.MMR, t4.MH, t4.MR} {
		p, bits := bars(c, 1728, 1000+i, t4.R8x7_7, uint64(i))
		pages, want = append(pages, p), append(want, bits)
	}
	std, bits := bars(t4.MH, 1728, 1143, t4.R8x3_85, 9)
	pages, want = append(pages, std), append(want, bits)
	file := filepath.Join(t.TempDir(), "a.pdf")
	b, err := Encode(pages)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gs, "-q", "-dNOPAUSE", "-dBATCH", "-dPDFSTOPONERROR", "-sDEVICE=nullpage", file).CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("Ghostscript: %v %s", err, out)
	}
	if out, err := exec.Command(pdfinfo, file).Output(); err != nil || !strings.Contains(string(out), "Pages:           4") {
		t.Errorf("pdfinfo: %v %s", err, out)
	}
	if out, err := exec.Command(pdfimages, "-png", file, file).CombinedOutput(); err != nil {
		t.Fatalf("pdfimages: %v %s", err, out)
	}
	for i, p := range pages {
		f, err := os.ReadFile(file + "-00" + string(rune('0'+i)) + ".png")
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(f))
		if err != nil || m.Bounds() != image.Rect(0, 0, p.Width, p.Rows) {
			t.Fatalf("page %d: %v, %v", i+1, m.Bounds(), err)
		}
		for y := range p.Rows {
			for x := range p.Width {
				r, _, _, _ := m.At(x, y).RGBA()
				if black := want[i][y*p.Width/8+x/8]&(0x80>>(x%8)) != 0; black != (r == 0) {
					t.Fatalf("page %d: the pel at %d, %d differs", i+1, x, y)
				}
			}
		}
	}
}
