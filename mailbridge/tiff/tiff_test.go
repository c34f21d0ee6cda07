package tiff

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// sparse gives random pels, of which one in 2^thin is black.
func sparse(r *rand.Rand, octets, thin int) []byte {
	bits := make([]byte, octets)
	for i := range bits {
		bits[i] = 0xFF
		for range thin {
			bits[i] &= byte(r.Uint32())
		}
	}
	return bits
}

// pages are a blank page, a dense one and a random one, coded differently.
func pages() []*t4.Page {
	r := rand.New(rand.NewPCG(1, 2))
	bits := sparse(r, 216*150, 3)
	checker := bytes.Repeat([]byte{0x55}, 216*20)
	return []*t4.Page{
		t4.FromBitmap(nil, 1728, 216, 100, t4.MMR, t4.R8x7_7),
		t4.FromBitmap(bits, 1728, 216, 150, t4.MH, t4.R8x3_85),
		t4.FromBitmap(bits, 1728, 216, 150, t4.MR, t4.R8x15_4),
		t4.FromBitmap(checker, 1728, 216, 20, t4.MR, t4.I200x200),
		t4.FromBitmap(bits, 2432, 304, 90, t4.MMR, t4.R8x7_7),
	}
}

// smallPages are what a fuzzer can take in.
func smallPages() []*t4.Page {
	bits := sparse(rand.New(rand.NewPCG(7, 8)), 4*8, 2)
	return []*t4.Page{
		t4.FromBitmap(bits, 32, 4, 8, t4.MH, t4.R8x7_7),
		t4.FromBitmap(bits, 29, 4, 8, t4.MR, t4.R8x7_7),
		t4.FromBitmap(bits, 32, 4, 8, t4.MMR, t4.I300x300),
	}
}

func encode(t testing.TB, p []*t4.Page, profile Profile) []byte {
	t.Helper()
	b, err := Encode(p, profile)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func samePixels(t testing.TB, what string, a, b []*t4.Page) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%s: %d pages became %d", what, len(a), len(b))
	}
	for i := range a {
		x, _, errX := a[i].Bitmap()
		y, _, errY := b[i].Bitmap()
		if errX != nil || errY != nil {
			t.Fatal(errX, errY)
		}
		if a[i].Width != b[i].Width || a[i].Rows != b[i].Rows || !bytes.Equal(x, y) {
			t.Errorf("%s: page %d is not the same", what, i+1)
		}
	}
}

func TestPagesSurviveBothProfiles(t *testing.T) {
	for _, profile := range []Profile{ProfileS, ProfileF} {
		got, err := Decode(bytes.NewReader(encode(t, pages(), profile)), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		samePixels(t, fmt.Sprint("profile ", profile), pages(), got)
		for i, p := range pages() {
			if got[i].Resolution != p.Resolution {
				t.Errorf("page %d: %v became %v", i+1, p.Resolution, got[i].Resolution)
			}
		}
	}
}

func TestLibtiffReadsOursWithoutComplaint(t *testing.T) {
	info := testpeer.Command(t, "tiffinfo", "Debian package libtiff-tools")
	copier := testpeer.Command(t, "tiffcp", "Debian package libtiff-tools")
	for _, profile := range []Profile{ProfileS, ProfileF} {
		// libtiff's reader of MH refuses rows of 1728 runs, which page 4 has.
		p := pages()
		p = append(p[:3], p[4:]...)
		file := filepath.Join(t.TempDir(), "ours.tif")
		if err := os.WriteFile(file, encode(t, p, profile), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(info, "-D", file).CombinedOutput()
		if err != nil || strings.Contains(string(out), "Warning") || strings.Count(string(out), "TIFF Directory") != len(p) {
			t.Errorf("tiffinfo: %v\n%s", err, out)
		}
		for _, how := range []string{"none", "g3:1d", "g3:2d", "g3:1d:fill", "g4", "packbits"} {
			for _, more := range [][]string{{}, {"-f", "lsb2msb", "-B"}, {"-r", "7", "-L"}} {
				theirs := filepath.Join(t.TempDir(), "theirs.tif")
				args := append(append([]string{"-c", how}, more...), file, theirs)
				if out, err := exec.Command(copier, args...).CombinedOutput(); err != nil || len(out) > 0 {
					t.Fatalf("tiffcp %v: %v\n%s", args, err, out)
				}
				b, err := os.ReadFile(theirs)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Decode(bytes.NewReader(b), Limits{})
				if err != nil {
					t.Fatalf("tiffcp %v: %v", args, err)
				}
				samePixels(t, fmt.Sprint("tiffcp ", args), p, got)
			}
		}
	}
}

func TestChartsSurvive(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testpeer.Shared(t, "charts"), "*.tif"))
	if err != nil || len(files) != 8 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Decode(bytes.NewReader(b), Limits{})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		again, err := Decode(bytes.NewReader(encode(t, p, ProfileS)), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		samePixels(t, file, p, again)
	}
}

