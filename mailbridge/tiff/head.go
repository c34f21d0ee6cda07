package tiff

import (
	"fmt"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// head is what a directory says of its page.
type head struct {
	*ifd
	limits      *Limits
	width, rows int // rows is 0 when the file does not say
	compression int
	samples     int
	bits        []int64 // of each sample
	photometric int64
	order       t4.BitOrder
	options     int64 // T4Options or T6Options
	clipped     bool  // the file ends before the data of the page does
}

// head reads the description of a page and checks it against the limits.
func (d *ifd) head(limits *Limits) (*head, error) {
	h := &head{
		ifd: d, limits: limits,
		compression: int(d.number(tagCompression, compressionNone)),
		samples:     int(d.number(tagSamplesPerPixel, 1)),
		bits:        d.numbers(tagBitsPerSample),
		photometric: d.number(tagPhotometric, whiteIsZero),
		options:     d.number(tagT4Options, 0),
	}
	if h.compression == compressionT6 {
		h.options = d.number(tagT6Options, 0)
	}
	if len(h.bits) == 0 {
		h.bits = []int64{1}
	}
	if d.number(tagFillOrder, 1) == 2 {
		h.order = t4.LSBFirst
	}
	width, rows := d.number(tagImageWidth, 0), d.number(tagImageLength, 0)
	switch {
	case width < 1 || rows < 0:
		return nil, d.wrong("is damaged: it does not say how wide it is")
	case width > int64(limits.Width):
		return nil, d.tooMuch("is %d pels wide; at most %d can be read", width, limits.Width)
	case rows > int64(limits.Rows):
		return nil, d.tooMuch("has %d rows; at most %d can be read", rows, limits.Rows)
	case rows == 0 && !h.fax():
		return nil, d.wrong("is damaged: it has no rows")
	case !h.fax() && width*rows > int64(limits.Pixels):
		return nil, d.tooMuch("has %d pixels; at most %d can be read", width*rows, limits.Pixels)
	}
	h.width, h.rows = int(width), int(rows)
	return h, nil
}

func (d *ifd) tooMuch(format string, args ...any) error {
	return &LimitError{Page: d.n, What: fmt.Sprintf(format, args...)}
}

// fax says that the page is coded as a fax.
func (h *head) fax() bool {
	return h.compression == compressionRLE || h.compression == compressionT4 || h.compression == compressionT6
}

// bilevel says that the page is black and white.
func (h *head) bilevel() bool {
	return h.fax() || h.samples == 1 && h.bits[0] == 1 && h.photometric <= blackIsZero
}

// segments are where the coded data of a page lies: strips, or tiles.
type segments struct {
	offsets, counts []int64
	rows            int // of a segment; 0: not known
	width           int // of a tile; 0: strips
	across          int // tiles side by side
}

// segments reads where the data of a page lies.
func (h *head) segments() (*segments, error) {
	s := &segments{rows: h.rows, across: 1}
	offsets, counts := uint16(tagStripOffsets), uint16(tagStripByteCounts)
	if h.has(tagTileWidth) {
		offsets, counts = tagTileOffsets, tagTileByteCounts
		width, length := h.number(tagTileWidth, 0), h.number(tagTileLength, 0)
		if width < 1 || length < 1 || width > int64(h.limits.Width) || length > int64(h.limits.Rows) ||
			width*length > int64(h.limits.Pixels) || h.rows == 0 {
			return nil, h.wrong("is damaged: its tiles are %d by %d", width, length)
		}
		s.width, s.rows = int(width), int(length)
		s.across = (h.width + s.width - 1) / s.width
	} else if n := h.number(tagRowsPerStrip, 0); n > 0 && (n < int64(h.rows) || h.rows == 0 && n <= int64(h.limits.Rows)) {
		s.rows = int(n)
	}
	s.offsets, s.counts = h.numbers(offsets), h.numbers(counts)
	if s.width == 0 && len(s.offsets) == 1 {
		s.rows = h.rows // whatever the file says of rows in a strip
	}
	want := len(s.offsets)
	if h.rows > 0 {
		want = (h.rows + s.rows - 1) / s.rows * s.across
	}
	if len(s.offsets) < want || want == 0 {
		return nil, h.wrong("is damaged: where its rows are is missing")
	}
	s.offsets = s.offsets[:want]
	h.complete(s)
	return s, nil
}

// complete fills in sizes that are missing: a segment then goes on to the next one,
// or to the end of the file.
func (h *head) complete(s *segments) {
	for i := range s.offsets {
		if i < len(s.counts) && s.counts[i] > 0 {
			continue
		}
		end := h.file.size
		for _, other := range s.offsets {
			if other > s.offsets[i] {
				end = min(end, other)
			}
			if len(s.offsets) > 1000 {
				break // too many to look at all: the data that is read is limited anyhow
			}
		}
		count := max(0, end-s.offsets[i])
		if i < len(s.counts) {
			s.counts[i] = count
		} else {
			s.counts = append(s.counts, count)
		}
	}
}

// data reads a segment: as much of it as the file has.
func (h *head) data(s *segments, i int) ([]byte, error) {
	f := h.file
	at, n := s.offsets[i], min(s.counts[i], max(0, f.size-s.offsets[i]))
	f.spent += n
	h.clipped = h.clipped || n < s.counts[i]
	switch {
	case f.spent > h.limits.Octets:
		return nil, h.tooMuch("takes the file above %d MB, more than can be read", h.limits.Octets>>20)
	case f.spent > 2*f.size: // that once, for files whose sizes are a bit wrong
		return nil, h.wrong("is damaged: its rows lie over those of other pages")
	}
	b, err := f.octets(at, n)
	if err == errShort || at > f.size {
		return nil, nil // whoever decodes it finds that rows are missing
	}
	return b, err
}

// cutShort is the error of a page whose data ends before the row, counted from 0.
func (h *head) cutShort(row int) error {
	return h.wrong("is cut short: its rows from %d on are missing", row+1)
}
