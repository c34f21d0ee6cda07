package tiff

import (
	"fmt"
	"io"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Limits bound what a file can cost. Zero fields have defaults.
type Limits struct {
	Pages  int   // default 1000
	Rows   int   // of a page; default 65536
	Width  int   // of a page in pels; default 20000
	Octets int64 // of coded strips, in all; default 256 MiB
}

func (l *Limits) withDefaults() {
	setDefault(&l.Pages, 1000)
	setDefault(&l.Rows, 1<<16)
	setDefault(&l.Width, 20000)
	setDefault(&l.Octets, 256<<20)
}

func setDefault[T int | int64](p *T, v T) {
	if *p == 0 {
		*p = v
	}
}

// Decode reads the pages of a bilevel file, each with the width and rows that
// it has there, coded as MMR. A page whose data ends before its last row is an
// error; damaged rows within it are concealed and counted (Page.BadRows).
func Decode(r io.ReaderAt, limits Limits) ([]*t4.Page, error) {
	limits.withDefaults()
	f, at, err := open(r)
	if err != nil {
		return nil, err
	}
	var pages []*t4.Page
	seen := map[uint32]bool{}
	for at != 0 {
		n := len(pages) + 1
		if seen[at] {
			return nil, &FormatError{Page: n, Why: "its directory points back to an earlier one"}
		}
		seen[at] = true
		if n > limits.Pages {
			return nil, &LimitError{What: fmt.Sprintf("more than %d pages", limits.Pages)}
		}
		dir, next, err := f.directory(at, n)
		if err != nil {
			return nil, err
		}
		at = next
		if dir.number(tagNewSubfileType, 0)&1 != 0 {
			continue // a reduced image of another page: a thumbnail
		}
		p, err := dir.page(&limits)
		if err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	if len(pages) == 0 {
		return nil, &FormatError{Why: "it has no pages"}
	}
	return pages, nil
}

// image is what a directory says of its page.
type image struct {
	*ifd
	width, rows  int
	rowsPerStrip int
	compression  int
	inverted     bool // black is zero
	order        t4.BitOrder
	options      uint32 // T4Options
	encoder      *t4.Encoder
	bad, badRun  int
	run          int // bad rows at the end of what was decoded so far
}

// page decodes the strips of a directory.
func (d *ifd) page(limits *Limits) (*t4.Page, error) {
	m, err := d.image(limits)
	if err != nil {
		return nil, err
	}
	offsets, counts := d.numbers(tagStripOffsets), d.numbers(tagStripByteCounts)
	strips := (m.rows + m.rowsPerStrip - 1) / m.rowsPerStrip
	switch {
	case len(offsets) < strips:
		return nil, d.wrong("it has %d of %d strips", len(offsets), strips)
	case len(counts) < strips && strips > 1:
		return nil, d.wrong("the sizes of its strips are missing")
	case len(counts) == 0:
		counts = []uint32{d.file.rest(offsets[0])} // one strip, up to the end of the file
	}
	m.encoder = t4.NewEncoder(t4.MMR, m.width, t4.EncodeOptions{})
	for i := range strips {
		rows := min(m.rowsPerStrip, m.rows-i*m.rowsPerStrip)
		if limits.Octets -= int64(counts[i]); limits.Octets < 0 {
			return nil, &LimitError{What: "more coded data than the limit"}
		}
		data, err := d.file.octets(int64(offsets[i]), int64(counts[i]))
		if err != nil {
			return nil, d.wrong("it is cut short: rows from %d on are missing", i*m.rowsPerStrip+1)
		}
		if err := m.strip(data, i*m.rowsPerStrip, rows); err != nil {
			return nil, err
		}
	}
	p := m.encoder.Page(d.resolution())
	p.BadRows, p.BadRun = m.bad, m.badRun
	return p, nil
}

// image reads the description of a page and checks it against the limits.
func (d *ifd) image(limits *Limits) (*image, error) {
	m := &image{
		ifd: d, width: int(d.number(tagImageWidth, 0)), rows: int(d.number(tagImageLength, 0)),
		compression: int(d.number(tagCompression, compressionNone)),
		inverted:    d.number(tagPhotometric, whiteIsZero) == blackIsZero,
		options:     d.number(tagT4Options, 0),
	}
	if d.number(tagFillOrder, 1) == 2 {
		m.order = t4.LSBFirst
	}
	m.rowsPerStrip = m.rows
	if n := d.number(tagRowsPerStrip, 0); n > 0 && int64(n) < int64(m.rows) {
		m.rowsPerStrip = int(n)
	}
	switch {
	case m.width < 1 || m.rows < 1:
		return nil, d.wrong("it is %d pels wide and %d rows long", m.width, m.rows)
	case m.width > limits.Width:
		return nil, &LimitError{What: fmt.Sprintf("page %d is %d pels wide; the limit is %d", d.n, m.width, limits.Width)}
	case m.rows > limits.Rows:
		return nil, &LimitError{What: fmt.Sprintf("page %d has %d rows; the limit is %d", d.n, m.rows, limits.Rows)}
	case d.number(tagBitsPerSample, 1) != 1 || d.number(tagSamplesPerPixel, 1) != 1:
		return nil, &UnsupportedError{d.n, "it is grey or coloured; send it in black and white"}
	case d.has(tagTileWidth):
		return nil, &UnsupportedError{d.n, "it is made of tiles; send it in strips"}
	case m.compression == compressionT4 && m.options&t4Uncompressed != 0:
		return nil, &UnsupportedError{d.n, "it may use uncompressed mode"}
	}
	switch m.compression {
	case compressionNone, compressionRLE, compressionT4, compressionT6, compressionPackBits:
		return m, nil
	}
	return nil, &UnsupportedError{d.n, fmt.Sprintf("its compression %d is not known here; use CCITT Group 4", m.compression)}
}

// strip decodes one strip; first is the row of the page with which it begins.
func (m *image) strip(data []byte, first, rows int) error {
	if m.compression == compressionNone || m.compression == compressionPackBits {
		return m.bitmap(data, first, rows)
	}
	o := t4.DecodeOptions{Width: m.width, Rows: rows, BitOrder: m.order}
	switch {
	case m.compression == compressionT6:
		o.Coding = t4.MMR
	case m.compression == compressionRLE:
		o.NoEOL, o.AlignRows = true, true
	case m.options&t4TwoDimensional != 0:
		o.Coding = t4.MR
	}
	d := t4.NewDecoder(data, o)
	for n := range rows {
		row, err := d.Next()
		if err == io.EOF {
			return m.wrong("it is cut short: rows from %d on are missing", first+n+1)
		}
		if err != nil {
			return m.wrong("row %d: %v", first+n+1, err)
		}
		m.count(d.Bad() != t4.Good)
		if err := m.write(row); err != nil {
			return m.wrong("row %d: %v", first+n+1, err)
		}
	}
	if m.compression == compressionT6 && d.BadRows() > 0 {
		return m.wrong("nothing after its first %d rows can be read", first+rows-d.BadRows())
	}
	return nil
}

func (m *image) count(bad bool) {
	if !bad {
		m.run = 0
		return
	}
	m.bad++
	m.run++
	m.badRun = max(m.badRun, m.run)
}

func (m *image) write(row t4.Row) error {
	if m.inverted {
		row = invert(row)
	}
	return m.encoder.WriteRow(row)
}

// invert changes black and white.
func invert(row t4.Row) t4.Row {
	if len(row) > 0 && row[0] == 0 {
		return row[1:]
	}
	return append(t4.Row{0}, row...)
}

// bitmap takes rows that are pels, perhaps packed.
func (m *image) bitmap(data []byte, first, rows int) error {
	stride := (m.width + 7) / 8
	if m.order == t4.LSBFirst { // the octets as a whole are turned, counts of PackBits too
		for i := range data {
			data[i] = reversed[data[i]]
		}
	}
	if m.compression == compressionPackBits {
		data = unpackBits(data, stride*rows)
	}
	if len(data) < stride*rows {
		return m.wrong("it is cut short: rows from %d on are missing", first+len(data)/stride+1)
	}
	for n := range rows {
		row := append([]byte(nil), data[n*stride:(n+1)*stride]...)
		for i := range row {
			if m.inverted {
				row[i] = ^row[i]
			}
		}
		if err := m.encoder.WriteBits(row); err != nil {
			return m.wrong("row %d: %v", first+n+1, err)
		}
	}
	return nil
}

// unpackBits undoes PackBits (TIFF 6.0 section 9), up to size octets.
func unpackBits(packed []byte, size int) []byte {
	out := make([]byte, 0, size)
	for len(packed) > 0 && len(out) < size {
		n := int(int8(packed[0]))
		packed = packed[1:]
		switch {
		case n >= 0:
			n = min(n+1, len(packed), size-len(out))
			out = append(out, packed[:n]...)
			packed = packed[n:]
		case n != -128 && len(packed) > 0:
			for range min(1-n, size-len(out)) {
				out = append(out, packed[0])
			}
			packed = packed[1:]
		}
	}
	return out
}

// reversed gives an octet with its bits in the other order.
var reversed = func() (t [256]byte) {
	for i := range t {
		for bit := range 8 {
			if i&(1<<bit) != 0 {
				t[i] |= 0x80 >> bit
			}
		}
	}
	return t
}()
