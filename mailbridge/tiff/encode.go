package tiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Profile is one of the profiles of RFC 3949.
type Profile uint8

const (
	// ProfileS is what every receiver of Internet fax must read: MH, the least
	// significant bit first, little endian.
	ProfileS Profile = iota
	// ProfileF keeps each page in the coding that it has.
	ProfileF
)

// Encode writes pages as one TIFF file.
func Encode(pages []*t4.Page, profile Profile) ([]byte, error) {
	if len(pages) == 0 {
		return nil, errors.New("a TIFF needs at least one page")
	}
	now := time.Now().Format("2006:01:02 15:04:05")
	out := []byte{'I', 'I', 42, 0, 8, 0, 0, 0}
	for i, p := range pages {
		strip, coding, err := strip(p, profile)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", i+1, err)
		}
		d := directory{base: len(out)}
		d.describe(p, coding, profile)
		d.add(tagPageNumber, typeShort, uint32(i)|uint32(len(pages))<<16, 2)
		d.ascii(tagSoftware, "pagebridge")
		d.ascii(tagDateTime, now)
		d.faxLines(p)
		out = d.append(out, strip, i == len(pages)-1)
		if len(out) > math.MaxUint32-16 {
			return nil, errors.New("the pages do not fit into one TIFF")
		}
	}
	return out, nil
}

// strip is the page's coded rows as a TIFF has them: without RTC (RFC 3949
// 3.5), with EOFB.
func strip(p *t4.Page, profile Profile) ([]byte, t4.Coding, error) {
	coding, o := p.Coding, t4.EncodeOptions{NoEnd: p.Coding != t4.MMR}
	if profile == ProfileS {
		coding, o = t4.MH, t4.EncodeOptions{NoEnd: true, BitOrder: t4.LSBFirst}
	} else if coding == t4.MMR {
		return p.Data, coding, nil
	}
	e := t4.NewEncoder(coding, p.Width, o)
	for row, err := range p.Decode().All() {
		if err == nil {
			err = e.WriteRow(row)
		}
		if err != nil {
			return nil, coding, err
		}
	}
	return e.Finish(), coding, nil
}

// directory is an IFD that is being written: entries, in the order in which
// they are added, and the values that do not fit into them.
type directory struct {
	base    int // where it begins in the file
	entries []entry
}

type entry struct {
	tag, kind uint16
	count     uint32
	value     uint32
	long      []byte // the value, when it has more than four octets
}

func (d *directory) add(tag, kind uint16, value, count uint32) {
	d.entries = append(d.entries, entry{tag: tag, kind: kind, count: count, value: value})
}

func (d *directory) ascii(tag uint16, s string) {
	d.entries = append(d.entries, entry{tag: tag, kind: typeASCII, count: uint32(len(s) + 1), long: append([]byte(s), 0)})
}

func (d *directory) rational(tag uint16, v float64) {
	long := binary.LittleEndian.AppendUint32(nil, uint32(v))
	d.entries = append(d.entries, entry{tag: tag, kind: typeRational, count: 1, long: binary.LittleEndian.AppendUint32(long, 1)})
}

// describe adds what is said of a page, in ascending order of tags (TIFF 6.0
// section 2). The strip's own entries are filled in by append.
func (d *directory) describe(p *t4.Page, coding t4.Coding, profile Profile) {
	x, y := p.Resolution.DPI()
	fillOrder, compression := uint32(1), uint32(compressionT4)
	if profile == ProfileS {
		fillOrder = 2
	}
	if coding == t4.MMR {
		compression = compressionT6
	}
	d.add(tagNewSubfileType, typeLong, 2, 1) // a page of a document
	d.add(tagImageWidth, typeLong, uint32(p.Width), 1)
	d.add(tagImageLength, typeLong, uint32(p.Rows), 1)
	d.add(tagBitsPerSample, typeShort, 1, 1)
	d.add(tagCompression, typeShort, compression, 1)
	d.add(tagPhotometric, typeShort, whiteIsZero, 1)
	d.add(tagFillOrder, typeShort, fillOrder, 1)
	d.add(tagStripOffsets, typeLong, 0, 1)
	d.add(tagSamplesPerPixel, typeShort, 1, 1)
	d.add(tagRowsPerStrip, typeLong, uint32(p.Rows), 1)
	d.add(tagStripByteCounts, typeLong, 0, 1)
	d.rational(tagXResolution, x)
	d.rational(tagYResolution, y)
	switch coding {
	case t4.MH:
		d.add(tagT4Options, typeLong, 0, 1)
	case t4.MR:
		d.add(tagT4Options, typeLong, t4TwoDimensional, 1)
	case t4.MMR:
		d.add(tagT6Options, typeLong, 0, 1)
	}
	d.add(tagResolutionUnit, typeShort, unitInch, 1)
}

// faxLines adds how well the page was received (RFC 2306 3.4): its bad rows
// were replaced.
func (d *directory) faxLines(p *t4.Page) {
	if p.BadRows == 0 {
		return
	}
	d.add(tagBadFaxLines, typeLong, uint32(p.BadRows), 1)
	d.add(tagCleanFaxData, typeShort, 1, 1)
	d.add(tagConsecutiveBadFaxLines, typeLong, uint32(p.BadRun), 1)
}

// append writes the directory, its long values and the strip. Each begins at a
// word (TIFF 6.0 section 2).
func (d *directory) append(out, strip []byte, last bool) []byte {
	values := d.base + 2 + 12*len(d.entries) + 4
	at := values
	for i := range d.entries {
		if e := &d.entries[i]; e.long != nil {
			e.value = uint32(at)
			at += (len(e.long) + 1) &^ 1
		}
	}
	next := at + (len(strip)+1)&^1
	le := binary.LittleEndian
	out = le.AppendUint16(out, uint16(len(d.entries)))
	for _, e := range d.entries {
		switch e.tag {
		case tagStripOffsets:
			e.value = uint32(at)
		case tagStripByteCounts:
			e.value = uint32(len(strip))
		}
		out = le.AppendUint16(out, e.tag)
		out = le.AppendUint16(out, e.kind)
		out = le.AppendUint32(out, e.count)
		out = le.AppendUint32(out, e.value)
	}
	if last {
		next = 0
	}
	out = le.AppendUint32(out, uint32(next))
	for _, e := range d.entries {
		out = append(out, e.long...)
		if len(e.long)%2 != 0 {
			out = append(out, 0)
		}
	}
	out = append(out, strip...)
	if len(strip)%2 != 0 {
		out = append(out, 0)
	}
	return out
}
