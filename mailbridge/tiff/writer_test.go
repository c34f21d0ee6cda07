package tiff

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// directories reads those of a file.
func directories(t *testing.T, b []byte) []*ifd {
	t.Helper()
	f, at, err := open(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var all []*ifd
	for at != 0 {
		d, next, err := f.directory(at, len(all)+1)
		if err != nil {
			t.Fatal(err)
		}
		all, at = append(all, d), next
	}
	return all
}

func TestProfileSHasItsFields(t *testing.T) {
	p := *pages()[1]
	p.BadRows, p.BadRun = 7, 3
	var b bytes.Buffer
	w := NewWriter(&b, WriteOptions{Profile: ProfileS, Pages: 2, DateTime: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)})
	for range 2 {
		if err := w.WritePage(&p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b.Bytes(), []byte("II*\x00\x08\x00\x00\x00")) {
		t.Error("the first directory does not stand behind the header")
	}
	for i, d := range directories(t, b.Bytes()) {
		for tag, want := range map[uint16][]int64{
			tagNewSubfileType: {2}, tagImageWidth: {1728}, tagImageLength: {150}, tagBitsPerSample: {1},
			tagCompression: {3}, tagPhotometric: {0}, tagFillOrder: {2}, tagSamplesPerPixel: {1},
			tagRowsPerStrip: {150}, tagT4Options: {0}, tagResolutionUnit: {2}, tagPageNumber: {int64(i), 2},
			tagBadFaxLines: {7}, tagCleanFaxData: {1}, tagConsecutiveBadFaxLines: {3},
		} {
			if got := d.numbers(tag); !slices.Equal(got, want) {
				t.Errorf("page %d, tag %d: %v, want %v", i+1, tag, got, want)
			}
		}
		if x, y := d.ratio(tagXResolution), d.ratio(tagYResolution); x != 204 || y != 98 {
			t.Errorf("%v by %v dots per inch", x, y)
		}
		for tag, want := range map[uint16]string{tagSoftware: "pagebridge\x00", tagDateTime: "2026:03:04 05:06:07\x00"} {
			if got, _ := d.value(tag); string(got) != want {
				t.Errorf("tag %d: %q", tag, got)
			}
		}
	}
	got, err := Decode(bytes.NewReader(b.Bytes()), Limits{})
	if err != nil || got[0].BadRows != 7 || got[0].BadRun != 3 {
		t.Errorf("%d bad rows, %d in a run, are read back: %v", got[0].BadRows, got[0].BadRun, err)
	}
}

// TIFF 6.0 section 2: ascending tags, and everything from an even offset on.
func TestDirectoriesAreInOrder(t *testing.T) {
	for _, profile := range []Profile{ProfileS, ProfileF} {
		b := encode(t, pages(), profile)
		f, at, err := open(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; at != 0; n++ {
			if at%2 != 0 {
				t.Errorf("directory %d stands at %d", n, at)
			}
			last := uint16(0)
			for i := range int64(f.order.Uint16(b[at:])) {
				tag := f.order.Uint16(b[at+2+12*i:])
				if tag <= last {
					t.Errorf("directory %d: tag %d follows %d", n, tag, last)
				}
				last = tag
			}
			d, next, err := f.directory(at, n)
			if err != nil {
				t.Fatal(err)
			}
			if strip := d.number(tagStripOffsets, 1); strip%2 != 0 || strip < at {
				t.Errorf("strip %d stands at %d", n, strip)
			}
			at = next
		}
	}
}

// Every resolution of fax comes back as itself.
func TestResolutionsAreExact(t *testing.T) {
	for r := t4.R8x3_85; r <= t4.I1200x1200; r++ {
		b := encode(t, []*t4.Page{t4.FromBitmap(nil, 1728, 216, 10, t4.MMR, r)}, ProfileF)
		got, err := Decode(bytes.NewReader(b), Limits{})
		if err != nil || got[0].Resolution != r {
			t.Errorf("%v has become %v: %v", r, got, err)
		}
	}
}

// A strip in MH begins with an EOL and ends without RTC.
func TestStripsHaveEOLsAndNoRTC(t *testing.T) {
	d := directories(t, encode(t, pages()[1:2], ProfileF))[0]
	h, err := d.head(&Limits{Pages: 9, Rows: 1000, Width: 5000, Octets: 1 << 20, Pixels: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.segments()
	if err != nil {
		t.Fatal(err)
	}
	data, err := h.data(s, 0)
	if err != nil || data[0] != 0 || data[1]>>4 != 1 {
		t.Errorf("the strip begins with % x: %v", data[:4], err)
	}
	r := t4.NewDecoder(data, t4.DecodeOptions{Coding: t4.MH, Width: 1728})
	for range r.All() {
	}
	if r.Complete() || r.Rows() != 150 || r.BadRows() != 0 {
		t.Errorf("%d rows, %d bad, RTC %v", r.Rows(), r.BadRows(), r.Complete())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestWriterSaysWhatIsWrong(t *testing.T) {
	if _, err := Encode(nil, ProfileS); err == nil {
		t.Error("a file without pages is written")
	}
	broken := *pages()[1]
	broken.Data = broken.Data[:len(broken.Data)/2]
	if _, err := Encode([]*t4.Page{&broken}, ProfileS); err == nil {
		t.Error("a page that lacks half of its rows is written")
	}
	w := NewWriter(full{}, WriteOptions{})
	err := errors.Join(w.WritePage(pages()[0]), w.Close())
	if err == nil || w.WritePage(pages()[0]) == nil {
		t.Errorf("a full disk: %v", err)
	}
}

func BenchmarkEncodeProfileS(b *testing.B) {
	p := pages()[1:2]
	for b.Loop() {
		encode(b, p, ProfileS)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}
