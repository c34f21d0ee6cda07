package tiff

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// without takes a tag out of the first directory: it becomes one that nobody knows.
func without(b []byte, tag uint16) []byte {
	b = bytes.Clone(b)
	for at := 10; ; at += 12 {
		if binary.LittleEndian.Uint16(b[at:]) == tag {
			binary.LittleEndian.PutUint16(b[at:], 65000)
			return b
		}
	}
}

func TestMissingAndWrongTagsAreTolerated(t *testing.T) {
	for _, coding := range []t4.Coding{t4.MH, t4.MR, t4.MMR} {
		page, err := t4.Transcode(pages()[1], coding, t4.EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		want := []*t4.Page{page}
		file := encode(t, want, ProfileF)
		cases := map[string][]byte{
			"the fill order wrong":        patch(file, tagFillOrder, 2),
			"a strip count of 4 GB":       patch(file, tagStripByteCounts, 1<<32-1),
			"a strip count of 0":          patch(file, tagStripByteCounts, 0),
			"rows in a strip without end": patch(file, tagRowsPerStrip, 1<<32-1),
			"0 rows in a strip":           patch(file, tagRowsPerStrip, 0),
			"8 bits a sample":             patch(file, tagBitsPerSample, 8),
			"no rows, or too many":        patch(file, tagImageLength, 0),
		}
		if coding != t4.MMR {
			cases["the wrong dimension"] = patch(file, tagT4Options, uint32(1-coding))
			cases["no T4Options"] = without(file, tagT4Options)
			both := patch(patch(file, tagFillOrder, 2), tagT4Options, uint32(1-coding))
			cases["fill order and dimension wrong"] = both
		}
		for _, tag := range []uint16{
			tagNewSubfileType, tagBitsPerSample, tagPhotometric, tagFillOrder, tagSamplesPerPixel, tagRowsPerStrip,
			tagStripByteCounts, tagXResolution, tagYResolution, tagResolutionUnit, tagSoftware, tagImageLength,
		} {
			cases[fmt.Sprint("no tag ", tag)] = without(file, tag)
		}
		for what, b := range cases {
			got, err := Decode(bytes.NewReader(b), Limits{})
			if err != nil {
				t.Errorf("%v, %s: %v", coding, what, err)
				continue
			}
			samePixels(t, fmt.Sprint(coding, ", ", what), want, got)
		}
	}
}

// One that ends with EOFB or RTC before the rows that its tag gives it is whole.
func TestPageShorterThanItsTag(t *testing.T) {
	file := patch(encode(t, pages()[:1], ProfileF), tagImageLength, 5000)
	got, err := Decode(bytes.NewReader(file), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	samePixels(t, "5000 rows", pages()[:1], got)
	file = patch(encode(t, pages()[1:2], ProfileF), tagImageLength, 151)
	_, err = Decode(bytes.NewReader(file), Limits{})
	if want := "page 1 of scan.tif is cut short: its rows from 151 on are missing"; err == nil || Sentence(err, "scan.tif") != want {
		t.Errorf("one row is missing: %v", err)
	}
}

func TestSentences(t *testing.T) {
	whole := encode(t, pages()[1:3], ProfileF)
	for _, c := range []struct {
		file []byte
		want string
	}{
		{whole[:len(whole)-30000], "page 2 of scan.tif is cut short"},
		{whole[:9], "page 1 of scan.tif is cut short"},
		{whole[:5], "scan.tif is cut short"},
		{[]byte("GIF89a, not a TIFF"), "scan.tif is no TIFF file"},
		{patch(whole, tagCompression, 34661), "page 1 of scan.tif has JBIG compression, which cannot be read here"},
	} {
		_, err := Decode(bytes.NewReader(c.file), Limits{})
		if err == nil || !strings.HasPrefix(Sentence(err, "scan.tif"), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// A file of damage that is no coding at all is not passed on as rows.
func TestNoiseIsRefused(t *testing.T) {
	file := encode(t, pages()[1:2], ProfileF)
	for i := len(file) / 4; i < len(file); i++ {
		file[i] = bits.Reverse8(byte(i*i*31+i>>3)) | 1
	}
	if p, err := Decode(bytes.NewReader(file), Limits{}); err == nil {
		t.Errorf("noise has become %d rows, %d of them bad", p[0].Rows, p[0].BadRows)
	}
}

func TestThumbnailsAreNoPages(t *testing.T) {
	file := patch(encode(t, pages()[:3], ProfileF), tagNewSubfileType, reducedImage)
	got, err := Decode(bytes.NewReader(file), Limits{})
	if err != nil || len(got) != 2 {
		t.Errorf("%d pages: %v", len(got), err)
	}
}

func TestBlackIsZero(t *testing.T) {
	file := patch(encode(t, pages()[1:2], ProfileF), tagPhotometric, blackIsZero)
	got, err := Decode(bytes.NewReader(file), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	a, _, _ := pages()[1].Bitmap()
	b, _, _ := got[0].Bitmap()
	for i := range a {
		if a[i] != ^b[i] {
			t.Fatalf("octet %d: %02x and %02x", i, a[i], b[i])
		}
	}
}

// Compression 2 has rows without EOLs, each from an octet on.
func TestOldCompression2(t *testing.T) {
	page := pages()[1]
	e := t4.NewEncoder(t4.MH, page.Width, t4.EncodeOptions{NoEOL: true, AlignRows: true})
	for row, err := range page.Decode().All() {
		if err != nil || e.WriteRow(row) != nil {
			t.Fatal(err)
		}
	}
	file := craft(e.Finish(), long(tagImageWidth, 1728), long(tagImageLength, 150), short(tagCompression, compressionRLE))
	got, err := Decode(bytes.NewReader(file), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	samePixels(t, "compression 2", []*t4.Page{page}, got)
}

// TestUncompressedModeIsRefusedInWords reads a page whose second row begins
// uncompressed mode, which its tags allow.
func TestUncompressedModeIsRefusedInWords(t *testing.T) {
	for compression, words := range map[uint32]string{
		compressionT4: "000000000001 010011011 00110101 000000000001 000000001111", // EOL, 1728 white, EOL, extension
		compressionT6: "1 0000001111",
	} {
		var strip []byte
		n := 0
		for _, bit := range words + "0000000000000000" {
			if bit == ' ' {
				continue
			}
			if n%8 == 0 {
				strip = append(strip, 0)
			}
			strip[n/8] |= byte(bit-'0') << (7 - n%8)
			n++
		}
		options := long(tagT4Options, uncompressedMode)
		if compression == compressionT6 {
			options = long(tagT6Options, uncompressedMode)
		}
		_, err := Decode(bytes.NewReader(craft(strip, long(tagImageWidth, 1728), long(tagImageLength, 2),
			short(tagCompression, compression), options)), Limits{})
		var unsupported *UnsupportedError
		if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), "uncompressed mode") {
			t.Errorf("compression %d: %v", compression, err)
		}
	}
}
