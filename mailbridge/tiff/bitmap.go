package tiff

import (
	"bytes"
	"compress/zlib"
	"io"
	"math/bits"

	"golang.org/x/image/tiff/lzw"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// canvas is the part of a page's bitmap that a segment fills: 1 is black once the
// page is done.
type canvas struct {
	bits        []byte // of the page, from the segment's first octet on
	stride      int    // of the page, octets
	width, rows int    // of the segment, in pels; it may be wider than its place
	octets      int    // of a row of the segment that have a place
	visible     int    // rows of the segment that have a place
	first       int    // row of the page that is its first
}

// bitmapPage makes a page whose segments fill a bitmap.
func (h *head) bitmapPage(s *segments, fill func(i int, c *canvas) error) (*t4.Page, error) {
	if h.width*h.rows > h.limits.Pixels {
		return nil, h.tooMuch("has %d pixels; at most %d can be read", h.width*h.rows, h.limits.Pixels)
	}
	if s.width%8 != 0 {
		return nil, &UnsupportedError{h.n, "has tiles that are not a multiple of 8 pels wide"}
	}
	stride := (h.width + 7) / 8
	page := make([]byte, stride*h.rows)
	for i := range s.offsets {
		y, x := i/s.across*s.rows, 0
		c := &canvas{stride: stride, width: h.width, rows: min(s.rows, h.rows-y), octets: stride, first: y}
		c.visible = c.rows
		if s.width > 0 {
			x = i % s.across * s.width / 8
			c.width, c.rows = s.width, s.rows
			c.octets = min(s.width/8, stride-x)
		}
		c.bits = page[y*stride+x:]
		if err := fill(i, c); err != nil {
			return nil, err
		}
	}
	if h.photometric == blackIsZero {
		for i := range page {
			page[i] = ^page[i]
		}
	}
	x, y := h.dpi()
	return t4.FromBitmap(page, h.width, stride, h.rows, t4.MMR, resolution(x, y, h.rows)), nil
}

// put copies a row of the segment into its place.
func (c *canvas) put(y int, row []byte) {
	if y < c.visible {
		copy(c.bits[y*c.stride:][:c.octets], row)
	}
}

// codedTile decodes a tile that is coded as fax.
func (h *head) codedTile(c *canvas, data []byte, how reading) error {
	d := t4.NewDecoder(data, h.decodeOptions(how, c.width, c.rows))
	row := make([]byte, (c.width+7)/8)
	for y := range c.rows {
		r, err := d.Next()
		if err != nil || d.Bad() != t4.Good {
			return h.cutShort(c.first + y)
		}
		r.Fill(row, c.width)
		c.put(y, row)
	}
	return nil
}

// plain reads a black-and-white page that is not coded as fax.
func (h *head) plain() (*t4.Page, error) {
	s, err := h.segments()
	if err != nil {
		return nil, err
	}
	if !h.unpacks() {
		return nil, h.unsupportedCompression()
	}
	return h.bitmapPage(s, func(i int, c *canvas) error {
		data, err := h.data(s, i)
		if err != nil {
			return err
		}
		stride := (c.width + 7) / 8
		data = h.unpack(data, stride*c.rows)
		for y := range c.visible {
			if len(data) < stride*(y+1) {
				return h.cutShort(c.first + y)
			}
			c.put(y, data[stride*y:][:stride])
		}
		return nil
	})
}

func (h *head) unpacks() bool {
	switch h.compression {
	case compressionNone, compressionPackBits, compressionLZW, compressionDeflate, compressionDeflate0:
		return true
	}
	return false
}

// unpack undoes the compression of a segment: size octets, or fewer when it has no
// more.
func (h *head) unpack(data []byte, size int) []byte {
	if h.order == t4.LSBFirst { // the octets as a whole are turned, those of the compression too
		for i := range data {
			data[i] = bits.Reverse8(data[i])
		}
	}
	var r io.Reader
	switch h.compression {
	case compressionPackBits:
		return unpackBits(data, size)
	case compressionLZW:
		z := lzw.NewReader(bytes.NewReader(data), lzw.MSB, 8)
		defer func() { _ = z.Close() }() // it ends nothing but itself
		r = z
	case compressionDeflate, compressionDeflate0:
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil
		}
		r = z
	default:
		return data
	}
	out, _ := io.ReadAll(io.LimitReader(r, int64(size))) // an error is found as missing rows
	return out
}

// unpackBits undoes PackBits (TIFF 6.0 section 9), up to size octets.
func unpackBits(packed []byte, size int) []byte {
	out := make([]byte, 0, min(size, 128*len(packed)))
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
