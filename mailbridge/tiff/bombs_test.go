package tiff

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// blank is a tiny file of one blank page.
func blank(t testing.TB) []byte {
	return encode(t, []*t4.Page{t4.FromBitmap(nil, 1728, 216, 10, t4.MMR, t4.R8x7_7)}, ProfileF)
}

// refused decodes a file and wants an error, soon and for little memory.
func refused(t *testing.T, what string, file []byte) error {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	_, err := Decode(bytes.NewReader(file), Limits{})
	spent := time.Since(start)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Errorf("%s is read", what)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20+20*uint64(len(file)) {
		t.Errorf("%s takes %d MB", what, used>>20)
	}
	t.Logf("%s: %v, %v", what, spent, err)
	return err
}

// manyPages is a file of so many directories, all good and all of the same rows.
func manyPages(n int) []byte {
	le := binary.LittleEndian
	out := []byte("II*\x00\x0C\x00\x00\x00\xFF\xC0\x04\x00") // ten white rows
	for range n {
		out = append(out, 5, 0)
		for _, f := range [][2]uint32{
			{tagImageWidth, 1728}, {tagImageLength, 10}, {tagCompression, compressionT6}, {tagStripOffsets, 8}, {tagStripByteCounts, 4},
		} {
			out = le.AppendUint16(out, uint16(f[0]))
			out = le.AppendUint16(out, typeLong)
			out = le.AppendUint32(out, 1)
			out = le.AppendUint32(out, f[1])
		}
		out = le.AppendUint32(out, uint32(len(out)+4))
	}
	le.PutUint32(out[len(out)-4:], 0)
	return out
}

// overlapping is a file all of whose strips are the same octets.
func overlapping(strips int) []byte {
	data := bytes.Repeat([]byte{0xFF}, 3000)
	offsets, counts := entry{tag: tagStripOffsets, typ: typeLong, count: uint32(strips)}, entry{tag: tagStripByteCounts, typ: typeLong, count: uint32(strips)}
	for range strips {
		offsets.value = binary.LittleEndian.AppendUint32(offsets.value, 300)
		counts.value = binary.LittleEndian.AppendUint32(counts.value, uint32(len(data)))
	}
	return craft(data, offsets, counts, long(tagImageWidth, 1728), long(tagImageLength, uint32(strips)),
		short(tagCompression, compressionT6), long(tagRowsPerStrip, 1))
}

func TestBombsAreRefusedAtOnce(t *testing.T) {
	small := blank(t)
	loop := bytes.Clone(small)
	binary.LittleEndian.PutUint32(loop[10+12*int(binary.LittleEndian.Uint16(loop[8:])):], 8)
	var limit *LimitError
	var format *FormatError
	for _, c := range []struct {
		what string
		file []byte
		want any
	}{
		{"2^31 rows", patch(small, tagImageLength, 1<<31), &limit},
		{"2^31 pels in a row", patch(small, tagImageWidth, 1<<31), &limit},
		{"a loop of directories", loop, &format},
		{"a hundred thousand pages", manyPages(100_000), &limit},
		{"overlapping strips", overlapping(60000), &format},
		{"a picture of 20000 by 65536", craft([]byte{1}, long(tagImageWidth, 20000), long(tagImageLength, 65536),
			short(tagBitsPerSample, 8), short(tagPhotometric, 1), short(tagCompression, compressionLZW)), &limit},
		{"a tile of 2^31", craft([]byte{1}, long(tagImageWidth, 20000), long(tagImageLength, 100), long(tagTileWidth, 1<<31),
			long(tagTileLength, 1<<31), short(tagCompression, compressionT6), long(tagTileOffsets, 8), long(tagTileByteCounts, 8)), &format},
		{"2^32 strips", craft([]byte{1}, entry{tagStripOffsets, typeLong, math.MaxUint32, []byte{8, 0, 0, 0}},
			long(tagImageWidth, 100), long(tagImageLength, 100), short(tagCompression, compressionT6)), &format},
		{"no fields", []byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"), &format},
		{"a BigTIFF of 2^64 fields", []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), &format},
		{"a BigTIFF that begins at 2^64", []byte("MM\x00+\x00\x08\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), &format},
	} {
		if err := refused(t, c.what, c.file); !errors.As(err, c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

func TestPagesAreLimited(t *testing.T) {
	if p, err := Decode(bytes.NewReader(manyPages(900)), Limits{}); err != nil || len(p) != 900 || p[899].Rows != 10 {
		t.Errorf("of 900 pages %d are read: %v", len(p), err)
	}
	var limit *LimitError
	if _, err := Decode(bytes.NewReader(encode(t, pages(), ProfileF)), Limits{Pages: 4}); !errors.As(err, &limit) {
		t.Errorf("five pages with a limit of four: %v", err)
	}
	if _, err := Decode(bytes.NewReader(encode(t, pages(), ProfileF)), Limits{Octets: 1000}); !errors.As(err, &limit) {
		t.Errorf("1000 octets: %v", err)
	}
	if _, err := Decode(bytes.NewReader(encode(t, pages(), ProfileF)), Limits{Rows: 99}); !errors.As(err, &limit) {
		t.Errorf("99 rows: %v", err)
	}
}

// A file may be anything that is read at offsets; its size need not be known.
type noSize struct{ r *bytes.Reader }

func (n noSize) ReadAt(b []byte, at int64) (int, error) { return n.r.ReadAt(b, at) }

func TestSizeIsFound(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 1000, 65536, 65537} {
		if got := sizeOf(noSize{bytes.NewReader(make([]byte, n))}); got != int64(n) {
			t.Errorf("%d octets are taken for %d", n, got)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, profile := range []Profile{ProfileS, ProfileF} {
		f.Add(encode(f, smallPages(), profile))
	}
	f.Add(overlapping(5))
	f.Add(threeSamples(drawing(image.Rect(0, 0, 9, 7))))
	limits := Limits{Pages: 8, Rows: 1000, Width: 3000, Pixels: 1 << 20, Octets: 1 << 20}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b), limits)
		if err != nil {
			return
		}
		for {
			m, err := r.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				if Sentence(err, "scan.tif") == "" {
					t.Fatal("an error without words")
				}
				return
			}
			if (m.Page == nil) == (m.Picture == nil) {
				t.Fatal("a page must be one thing or the other")
			}
			if m.Page != nil && (m.Page.Rows > limits.Rows || m.Page.Width > limits.Width) {
				t.Fatalf("a page of %d by %d", m.Page.Width, m.Page.Rows)
			}
		}
	})
}
