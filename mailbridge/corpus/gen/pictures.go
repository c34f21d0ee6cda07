package main

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"os"

	"golang.org/x/image/bmp"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// say writes text into a picture, its baseline beginning at x, y.
func say(m draw.Image, x, y int, size float64, c color.Color, text string) error {
	b, err := os.ReadFile("../render/font/DejaVuSansMono.ttf")
	if err != nil {
		return err
	}
	f, err := opentype.Parse(b)
	if err != nil {
		return err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		return err
	}
	d := font.Drawer{Dst: m, Src: image.NewUniform(c), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(text)
	return nil
}

func box(m draw.Image, x0, y0, x1, y1 int, c color.Color) {
	draw.Draw(m, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
}

var (
	blue  = color.NRGBA{0x1F, 0x4E, 0x9E, 0xFF}
	red   = color.NRGBA{0xC0, 0x30, 0x20, 0xFF}
	green = color.NRGBA{0x40, 0x90, 0x40, 0xFF}
	pale  = color.NRGBA{0xDD, 0xE6, 0xF2, 0xFF}
)

func asPNG(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}

// logo is what stands below signatures.
func logo() ([]byte, error) {
	m := image.NewNRGBA(image.Rect(0, 0, 180, 60))
	box(m, 0, 0, 180, 60, blue)
	if err := say(m, 20, 40, 28, color.White, "Lindqvist"); err != nil {
		return nil, err
	}
	return asPNG(m)
}

// chart is a picture shown within a text that somebody will want to see on paper.
func chart() ([]byte, error) {
	m := image.NewNRGBA(image.Rect(0, 0, 1000, 620))
	box(m, 0, 0, 1000, 620, color.White)
	for i, v := range []int{120, 180, 160, 290, 340, 410} {
		c := []color.NRGBA{blue, green, red}[i%3]
		box(m, 110+i*140, 540-v, 210+i*140, 540, c)
		if err := say(m, 120+i*140, 580, 28, color.Black, string(rune('A'+i))+"/26"); err != nil {
			return nil, err
		}
	}
	box(m, 80, 540, 960, 543, color.Black)
	box(m, 80, 60, 83, 540, color.Black)
	err := say(m, 110, 60, 34, color.Black, "Orders by month, thousands")
	if err != nil {
		return nil, err
	}
	return asPNG(m)
}

// glass has every degree of transparency over no background.
func glass() ([]byte, error) {
	m := image.NewNRGBA(image.Rect(0, 0, 800, 300))
	for x := range 800 {
		for y := range 300 {
			m.SetNRGBA(x, y, color.NRGBA{0, 0, 0x60, uint8(x * 255 / 799)})
		}
	}
	if err := say(m, 40, 180, 80, color.White, "white"); err != nil {
		return nil, err
	}
	return asPNG(m)
}

// banner is an animation: only its first picture goes onto paper.
func banner() ([]byte, error) {
	all := &gif.GIF{}
	for _, text := range []string{"FIRST PICTURE", "SECOND", "THIRD"} {
		m := image.NewPaletted(image.Rect(0, 0, 700, 700), color.Palette{color.White, color.Black, blue, pale})
		box(m, 0, 0, 700, 700, pale)
		box(m, 40, 40, 660, 660, blue)
		if err := say(m, 90, 370, 60, color.White, text); err != nil {
			return nil, err
		}
		all.Image, all.Delay = append(all.Image, m), append(all.Delay, 50)
	}
	var b bytes.Buffer
	err := gif.EncodeAll(&b, all)
	return b.Bytes(), err
}

func sketch() ([]byte, error) {
	m := image.NewPaletted(image.Rect(0, 0, 640, 400), color.Palette{color.White, color.Black})
	for x := range 640 {
		y := 200 + int(150*math.Sin(float64(x)/50))
		box(m, x, y, x+1, y+3, color.Black)
	}
	box(m, 0, 199, 640, 201, color.Black)
	var b bytes.Buffer
	err := bmp.Encode(&b, m)
	return b.Bytes(), err
}

// label is a lossless WebP (RFC 9649 3) in two colours: each colour of a pixel is
// one bit of a code with two symbols.
func label() ([]byte, error) {
	const w, h = 600, 240
	m := image.NewGray(image.Rect(0, 0, w, h))
	box(m, 0, 0, w, h, color.White)
	for i := range 40 {
		box(m, 20+i*14, 20, 20+i*14+3+(i*i*5)%9, 150, color.Black)
	}
	if err := say(m, 60, 210, 44, color.Black, "PB-2026-4711 WEBP"); err != nil {
		return nil, err
	}
	var bits bitWriter
	bits.put(0x2F, 8)
	bits.put(w-1, 14)
	bits.put(h-1, 14)
	bits.put(0, 4) // no alpha, version 0
	bits.put(0, 1) // no transform
	bits.put(0, 1) // no colour cache
	bits.put(0, 1) // one group of prefix codes
	two := func() {
		bits.put(0b11, 2) // a simple code, of two symbols
		bits.put(0, 1)    // the first has 1 bit
		bits.put(0, 1)
		bits.put(255, 8)
	}
	one := func(symbol uint32) {
		bits.put(0b01, 2) // a simple code, of one symbol
		bits.put(1, 1)
		bits.put(symbol, 8)
	}
	two() // green
	two() // red
	two() // blue
	one(255)
	one(0)
	for _, v := range m.Pix {
		bit := uint32(0)
		if v >= 128 {
			bit = 7
		}
		bits.put(bit, 3)
	}
	data := bits.b
	out := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(data)+len(data)%2+12))
	out = binary.LittleEndian.AppendUint32(append(out, "WEBPVP8L"...), uint32(len(data)))
	out = append(out, data...)
	return append(out, make([]byte, len(data)%2)...), nil
}

