//go:build ignore

// This program writes the page images of the cases in testdata: bars, of a
// different pitch on each page.
package main

import (
	"encoding/binary"
	"log"
	"os"

	"github.com/pagebridge/pagebridge/t38/t4"
)

const (
	width = 1728
	rows  = 240
)

func main() {
	for name, pitches := range map[string][]int{"bars": {32}, "bars_2p": {48, 20}} {
		if err := os.WriteFile("testdata/pages/"+name+".tif", image(pitches), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// image is a TIFF with a page in Group 4 for each pitch.
func image(pitches []int) []byte {
	le := binary.LittleEndian
	out := []byte("II*\x00\x00\x00\x00\x00")
	link := 4 // where the offset of the next directory goes
	for _, pitch := range pitches {
		data := bars(pitch)
		at := len(out)
		out = append(out, data...)
		if len(out)%2 != 0 {
			out = append(out, 0)
		}
		le.PutUint32(out[link:], uint32(len(out)))
		tags := [][2]uint32{
			{256, width}, {257, rows}, {258, 1}, {259, 4}, {262, 0}, {266, 1},
			{273, uint32(at)}, {277, 1}, {278, rows}, {279, uint32(len(data))},
		}
		out = le.AppendUint16(out, uint16(len(tags)))
		for _, t := range tags {
			out = le.AppendUint16(out, uint16(t[0]))
			out = le.AppendUint16(out, 4)
			out = le.AppendUint32(out, 1)
			out = le.AppendUint32(out, t[1])
		}
		link = len(out)
		out = le.AppendUint32(out, 0)
	}
	return out
}

func bars(pitch int) []byte {
	e := t4.NewEncoder(t4.MMR, width, t4.EncodeOptions{})
	for y := range rows {
		var row t4.Row
		for x := pitch + y%pitch/2; x+pitch/2 < width; x += pitch {
			row = append(row, int32(x), int32(x+pitch/2))
		}
		if err := e.WriteRow(row); err != nil {
			log.Fatal(err)
		}
	}
	return e.Finish()
}
