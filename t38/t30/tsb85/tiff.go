package tsb85

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// The page images of the cases are TIFF; this reads as much of it as they use:
// bilevel pages in strips, raw, PackBits, Group 3 or Group 4.

const (
	tagWidth       = 256
	tagLength      = 257
	tagCompression = 259
	tagFillOrder   = 266
	tagStripAt     = 273
	tagStripRows   = 278
	tagStripSize   = 279
	tagYResolution = 283
	tagT4Options   = 292
)

const maxPages = 64 // of one image, and of one chain of directories

type directory struct {
	file  []byte
	order binary.ByteOrder
	tags  map[int][]int
}

// readPages gives the pages of an image that a case names, found in the folder
// of the case or in its pages.
func readPages(dir, name string) ([]*t4.Page, error) {
	name = filepath.Base(strings.TrimSpace(name))
	file, err := os.ReadFile(filepath.Join(dir, "pages", name))
	if errors.Is(err, os.ErrNotExist) {
		file, err = os.ReadFile(filepath.Join(dir, name))
	}
	if err != nil {
		return nil, err
	}
	pages, err := parseTIFF(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return pages, nil
}

var errCut = errors.New("the TIFF is cut short")

func parseTIFF(file []byte) ([]*t4.Page, error) {
	if len(file) < 8 {
		return nil, errCut
	}
	var order binary.ByteOrder = binary.LittleEndian
	if file[0] == 'M' {
		order = binary.BigEndian
	}
	var pages []*t4.Page
	for at := int(order.Uint32(file[4:])); at != 0; {
		if len(pages) == maxPages {
			return nil, errors.New("too many pages")
		}
		d, next, err := readDirectory(file, order, at)
		if err != nil {
			return nil, err
		}
		p, err := d.page()
		if err != nil {
			return nil, err
		}
		pages = append(pages, p)
		at = next
	}
	return pages, nil
}

func readDirectory(file []byte, order binary.ByteOrder, at int) (*directory, int, error) {
	d := &directory{file: file, order: order, tags: map[int][]int{
		tagFillOrder: {1}, tagCompression: {1}, tagT4Options: {0}, tagYResolution: {0},
	}}
	if at < 0 || at+2 > len(file) {
		return nil, 0, errCut
	}
	count := int(order.Uint16(file[at:]))
	end := at + 2 + count*12
	if end+4 > len(file) {
		return nil, 0, errCut
	}
	for e := at + 2; e < end; e += 12 {
		if err := d.entry(file[e : e+12]); err != nil {
			return nil, 0, err
		}
	}
	return d, int(order.Uint32(file[end:])), nil
}

// entry reads the numbers of a tag; of a rational its numerator.
func (d *directory) entry(e []byte) error {
	size := map[uint16]int{1: 1, 3: 2, 4: 4, 5: 8}[d.order.Uint16(e[2:])]
	count := int(d.order.Uint32(e[4:]))
	if size == 0 || count > 1<<16 {
		return nil // a type that says nothing about the picture
	}
	values := e[8:12]
	if size*count > 4 {
		at := int(d.order.Uint32(e[8:]))
		if at < 0 || at+size*count > len(d.file) {
			return errCut
		}
		values = d.file[at : at+size*count]
	}
	ns := make([]int, count)
	for i := range ns {
		switch v := values[i*size:]; size {
		case 1:
			ns[i] = int(v[0])
		case 2:
			ns[i] = int(d.order.Uint16(v))
		case 4:
			ns[i] = int(d.order.Uint32(v))
		case 8:
			ns[i] = int(d.order.Uint32(v)) / max(1, int(d.order.Uint32(v[4:])))
		}
	}
	d.tags[int(d.order.Uint16(e))] = ns
	return nil
}

func (d *directory) number(tag int) int {
	if ns := d.tags[tag]; len(ns) > 0 {
		return ns[0]
	}
	return 0
}

func (d *directory) page() (*t4.Page, error) {
	width, rows := d.number(tagWidth), d.number(tagLength)
	at, sizes := d.tags[tagStripAt], d.tags[tagStripSize]
	if len(at) != len(sizes) {
		return nil, errCut
	}
	e := t4.NewEncoder(t4.MMR, width, t4.EncodeOptions{})
	inStrip := d.number(tagStripRows)
	if inStrip == 0 {
		inStrip = rows
	}
	for i := range at {
		if at[i] < 0 || sizes[i] < 0 || at[i]+sizes[i] > len(d.file) {
			return nil, errCut
		}
		if err := d.strip(e, d.file[at[i]:at[i]+sizes[i]], width, min(inStrip, rows-i*inStrip)); err != nil {
			return nil, fmt.Errorf("strip %d: %w", i, err)
		}
	}
	res := t4.R8x3_85
	switch y := d.number(tagYResolution); {
	case y > 300:
		res = t4.R8x15_4
	case y > 150:
		res = t4.R8x7_7
	}
	return e.Page(res), nil
}

func (d *directory) strip(e *t4.Encoder, data []byte, width, rows int) error {
	o := t4.DecodeOptions{Width: width, Rows: rows, Conceal: t4.Stop}
	if d.number(tagFillOrder) == 2 {
		o.BitOrder = t4.LSBFirst
	}
	switch c := d.number(tagCompression); c {
	case 1:
		return writeRows(e, data, width, rows)
	case 32773:
		return writeRows(e, unpackBits(data, (width+7)/8*rows), width, rows)
	case 3:
		if d.number(tagT4Options)&1 != 0 {
			o.Coding = t4.MR
		}
	case 4:
		o.Coding = t4.MMR
	default:
		return fmt.Errorf("compression %d is not one that fax images have", c)
	}
	for row, err := range t4.NewDecoder(data, o).All() {
		if err != nil {
			return err
		}
		if err := e.WriteRow(row); err != nil {
			return err
		}
	}
	return nil
}

func writeRows(e *t4.Encoder, bits []byte, width, rows int) error {
	stride := (width + 7) / 8
	if len(bits) < stride*rows {
		return errCut
	}
	for y := range rows {
		if err := e.WriteBits(bits[y*stride : (y+1)*stride]); err != nil {
			return err
		}
	}
	return nil
}

// unpackBits undoes PackBits (TIFF 6.0 section 9), up to a limit.
func unpackBits(data []byte, limit int) []byte {
	var out []byte
	for len(data) > 0 && len(out) < limit {
		n := int(int8(data[0]))
		data = data[1:]
		switch {
		case n == -128:
		case n < 0 && len(data) > 0:
			for range 1 - n {
				out = append(out, data[0])
			}
			data = data[1:]
		case n >= 0:
			n = min(n+1, len(data))
			out = append(out, data[:n]...)
			data = data[n:]
		}
	}
	return out
}
