package tiff

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
)

// jpeg reads a page whose segments are JPEG files, perhaps without the tables that
// they share (TIFF Technical Note 2).
func (h *head) jpeg() (*image.Gray, error) {
	if h.bits[0] != 8 || h.number(tagPlanar, 1) != 1 && h.samples > 1 {
		return nil, h.unsupported("has JPEG compression of a rare kind")
	}
	s, err := h.segments()
	if err != nil {
		return nil, err
	}
	tables, _ := h.value(tagJPEGTables)
	page := image.NewGray(image.Rect(0, 0, h.width, h.rows))
	for i := range s.offsets {
		data, err := h.data(s, i)
		if err != nil {
			return nil, err
		}
		place := h.place(s, i)
		if len(data) < 4 {
			return nil, h.cutShort(place.Min.Y)
		}
		data = h.wholeJPEG(tables, data)
		config, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || config.Width < place.Dx() || config.Height < place.Dy() || config.Width*config.Height > h.limits.Pixels {
			return nil, h.wrong("is cut short or damaged in its rows from %d on", place.Min.Y+1)
		}
		m, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, h.wrong("is cut short or damaged in its rows from %d on: %v", place.Min.Y+1, err)
		}
		draw.Draw(page, place, m, m.Bounds().Min, draw.Src)
	}
	return page, nil
}

// wholeJPEG puts the shared tables before the data of a segment. Colours that are
// red, green and blue as they are get Adobe's marker, without which JPEG is YCbCr.
func (h *head) wholeJPEG(tables, data []byte) []byte {
	out := []byte{0xFF, 0xD8}
	if h.photometric == photometricRGB && h.samples == 3 {
		out = append(out, "\xFF\xEE\x00\x0EAdobe\x00\x64\x00\x00\x00\x00\x00"...)
	}
	if n := len(tables); n >= 4 { // between its SOI and EOI
		out = append(out, tables[2:n-2]...)
	}
	return append(out, data[2:]...)
}
