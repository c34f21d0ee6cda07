package tiff

import (
	"fmt"
	"math"
)

// ifd is a directory that was read.
type ifd struct {
	file   *file
	n      int // page, from 1
	fields map[uint16]field
}

type field struct {
	kind  uint16
	count int64
	value [8]byte // the value itself, or where it is; a classic TIFF uses 4 octets
}

const (
	maxFields = 1000
	maxValues = 1 << 17 // strips of a page, and twice as many
)

// directory reads a directory and the place of the next.
func (f *file) directory(at int64, n int) (*ifd, int64, error) {
	d := &ifd{file: f, n: n, fields: map[uint16]field{}}
	countSize, fieldSize, nextSize := int64(2), int64(12), int64(4)
	if f.big {
		countSize, fieldSize, nextSize = 8, 20, 8
	}
	head, err := f.octets(at, countSize)
	if err != nil {
		return nil, 0, d.wrong("is cut short: the file ends before it")
	}
	var count uint64
	if f.big {
		count = f.order.Uint64(head)
	} else {
		count = uint64(f.order.Uint16(head))
	}
	if count > maxFields {
		return nil, 0, d.wrong("is damaged: its directory claims %d fields", count)
	}
	fieldsAt := at + countSize
	b, err := f.octets(fieldsAt, int64(count)*fieldSize)
	if err != nil {
		return nil, 0, d.wrong("is cut short: the file ends within its directory")
	}
	for ; len(b) > 0; b = b[fieldSize:] {
		d.field(b)
	}
	// Some writers end the file after the last field: then nothing follows.
	next, err := f.octets(fieldsAt+int64(count)*fieldSize, nextSize)
	if err != nil {
		return d, 0, nil
	}
	if f.big {
		return d, int64(min(f.order.Uint64(next), math.MaxInt64)), nil
	}
	return d, int64(f.order.Uint32(next)), nil
}

// field takes one entry. Of a tag that is there twice the first counts.
func (d *ifd) field(b []byte) {
	order := d.file.order
	tag, f := order.Uint16(b), field{kind: order.Uint16(b[2:])}
	if d.file.big {
		f.count = int64(min(order.Uint64(b[4:]), math.MaxInt64))
		copy(f.value[:], b[12:20])
	} else {
		f.count = int64(order.Uint32(b[4:]))
		copy(f.value[:], b[8:12])
	}
	if _, ok := d.fields[tag]; !ok {
		d.fields[tag] = f
	}
}

func (d *ifd) wrong(format string, args ...any) error {
	return &FormatError{Page: d.n, Why: fmt.Sprintf(format, args...)}
}

func (d *ifd) has(tag uint16) bool {
	_, ok := d.fields[tag]
	return ok
}

// number is the first value of a field, or otherwise when it is missing.
func (d *ifd) number(tag uint16, otherwise int64) int64 {
	if v := d.numbers(tag); len(v) > 0 {
		return v[0]
	}
	return otherwise
}

// numbers are the values of a field; none when it is missing or makes no sense.
func (d *ifd) numbers(tag uint16) []int64 {
	b, kind := d.value(tag)
	order := d.file.order
	var read func(b []byte) int64
	switch kind {
	case typeByte:
		read = func(b []byte) int64 { return int64(b[0]) }
	case typeShort:
		read = func(b []byte) int64 { return int64(order.Uint16(b)) }
	case typeLong, typeIFD:
		read = func(b []byte) int64 { return int64(order.Uint32(b)) }
	case typeLong8, typeIFD8:
		read = func(b []byte) int64 { return int64(min(order.Uint64(b), math.MaxInt64)) }
	default:
		return nil
	}
	size := int(typeSize[kind])
	out := make([]int64, 0, len(b)/size)
	for ; len(b) >= size; b = b[size:] {
		out = append(out, read(b))
	}
	return out
}

// value gives the octets of a field's value.
func (d *ifd) value(tag uint16) ([]byte, uint16) {
	f, ok := d.fields[tag]
	if !ok || int(f.kind) >= len(typeSize) || typeSize[f.kind] == 0 || f.count > maxValues {
		return nil, 0
	}
	inside, at := int64(4), int64(0)
	if d.file.big {
		inside, at = 8, int64(min(d.file.order.Uint64(f.value[:]), math.MaxInt64))
	} else {
		at = int64(d.file.order.Uint32(f.value[:]))
	}
	size := typeSize[f.kind] * f.count
	if size <= inside {
		return f.value[:size], f.kind
	}
	b, err := d.file.octets(at, size)
	if err != nil {
		return nil, 0
	}
	return b, f.kind
}