// bitWriter writes the least significant bit first.
type bitWriter struct {
	b    []byte
	free int
}

func (w *bitWriter) put(v uint32, n int) {
	for i := range n {
		if w.free == 0 {
			w.b, w.free = append(w.b, 0), 8
		}
		w.b[len(w.b)-1] |= byte(v>>i&1) << (8 - w.free)
		w.free--
	}
}

// phonePhoto is a landscape as a telephone stores it: lying on its side, with a note
// in Exif which side is up.
func phonePhoto() ([]byte, error) {
	const w, h = 900, 1200 // as it is seen
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, landscape(float64(x)/w, float64(y)/h))
		}
	}
	if err := say(m, 330, 1130, 40, color.White, "Lake 7"); err != nil {
		return nil, err
	}
	lying := image.NewRGBA(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			lying.Set(y, w-1-x, m.At(x, y))
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, lying, &jpeg.Options{Quality: 60}); err != nil {
		return nil, err
	}
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	out := append([]byte{0xFF, 0xD8, 0xFF, 0xE1}, byte((len(exif)+2)>>8), byte(len(exif)+2))
	return append(append(out, exif...), b.Bytes()[2:]...), nil
}

// landscape is sky, sun, three ranges of hills and a lake.
func landscape(x, y float64) color.Color {
	mix := func(a, b, t float64) float64 { return a + (b-a)*min(max(t, 0), 1) }
	if y > 0.72 { // the lake shows what is above it, darker and in waves
		wave := 0.012 * math.Sin(y*400+6*noise(x*9, y*60))
		c := landscape(x+wave, 1.42-y).(color.RGBA)
		return color.RGBA{uint8(float64(c.R) * 0.55), uint8(float64(c.G) * 0.6), uint8(float64(c.B) * 0.75), 255}
	}
	for i, top := range []float64{0.62, 0.52, 0.40} {
		ridge := top + 0.16*(noise(x*3+float64(i)*7, float64(i))-0.5) + 0.03*noise(x*25, float64(i))
		if y > ridge {
			v := mix(40, 170, float64(i)/2.6) + 50*(noise(x*60, y*90)-0.5)
			return color.RGBA{uint8(v * 0.8), uint8(v), uint8(mix(v*0.7, v*1.1, float64(i)/2)), 255}
		}
	}
	if r := math.Hypot(x-0.7, (y-0.14)*4/3); r < 0.07 {
		return color.RGBA{255, 250, 220, 255}
	}
	cloud := noise(x*4, y*9)*0.6 + noise(x*11, y*20)*0.4
	v := mix(120, 225, y*2.4) + 90*max(cloud-0.52, 0)
	return color.RGBA{uint8(min(v*0.85, 255)), uint8(min(v*0.95, 255)), uint8(min(v*1.25, 255)), 255}
}

// noise is smooth noise from 0 to 1.
func noise(x, y float64) float64 {
	x0, y0 := math.Floor(x), math.Floor(y)
	at := func(i, j float64) float64 {
		h := uint32(int32(i))*374761393 + uint32(int32(j))*668265263
		h = (h ^ h>>13) * 1274126177
		return float64((h^h>>16)&0xFFFF) / 0xFFFF
	}
	ease := func(t float64) float64 { return t * t * (3 - 2*t) }
	tx, ty := ease(x-x0), ease(y-y0)
	top := at(x0, y0)*(1-tx) + at(x0+1, y0)*tx
	bottom := at(x0, y0+1)*(1-tx) + at(x0+1, y0+1)*tx
	return top*(1-ty) + bottom*ty
}
