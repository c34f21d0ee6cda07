package tiff

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	xtiff "golang.org/x/image/tiff"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/t4"
)

const libtiff = "Debian package libtiff-tools"

func run(t *testing.T, command string, args ...string) string {
	t.Helper()
	out, err := exec.Command(command, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", command, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func write(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// chartPages are the ITU charts as one document, or drawn pages where they are
// absent.
func chartPages(t *testing.T) []*t4.Page {
	var all []*t4.Page
	t.Run("charts", func(t *testing.T) {
		files, _ := filepath.Glob(filepath.Join(testpeer.Shared(t, "charts"), "*.tif"))
		for _, file := range files {
			p, err := Decode(bytes.NewReader(read(t, file)), Limits{})
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all = append(all, p...)
		}
	})
	if len(all) == 0 {
		p := pages()
		all = append(p[:3], p[4:]...) // libtiff's reader of MH refuses rows of 1728 runs
	}
	return all
}

// TestTiffcmpSeesNoDifference compares the charts as we write them with the same as
// libtiff writes them.
func TestTiffcmpSeesNoDifference(t *testing.T) {
	info := testpeer.Command(t, "tiffinfo", libtiff)
	compare := testpeer.Command(t, "tiffcmp", libtiff)
	copier := testpeer.Command(t, "tiffcp", libtiff)
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours.tif"), filepath.Join(dir, "theirs.tif")
	for _, coding := range []t4.Coding{t4.MH, t4.MR, t4.MMR} {
		for _, profile := range []Profile{ProfileS, ProfileF} {
			var p []*t4.Page
			for _, page := range chartPages(t) {
				q, err := t4.Transcode(page, coding, t4.EncodeOptions{})
				if err != nil {
					t.Fatal(err)
				}
				p = append(p, q)
			}
			write(t, ours, encode(t, p, profile))
			if out := run(t, info, "-D", ours); strings.Contains(out, "arning") || strings.Contains(out, "rror") {
				t.Errorf("%v, profile %d: %s", coding, profile, out)
			}
			run(t, copier, "-c", "none", ours, theirs)
			run(t, compare, "-t", ours, theirs)
			got, err := Decode(bytes.NewReader(read(t, theirs)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			samePixels(t, fmt.Sprintf("%v, profile %d, by libtiff", coding, profile), p, got)
		}
	}
}

// TestWeReadWhatTiffcpWrites has libtiff lay out the same pages in all its ways.
func TestWeReadWhatTiffcpWrites(t *testing.T) {
	copier := testpeer.Command(t, "tiffcp", libtiff)
	p := pages()
	p = append(p[:3], p[4:]...)
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours.tif"), filepath.Join(dir, "theirs.tif")
	write(t, ours, encode(t, p, ProfileF))
	for _, coding := range []string{"none", "packbits", "lzw", "zip", "g3:1d", "g3:2d", "g3:2d:fill", "g4"} {
		for _, layout := range []string{"-s -r 13", "-t -w 256 -l 64", "-8 -r 50", "-8 -B -t -w 128 -l 32", "-B -f lsb2msb -r 20", "-t -f lsb2msb"} {
			args := append(strings.Fields("-c "+coding+" "+layout), ours, theirs)
			if out, err := exec.Command(copier, args...).CombinedOutput(); err != nil {
				t.Logf("libtiff does not do %v: %s", args, out)
				continue
			}
			got, err := Decode(bytes.NewReader(read(t, theirs)), Limits{})
			if err != nil {
				t.Errorf("tiffcp %v: %v", args, err)
				continue
			}
			samePixels(t, fmt.Sprint("tiffcp ", args), p, got)
		}
	}
}

// TestWeReadFax2tiff reads what fax2tiff makes of the bits of a line.
func TestWeReadFax2tiff(t *testing.T) {
	receiver := testpeer.Command(t, "fax2tiff", libtiff)
	dir := t.TempDir()
	raw, file := filepath.Join(dir, "raw"), filepath.Join(dir, "faxed.tif")
	page := pages()[1]
	for coding, flag := range map[t4.Coding]string{t4.MH: "-1", t4.MR: "-2"} {
		p, err := t4.Transcode(page, coding, t4.EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		write(t, raw, p.Line(100))
		run(t, receiver, "-M", flag, "-X", "1728", "-R", "98", "-o", file, raw)
		got, err := Decode(bytes.NewReader(read(t, file)), Limits{})
		if err != nil {
			t.Fatalf("fax2tiff of %v: %v", coding, err)
		}
		a, _, _ := page.Bitmap()
		b, _, _ := got[0].Bitmap()
		if got[0].Rows > page.Rows+6 || !bytes.HasPrefix(b, a) { // it takes the EOLs of RTC for rows
			t.Errorf("fax2tiff of %v: %d rows have become %d, or others", coding, page.Rows, got[0].Rows)
		}
		if got[0].Resolution != t4.R8x3_85 {
			t.Errorf("fax2tiff of %v: %v", coding, got[0].Resolution)
		}
	}
}

// drawing is a picture of soft colours, which JPEG changes little.
func drawing(r image.Rectangle) *image.RGBA {
	m := image.NewRGBA(r)
	for y := range r.Dy() {
		for x := range r.Dx() {
			m.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), uint8((x + y) / 2), 255})
		}
	}
	return m
}

// craft lays out a little-endian file of one page from its tags, in the order in
// which they come, and its only strip.
func craft(strip []byte, tags ...entry) []byte {
	le := binary.LittleEndian
	out := append([]byte("II*\x00\x08\x00\x00\x00"), byte(len(tags)+2), 0)
	at := uint32(8 + 2 + 12*(len(tags)+2) + 4)
	var values []byte
	for _, t := range append(tags, long(tagStripByteCounts, uint32(len(strip))), long(tagStripOffsets, 0)) {
		out = le.AppendUint16(out, t.tag)
		out = le.AppendUint16(out, t.typ)
		out = le.AppendUint32(out, t.count)
		switch {
		case t.tag == tagStripOffsets:
			out = le.AppendUint32(out, at+uint32(len(values)))
		case len(t.value) > 4:
			out = le.AppendUint32(out, at+uint32(len(values)))
			values = append(values, t.value...)
			values = append(values, make([]byte, len(values)%2)...)
		default:
			out = append(append(out, t.value...), make([]byte, 4-len(t.value))...)
		}
	}
	return append(append(append(out, 0, 0, 0, 0), values...), strip...)
}

// threeSamples is a picture as RGB, without the fourth sample that x/image writes.
func threeSamples(m *image.RGBA) []byte {
	var strip []byte
	for i := 0; i < len(m.Pix); i += 4 {
		strip = append(strip, m.Pix[i:i+3]...)
	}
	return craft(strip, long(tagImageWidth, uint32(m.Rect.Dx())), long(tagImageLength, uint32(m.Rect.Dy())),
		short(tagBitsPerSample, 8, 8, 8), short(tagPhotometric, photometricRGB), short(tagCompression, compressionNone),
		short(tagSamplesPerPixel, 3), short(tagPlanar, 1))
}

// greyOf is what a colour image is as grey.
func greyOf(m image.Image) *image.Gray {
	g := image.NewGray(m.Bounds())
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			r, gr, b, _ := m.At(x, y).RGBA()
			g.SetGray(x, y, color.Gray{Y: luminance(uint8(r>>8), uint8(gr>>8), uint8(b>>8))})
		}
	}
	return g
}