func TestAFileCutShortIsAnErrorAtEveryPlace(t *testing.T) {
	bits := sparse(rand.New(rand.NewPCG(3, 4)), 216*24, 4)
	whole := encode(t, []*t4.Page{
		t4.FromBitmap(bits, 1728, 216, 24, t4.MH, t4.R8x7_7),
		t4.FromBitmap(bits, 1728, 216, 24, t4.MR, t4.R8x7_7),
	}, ProfileF)
	for n := 0; n < len(whole); n++ {
		if n > 400 && n < len(whole)-600 {
			n += 20
		}
		got, err := Decode(bytes.NewReader(whole[:n]), Limits{})
		if err == nil && n < len(whole)-1 { // the last octet may be padding
			t.Fatalf("cut to %d of %d octets, it still has %d pages", n, len(whole), len(got))
		}
	}
	_, err := Decode(bytes.NewReader(whole[:len(whole)-200]), Limits{})
	if err == nil || !strings.Contains(err.Error(), "page 2") || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("the sentence: %v", err)
	}
}

// patch sets a field of the first directory.
func patch(b []byte, tag uint16, value uint32) []byte {
	b = bytes.Clone(b)
	for at := 10; ; at += 12 {
		if binary.LittleEndian.Uint16(b[at:]) == tag {
			binary.LittleEndian.PutUint32(b[at+8:], value)
			return b
		}
	}
}

func TestWhatCannotBeFaxedSaysWhy(t *testing.T) {
	small := encode(t, pages()[:1], ProfileF)
	for _, c := range []struct {
		file []byte
		want string
	}{
		{[]byte("%PDF-1.4 not a TIFF"), "no TIFF"},
		{[]byte("II"), "shorter than its header"},
		{patch(small, tagCompression, 9), "JBIG"},
	} {
		if _, err := Decode(bytes.NewReader(c.file), Limits{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestDamagedRowsAreCounted(t *testing.T) {
	p := pages()[1:2]
	file := encode(t, p, ProfileF)
	for i := len(file) - 900; i < len(file)-880; i++ {
		file[i] ^= 0x5A
	}
	got, err := Decode(bytes.NewReader(file), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].BadRows == 0 || got[0].BadRows > 10 || got[0].Rows != p[0].Rows {
		t.Errorf("%d of %d rows are bad", got[0].BadRows, got[0].Rows)
	}
	again, err := Decode(bytes.NewReader(encode(t, got, ProfileF)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	samePixels(t, "what was concealed", got, again)
}

func FuzzDecode(f *testing.F) {
	for _, profile := range []Profile{ProfileS, ProfileF} {
		f.Add(encode(f, smallPages(), profile))
	}
	limits := Limits{Pages: 10, Rows: 2000, Width: 4000, Octets: 1 << 20}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(bytes.NewReader(b), limits)
		if err != nil {
			return
		}
		again, err := Decode(bytes.NewReader(encode(t, p, ProfileF)), Limits{Width: t4.MaxWidth})
		if err != nil {
			t.Fatal(err)
		}
		samePixels(t, "what was read and written", p, again)
	})
}
