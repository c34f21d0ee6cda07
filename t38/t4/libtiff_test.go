package t4

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/internal/testpeer"
)

// interopPictures are the pictures, and the charts where they are.
func interopPictures(t *testing.T) []*picture {
	all := pictures()
	if names, _ := filepath.Glob(filepath.Join(sharedCharts(t), "*.tif")); len(names) > 0 {
		for _, name := range names {
			all = append(all, readTIFF(t, name))
		}
		return all
	}
	return append(all, drawnCharts()...)
}

// sharedCharts is the folder of the ITU charts, or "" when it is absent.
func sharedCharts(t *testing.T) (dir string) {
	t.Run("charts", func(t *testing.T) { dir = testpeer.Shared(t, "charts") })
	return dir
}

func run(t *testing.T, command string, args ...string) {
	t.Helper()
	if out, err := exec.Command(command, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", command, strings.Join(args, " "), err, out)
	}
}

// variant is a way to put a coding into a TIFF.
type variant struct {
	coding      Coding
	compression int
	t4Options   int
	encode      EncodeOptions
}

var variants = []variant{
	{MH, 2, 0, EncodeOptions{NoEOL: true, AlignRows: true}},
	{MH, 3, 0, EncodeOptions{}},
	{MH, 3, 4, EncodeOptions{AlignEOL: true, NoEnd: true}},
	{MR, 3, 1, EncodeOptions{K: 4}},
	{MR, 3, 5, EncodeOptions{K: 2, AlignEOL: true, NoEnd: true}},
	{MR, 3, 1, EncodeOptions{K: -1, MinRowBits: 96}},
	{MMR, 4, 0, EncodeOptions{}},
}

func (v *variant) String() string {
	return fmt.Sprintf("%v, compression %d, options %d", v.coding, v.compression, v.t4Options)
}

// tooFine says that libtiff 4.5 does not read rows like these in G3: it has no
// room for as many runs as a row has pels.
func (p *picture) tooFine() bool {
	return strings.Contains(p.name, "single") || strings.Contains(p.name, "checker") || p.width < 9
}

// TestLibtiffReadsOurs has tiffcp decode what we code, in each variant and bit
// order.
func TestLibtiffReadsOurs(t *testing.T) {
	tiffcp := testpeer.Command(t, "tiffcp", "Debian package libtiff-tools")
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours.tif"), filepath.Join(dir, "theirs.tif")
	for i, p := range interopPictures(t) {
		for j, v := range variants {
			if v.compression != 4 && p.tooFine() {
				continue
			}
			order := BitOrder((i + j) % 2)
			v.encode.BitOrder = order
			e := NewEncoder(v.coding, p.width, v.encode)
			for y := range p.height {
				if err := e.WriteBits(p.bits[y*p.stride():][:p.stride()]); err != nil {
					t.Fatal(err)
				}
			}
			writeTIFF(t, ours, p.width, p.height, v.compression, int(order)+1, v.t4Options, e.Finish())
			run(t, tiffcp, "-c", "none", ours, theirs)
			if got := readTIFF(t, theirs); got.width != p.width || !bytes.Equal(got.bits, p.bits) {
				t.Errorf("%s, %d wide, %v, bit order %d: libtiff sees another picture", p.name, p.width, &v, order)
			}
			if got := readTIFF(t, ours); !bytes.Equal(got.bits, p.bits) {
				t.Errorf("%s, %d wide, %v, bit order %d: we see another picture", p.name, p.width, &v, order)
			}
		}
	}
}

// TestWeReadLibtiff decodes what tiffcp codes.
func TestWeReadLibtiff(t *testing.T) {
	tiffcp := testpeer.Command(t, "tiffcp", "Debian package libtiff-tools")
	dir := t.TempDir()
	plain, coded := filepath.Join(dir, "plain.tif"), filepath.Join(dir, "coded.tif")
	for i, p := range interopPictures(t) {
		writeTIFF(t, plain, p.width, p.height, 1, 1, 0, p.bits)
		for j, c := range []string{"g3:1d", "g3:2d", "g3:1d:fill", "g3:2d:fill", "g4"} {
			order := []string{"msb2lsb", "lsb2msb"}[(i+j)%2]
			run(t, tiffcp, "-c", c, "-f", order, plain, coded)
			if got := readTIFF(t, coded); got.width != p.width || !bytes.Equal(got.bits, p.bits) {
				t.Errorf("%s, %d wide, %s, %s: we see another picture", p.name, p.width, c, order)
			}
		}
	}
}

// TestFax2tiffReadsLine has fax2tiff receive pages as the line carries them, with
// fill and RTC.
func TestFax2tiffReadsLine(t *testing.T) {
	fax2tiff := testpeer.Command(t, "fax2tiff", "Debian package libtiff-tools")
	tiffcp := testpeer.Command(t, "tiffcp", "Debian package libtiff-tools")
	dir := t.TempDir()
	raw, faxed, plain := filepath.Join(dir, "raw"), filepath.Join(dir, "faxed.tif"), filepath.Join(dir, "plain.tif")
	for _, p := range interopPictures(t) {
		if p.tooFine() || p.width > 5000 {
			continue
		}
		for coding, flag := range map[Coding]string{MH: "-1", MR: "-2"} {
			page := FromBitmap(p.bits, p.width, p.stride(), p.height, coding, R8x7_7)
			writeFile(t, raw, page.Line(200))
			run(t, fax2tiff, "-M", flag, "-X", fmt.Sprint(p.width), "-o", faxed, raw)
			run(t, tiffcp, "-c", "none", faxed, plain)
			got := readTIFF(t, plain) // it takes the EOLs of RTC for rows
			if got.width != p.width || got.height > p.height+6 || !bytes.HasPrefix(got.bits, p.bits) {
				t.Errorf("%s, %d wide, %v: fax2tiff sees another picture, of %d rows", p.name, p.width, coding, got.height)
			}
		}
	}
}

// TestWeReadGhostscript decodes what Ghostscript's fax devices write, against
// libtiff's reading of it.
func TestWeReadGhostscript(t *testing.T) {
	gs := testpeer.Command(t, "gs", "Debian package ghostscript")
	tiffcp := testpeer.Command(t, "tiffcp", "Debian package libtiff-tools")
	dir := t.TempDir()
	const drawing = "/Times-Roman findfont 40 scalefont setfont 72 700 moveto (Fax, old friend) show " +
		"0 20 360 { newpath 300 400 moveto dup cos 200 mul 300 add exch sin 200 mul 400 add lineto stroke } for showpage"
	for _, device := range []string{"tiffg3", "tiffg32d", "tiffg4", "tiffcrle"} {
		faxed, plain := filepath.Join(dir, device+".tif"), filepath.Join(dir, "plain.tif")
		run(t, gs, "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH", "-sPAPERSIZE=a4", "-r204x196",
			"-sDEVICE="+device, "-sOutputFile="+faxed, "-c", drawing)
		run(t, tiffcp, "-c", "none", faxed, plain)
		got, want := readTIFF(t, faxed), readTIFF(t, plain)
		if got.width != want.width || !bytes.Equal(got.bits, want.bits) {
			t.Errorf("%s: we see another picture than libtiff", device)
		}
		if left, _, right, _ := got.extent(); right-left < 500 {
			t.Errorf("%s: the picture is empty", device)
		}
	}
}
