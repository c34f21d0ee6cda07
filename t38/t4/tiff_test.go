package t4

import (
	"encoding/binary"
	"os"
	"testing"
)

// The TIFF that the tests talk to libtiff with: one strip, one page, little
// endian.

const (
	tagWidth       = 256
	tagLength      = 257
	tagBits        = 258
	tagCompression = 259
	tagPhotometric = 262
	tagFillOrder   = 266
	tagStrips      = 273
	tagRowsInStrip = 278
	tagStripSizes  = 279
	tagT4Options   = 292
)

// writeTIFF writes data as the only strip of a TIFF.
func writeTIFF(t testing.TB, name string, width, height, compression, fillOrder, t4Options int, data []byte) {
	t.Helper()
	tags := [][2]int{
		{tagWidth, width}, {tagLength, height}, {tagBits, 1}, {tagCompression, compression},
		{tagPhotometric, 0}, {tagFillOrder, fillOrder}, {tagStrips, 8}, {277, 1},
		{tagRowsInStrip, height}, {tagStripSizes, len(data)},
	}
	if compression == 3 {
		tags = append(tags, [2]int{tagT4Options, t4Options})
	}
	le := binary.LittleEndian
	out := append([]byte("II*\x00"), 0, 0, 0, 0)
	out = append(out, data...)
	if len(out)%2 != 0 {
		out = append(out, 0)
	}
	le.PutUint32(out[4:], uint32(len(out)))
	out = le.AppendUint16(out, uint16(len(tags)))
	for _, tag := range tags {
		out = le.AppendUint16(out, uint16(tag[0]))
		out = le.AppendUint16(out, 4)
		out = le.AppendUint32(out, 1)
		out = le.AppendUint32(out, uint32(tag[1]))
	}
	out = le.AppendUint32(out, 0)
	writeFile(t, name, out)
}

func writeFile(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// tiff is the first page of a TIFF, strip by strip.
type tiff struct {
	tags   map[int]int
	strips [][]byte
}

func parseTIFF(t testing.TB, name string) tiff {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var bo binary.ByteOrder = binary.LittleEndian
	if b[0] == 'M' {
		bo = binary.BigEndian
	}
	f := tiff{tags: map[int]int{tagFillOrder: 1, tagCompression: 1}}
	ifd := bo.Uint32(b[4:])
	arrays := map[int][]int{}
	for i := range uint32(bo.Uint16(b[ifd:])) {
		e := b[ifd+2+12*i:]
		tag, typ, count := int(bo.Uint16(e)), bo.Uint16(e[2:]), int(bo.Uint32(e[4:]))
		size := map[uint16]int{3: 2, 4: 4}[typ]
		v := e[8:]
		if size*count > 4 {
			v = b[bo.Uint32(v):]
		}
		for j := range count {
			switch size {
			case 2:
				arrays[tag] = append(arrays[tag], int(bo.Uint16(v[2*j:])))
			case 4:
				arrays[tag] = append(arrays[tag], int(bo.Uint32(v[4*j:])))
			}
		}
		if len(arrays[tag]) > 0 {
			f.tags[tag] = arrays[tag][0]
		}
	}
	for i, at := range arrays[tagStrips] {
		f.strips = append(f.strips, b[at:at+arrays[tagStripSizes][i]])
	}
	return f
}

// readTIFF reads the first page of a TIFF, by the Decoder unless its strips are
// not coded.
func readTIFF(t testing.TB, name string) *picture {
	t.Helper()
	f := parseTIFF(t, name)
	p := newPicture(name, f.tags[tagWidth], f.tags[tagLength])
	y := 0
	for _, strip := range f.strips {
		rows := min(f.tags[tagRowsInStrip], p.height-y)
		if f.tags[tagRowsInStrip] == 0 {
			rows = p.height
		}
		dst := p.bits[y*p.stride():][:rows*p.stride()]
		y += rows
		if f.tags[tagCompression] == 1 {
			copy(dst, strip)
			if f.tags[tagFillOrder] == 2 {
				reverse(dst)
			}
			continue
		}
		o := DecodeOptions{Width: p.width, Rows: rows, Conceal: Stop, BitOrder: BitOrder(f.tags[tagFillOrder] - 1)}
		switch f.tags[tagCompression] {
		case 2:
			o.NoEOL, o.AlignRows = true, true
		case 3:
			o.Coding = Coding(f.tags[tagT4Options] & 1)
		case 4:
			o.Coding = MMR
		default:
			t.Fatalf("%s: compression %d", name, f.tags[tagCompression])
		}
		n := 0
		for row, err := range NewDecoder(strip, o).All() {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			row.Fill(dst[n*p.stride():], p.width)
			n++
		}
		if n != rows {
			t.Fatalf("%s: a strip of %d rows has %d", name, rows, n)
		}
	}
	if f.tags[tagPhotometric] == 1 { // 0 is black
		for i := range p.bits {
			p.bits[i] = ^p.bits[i]
		}
	}
	return p
}
