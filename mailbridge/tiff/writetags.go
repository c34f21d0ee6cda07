package tiff

import (
	"encoding/binary"
	"slices"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// entry is one tag to be written.
type entry struct {
	tag, typ uint16
	count    uint32
	value    []byte
}

// outside is how many octets the value takes behind the directory: none when it
// fits into the entry.
func (f *entry) outside() uint32 {
	if len(f.value) <= 4 {
		return 0
	}
	return uint32(len(f.value) + len(f.value)%2)
}

func short(tag uint16, v ...uint32) entry {
	f := entry{tag: tag, typ: typeShort, count: uint32(len(v))}
	for _, x := range v {
		f.value = binary.LittleEndian.AppendUint16(f.value, uint16(min(x, 0xFFFF)))
	}
	return f
}

func long(tag uint16, v uint32) entry {
	return entry{tag, typeLong, 1, binary.LittleEndian.AppendUint32(nil, v)}
}

func rational(tag uint16, v uint32) entry {
	b := binary.LittleEndian.AppendUint32(nil, v)
	return entry{tag, typeRational, 1, binary.LittleEndian.AppendUint32(b, 1)}
}

func ascii(tag uint16, s string) entry {
	return entry{tag, typeASCII, uint32(len(s) + 1), append([]byte(s), 0)}
}

// tags gives the directory of a page, ascending, as TIFF 6.0 asks for: the required
// and recommended fields of RFC 3949 3.2 and 3.3.
func (p *pageImage) tags(number int, o WriteOptions) []entry {
	x, y := p.page.Resolution.DPI()
	rows := uint32(p.page.Rows)
	tags := []entry{
		long(tagNewSubfileType, pageOfMany),
		long(tagImageWidth, uint32(p.page.Width)),
		long(tagImageLength, rows),
		short(tagBitsPerSample, 1),
		short(tagCompression, compressionT4),
		short(tagPhotometric, whiteIsZero),
		short(tagFillOrder, p.fillOrder),
		long(tagStripOffsets, 0), // known when the directory is laid out
		short(tagOrientation, 1),
		short(tagSamplesPerPixel, 1),
		long(tagRowsPerStrip, rows),
		long(tagStripByteCounts, uint32(len(p.strip))),
		rational(tagXResolution, uint32(x)),
		rational(tagYResolution, uint32(y)),
		short(tagResolutionUnit, unitInch),
		short(tagPageNumber, uint32(number-1), uint32(o.Pages)),
		ascii(tagSoftware, o.Software),
	}
	switch p.coding {
	case t4.MH:
		tags = append(tags, long(tagT4Options, 0))
		tags = append(tags, p.quality()...)
	case t4.MR:
		tags = append(tags, long(tagT4Options, t4TwoDimensional))
		tags = append(tags, p.quality()...)
	case t4.MMR:
		tags[4] = short(tagCompression, compressionT6)
		tags = append(tags, long(tagT6Options, 0))
	}
	if !o.DateTime.IsZero() {
		tags = append(tags, ascii(tagDateTime, o.DateTime.Format("2006:01:02 15:04:05")))
	}
	slices.SortFunc(tags, func(a, b entry) int { return int(a.tag) - int(b.tag) })
	return tags
}

// quality gives the tags that say how a page was received. Bad rows are concealed
// before they come here: CleanFaxData 1 (RFC 3949 3.3.2).
func (p *pageImage) quality() []entry {
	if p.page.BadRows == 0 {
		return []entry{short(tagCleanFaxData, 0)}
	}
	return []entry{
		long(tagBadFaxLines, uint32(p.page.BadRows)),
		short(tagCleanFaxData, 1),
		long(tagConsecutiveBadFaxLines, uint32(p.page.BadRun)),
	}
}