func worst(a, b *image.Gray) int {
	if a.Rect.Size() != b.Rect.Size() {
		return 1000
	}
	most := 0
	for i := range a.Pix {
		most = max(most, int(a.Pix[i])-int(b.Pix[i]), int(b.Pix[i])-int(a.Pix[i]))
	}
	return most
}

// TestGreyAndColourAreRead reads pictures that x/image writes and libtiff lays out.
func TestGreyAndColourAreRead(t *testing.T) {
	copier := testpeer.Command(t, "tiffcp", libtiff)
	dir := t.TempDir()
	plain, file := filepath.Join(dir, "plain.tif"), filepath.Join(dir, "file.tif")
	colours := drawing(image.Rect(0, 0, 250, 199))
	grey := greyOf(colours)
	wide := image.NewGray16(colours.Rect)
	for i, v := range grey.Pix {
		wide.SetGray16(i%250, i/250, color.Gray16{Y: uint16(v)<<8 | uint16(v)})
	}
	for name, m := range map[string]image.Image{"colours": colours, "three colours": colours, "grey": grey, "16 bits": wide} {
		var b bytes.Buffer
		if err := xtiff.Encode(&b, m, nil); err != nil {
			t.Fatal(err)
		}
		write(t, plain, b.Bytes())
		if name == "three colours" {
			write(t, plain, threeSamples(colours))
		}
		for _, how := range []string{
			"-c none", "-c lzw", "-c lzw:2 -r 7", "-c zip:2 -B", "-c packbits -8", "-c none -t -w 64 -l 48", "-c zip:2 -t -B",
			"-c jpeg:95 -r 16", "-c jpeg:r:95 -t -w 64 -l 64", "-c none -p separate",
		} {
			if name == "colours" && strings.Contains(how, "jpeg") {
				continue // with a sample that says how opaque they are
			}
			args := append(strings.Fields(how), plain, file)
			if out, err := exec.Command(copier, args...).CombinedOutput(); err != nil {
				t.Logf("libtiff does not do %s of %s: %s", how, name, out)
				continue
			}
			r, err := NewReader(bytes.NewReader(read(t, file)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.Next()
			if strings.Contains(how, "separate") && strings.HasSuffix(name, "colours") {
				if err == nil || !strings.Contains(err.Error(), "apart") {
					t.Errorf("colours apart: %v", err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
				continue
			}
			tolerance := 0
			if strings.Contains(how, "jpeg") {
				tolerance = 12
			}
			if n := worst(got.Picture, grey); n > tolerance {
				t.Errorf("%s, %s: pixels are off by up to %d", name, how, n)
			}
			if _, err := r.Next(); err != io.EOF {
				t.Errorf("%s, %s: after the page comes %v", name, how, err)
			}
		}
	}
}

// TestPalettes reads pictures of few colours.
func TestPalettes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255}
	}
	m := image.NewPaletted(image.Rect(0, 0, 61, 47), palette)
	for i := range m.Pix {
		m.Pix[i] = uint8(r.Uint32())
	}
	var b bytes.Buffer
	if err := xtiff.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	d, err := NewReader(bytes.NewReader(b.Bytes()), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Next()
	if err != nil {
		t.Fatal(err)
	}
	if n := worst(got.Picture, greyOf(m)); n != 0 {
		t.Errorf("pixels are off by up to %d", n)
	}
}

// TestWeReadGhostscript reads what Ghostscript's devices for fax and scans write,
// against libtiff's reading of it.
func TestWeReadGhostscript(t *testing.T) {
	gs := testpeer.Command(t, "gs", "Debian package ghostscript")
	copier := testpeer.Command(t, "tiffcp", libtiff)
	dir := t.TempDir()
	const drawing = "/Times-Roman findfont 40 scalefont setfont 72 700 moveto (Fax, old friend) show " +
		"0 20 360 { newpath 300 400 moveto dup cos 200 mul 300 add exch sin 200 mul 400 add lineto stroke } for showpage showpage"
	for _, device := range []string{"tiffg3", "tiffg32d", "tiffg4", "tiffcrle", "tifflzw", "tiffpack", "tiffgray", "tiff24nc"} {
		file, plain := filepath.Join(dir, device+".tif"), filepath.Join(dir, "plain.tif")
		run(t, gs, "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH", "-sPAPERSIZE=a4", "-r204x196",
			"-sDEVICE="+device, "-sOutputFile="+file, "-c", drawing)
		run(t, copier, "-c", "none", file, plain)
		if strings.Contains("tiffgray tiff24nc", device) {
			r, err := NewReader(bytes.NewReader(read(t, file)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if m, err := r.Next(); err != nil || m.Picture == nil || int(m.X) != 204 || int(m.Y) != 196 {
				t.Errorf("%s: %v, %v", device, m, err)
			}
			continue
		}
		want, err := Decode(bytes.NewReader(read(t, plain)), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(bytes.NewReader(read(t, file)), Limits{})
		if err != nil {
			t.Errorf("%s: %v", device, err)
			continue
		}
		samePixels(t, device, want, got)
		if got[0].Resolution != t4.R8x7_7 || len(got) != 2 {
			t.Errorf("%s: %v, %d pages", device, got[0].Resolution, len(got))
		}
	}
}
