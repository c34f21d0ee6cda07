package tiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// file is an open TIFF.
type file struct {
	r     io.ReaderAt
	order binary.ByteOrder
	size  int64
}

// open reads the header and gives the place of the first directory.
func open(r io.ReaderAt) (*file, uint32, error) {
	f := &file{r: r, size: sizeOf(r)}
	head, err := f.octets(0, 8)
	if err != nil {
		return nil, 0, &FormatError{Why: "it is shorter than its header"}
	}
	switch string(head[:2]) {
	case "II":
		f.order = binary.LittleEndian
	case "MM":
		f.order = binary.BigEndian
	default:
		return nil, 0, &FormatError{Why: "it is no TIFF: it does not begin with II or MM"}
	}
	switch f.order.Uint16(head[2:]) {
	case 42:
		return f, f.order.Uint32(head[4:]), nil
	case 43:
		return nil, 0, &UnsupportedError{1, "it is a BigTIFF; send a TIFF below 4 GB"}
	}
	return nil, 0, &FormatError{Why: "it is no TIFF: its version is wrong"}
}

// sizeOf finds the size of what is read, or the largest if r does not tell.
func sizeOf(r io.ReaderAt) int64 {
	switch r := r.(type) {
	case interface{ Size() int64 }:
		return r.Size()
	case io.Seeker:
		if n, err := r.Seek(0, io.SeekEnd); err == nil {
			return n
		}
	}
	return math.MaxInt64
}

var errShort = errors.New("beyond the end of the file")

// octets reads n octets at an offset; what the file does not have is not asked
// for, nor room made for it.
func (f *file) octets(at, n int64) ([]byte, error) {
	if at > f.size || n > f.size-at {
		return nil, errShort
	}
	b := make([]byte, n)
	if got, err := f.r.ReadAt(b, at); got < len(b) {
		return nil, err
	}
	return b, nil
}

// rest is how many octets the file has from an offset on.
func (f *file) rest(at uint32) uint32 {
	return uint32(max(0, min(f.size-int64(at), math.MaxUint32)))
}

// ifd is a directory that was read.
type ifd struct {
	file   *file
	n      int // page, from 1
	fields map[uint16]field
}

type field struct {
	kind  uint16
	count uint32
	value [4]byte // the value itself, or where it is
}

const (
	maxFields = 1000
	maxValues = 1 << 17 // strips of a page, and twice as many
)

// directory reads a directory and the place of the next.
func (f *file) directory(at uint32, n int) (*ifd, uint32, error) {
	d := &ifd{file: f, n: n, fields: map[uint16]field{}}
	head, err := f.octets(int64(at), 2)
	if err != nil {
		return nil, 0, d.wrong("its directory is beyond the end of the file: the file is cut short")
	}
	count := int(f.order.Uint16(head))
	if count > maxFields {
		return nil, 0, d.wrong("its directory claims %d fields", count)
	}
	b, err := f.octets(int64(at)+2, int64(count)*12)
	if err != nil {
		return nil, 0, d.wrong("its directory is cut short")
	}
	for ; len(b) > 0; b = b[12:] {
		d.fields[f.order.Uint16(b)] = field{kind: f.order.Uint16(b[2:]), count: f.order.Uint32(b[4:]), value: [4]byte(b[8:12])}
	}
	// Some writers end the file after the last field: then nothing follows.
	if next, err := f.octets(int64(at)+2+int64(count)*12, 4); err == nil {
		return d, f.order.Uint32(next), nil
	}
	return d, 0, nil
}

func (d *ifd) wrong(format string, args ...any) error {
	return &FormatError{Page: d.n, Why: fmt.Sprintf(format, args...)}
}

func (d *ifd) has(tag uint16) bool {
	_, ok := d.fields[tag]
	return ok
}

// number is the first value of a field, or otherwise when it is missing.
func (d *ifd) number(tag uint16, otherwise uint32) uint32 {
	if v := d.numbers(tag); len(v) > 0 {
		return v[0]
	}
	return otherwise
}

// numbers are the values of a field; none when it is missing or makes no sense.
func (d *ifd) numbers(tag uint16) []uint32 {
	b, kind := d.value(tag)
	size := 0
	switch kind {
	case typeByte, typeShort, typeLong:
		size = typeSize[kind]
	default:
		return nil
	}
	out := make([]uint32, 0, len(b)/size)
	for ; len(b) >= size; b = b[size:] {
		switch kind {
		case typeByte:
			out = append(out, uint32(b[0]))
		case typeShort:
			out = append(out, uint32(d.file.order.Uint16(b)))
		default:
			out = append(out, d.file.order.Uint32(b))
		}
	}
	return out
}

// value gives the octets of a field's value.
func (d *ifd) value(tag uint16) ([]byte, uint16) {
	f, ok := d.fields[tag]
	if !ok || int(f.kind) >= len(typeSize) || typeSize[f.kind] == 0 || f.count > maxValues {
		return nil, 0
	}
	size := int64(typeSize[f.kind]) * int64(f.count)
	if size <= 4 {
		return f.value[:size], f.kind
	}
	b, err := d.file.octets(int64(d.file.order.Uint32(f.value[:])), size)
	if err != nil {
		return nil, 0
	}
	return b, f.kind
}

// dpi is the density of a page in dots per inch, 0 where the file does not say.
func (d *ifd) dpi() (x, y float64) {
	read := func(tag uint16) float64 {
		b, kind := d.value(tag)
		if kind != typeRational || len(b) < 8 {
			return 0
		}
		den := d.file.order.Uint32(b[4:])
		if den == 0 {
			return 0
		}
		v := float64(d.file.order.Uint32(b)) / float64(den)
		if d.number(tagResolutionUnit, unitInch) == unitCentimetre {
			v *= 2.54
		}
		return v
	}
	return read(tagXResolution), read(tagYResolution)
}

// resolution is the fax resolution that is nearest to the page's density. A
// page that does not say is taken for fine if its pels are.
func (d *ifd) resolution() t4.Resolution {
	x, y := d.dpi()
	if x <= 0 {
		x = 204
	}
	if y <= 0 {
		y = 196
	}
	best, distance := t4.R8x7_7, math.Inf(1)
	for r := t4.R8x3_85; r <= t4.I1200x1200; r++ {
		rx, ry := r.DPI()
		if now := math.Abs(math.Log(x/rx)) + math.Abs(math.Log(y/ry)); now < distance {
			best, distance = r, now
		}
	}
	return best
}
