package tiff

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
)

// file is an open TIFF.
type file struct {
	r     io.ReaderAt
	order binary.ByteOrder
	size  int64
	big   bool  // a BigTIFF: offsets and counts have 64 bits
	spent int64 // octets of coded data read so far
}

// open reads the header and gives the place of the first directory.
func open(r io.ReaderAt) (*file, int64, error) {
	f := &file{r: r, size: sizeOf(r)}
	head, err := f.octets(0, 8)
	if err != nil {
		return nil, 0, &FormatError{Why: "is cut short: it is shorter than its header"}
	}
	switch string(head[:2]) {
	case "II":
		f.order = binary.LittleEndian
	case "MM":
		f.order = binary.BigEndian
	default:
		return nil, 0, errNoTIFF
	}
	switch f.order.Uint16(head[2:]) {
	case 42:
		return f, int64(f.order.Uint32(head[4:])), nil
	case 43:
		f.big = true
	default:
		return nil, 0, errNoTIFF
	}
	if head, err = f.octets(0, 16); err != nil {
		return nil, 0, &FormatError{Why: "is cut short: it is shorter than its header"}
	}
	at := f.order.Uint64(head[8:])
	if f.order.Uint16(head[4:]) != 8 || at > math.MaxInt64 {
		return nil, 0, errNoTIFF
	}
	return f, int64(at), nil
}

var errNoTIFF = &FormatError{Why: "is no TIFF file, whatever its name says"}

// sizeOf finds the size of what is read.
func sizeOf(r io.ReaderAt) int64 {
	switch r := r.(type) {
	case interface{ Size() int64 }:
		return r.Size()
	case interface{ Stat() (fs.FileInfo, error) }:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	}
	// Try octets: twice as far while there is one, then between.
	var b [1]byte
	has := func(at int64) bool {
		n, _ := r.ReadAt(b[:], at)
		return n == 1
	}
	over := int64(1)
	for ; over < 1<<50 && has(over-1); over *= 2 {
	}
	low, high := over/2, over // low octets are there, high are not
	for low+1 < high {
		if mid := low + (high-low)/2; has(mid - 1) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

var errShort = errors.New("beyond the end of the file")

// octets reads n octets at an offset; what the file does not have is not asked
// for, nor room made for it.
func (f *file) octets(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at > f.size || n > f.size-at {
		return nil, errShort
	}
	b := make([]byte, n)
	if got, err := f.r.ReadAt(b, at); got < len(b) {
		if err == nil || err == io.EOF {
			err = errShort
		}
		return nil, err
	}
	return b, nil
}
