package render

import (
	"bytes"
	"encoding/binary"
)

// facts are what a picture file says besides its pixels.
type facts struct {
	orientation int     // as TIFF 6.0 has it, 1 to 8
	x, y        float64 // dots per inch; 0: not known
}

// A density is believed from 150 dots per inch on, which scanners write. Cameras
// and screens write 72 or 96 whatever the picture.
const leastDensity = 150

func pictureFacts(format string, body []byte) facts {
	f := facts{orientation: 1}
	switch format {
	case "jpeg":
		f.jpeg(body)
	case "png":
		f.png(body)
	}
	if f.x < leastDensity || f.y < leastDensity || f.x > 4800 || f.y > 4800 {
		f.x, f.y = 0, 0
	}
	return f
}

// png looks for pHYs (PNG 11.3.4.3), which stands before the pixels.
func (f *facts) png(b []byte) {
	for b = b[min(8, len(b)):]; len(b) >= 12; {
		n := binary.BigEndian.Uint32(b)
		if int64(n) > int64(len(b)-12) || string(b[4:8]) == "IDAT" {
			return
		}
		if data := b[8 : 8+n]; string(b[4:8]) == "pHYs" && n >= 9 && data[8] == 1 {
			f.x = float64(binary.BigEndian.Uint32(data)) * 0.0254
			f.y = float64(binary.BigEndian.Uint32(data[4:])) * 0.0254
		}
		b = b[12+n:]
	}
}

// jpeg looks into the APP0 (JFIF) and APP1 (Exif) segments.
func (f *facts) jpeg(b []byte) {
	for b = b[min(2, len(b)):]; len(b) >= 4 && b[0] == 0xFF; {
		marker, n := b[1], int(binary.BigEndian.Uint16(b[2:]))
		if marker == 0xDA || n < 2 || n+2 > len(b) { // start of scan
			return
		}
		data := b[4 : 2+n]
		switch {
		case marker == 0xE0 && bytes.HasPrefix(data, []byte("JFIF\x00")) && len(data) >= 12:
			unit := map[byte]float64{1: 1, 2: 2.54}[data[7]]
			f.x = float64(binary.BigEndian.Uint16(data[8:])) * unit
			f.y = float64(binary.BigEndian.Uint16(data[10:])) * unit
		case marker == 0xE1 && bytes.HasPrefix(data, []byte("Exif\x00\x00")):
			f.exif(data[6:])
		}
		b = b[2+n:]
	}
}

// exif takes Orientation (tag 274) from the first directory, which is one of TIFF.
func (f *facts) exif(b []byte) {
	if len(b) < 8 {
		return
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	at := order.Uint32(b[4:])
	if int64(at)+2 > int64(len(b)) {
		return
	}
	entries := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(entries) < 12 {
			return
		}
		if order.Uint16(entries) == 274 {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				f.orientation = o
			}
			return
		}
		entries = entries[12:]
	}
}
