package render

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/bmp"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// corner is white with a black square in its upper left quarter.
func corner(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, 0, w/2, h/2), image.Black, image.Point{}, draw.Src)
	return m
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pictures(t testing.TB, m image.Image) map[string][]byte {
	return map[string][]byte{
		"image/png":  encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, m) }),
		"image/jpeg": encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) }),
		"image/gif":  encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, m, nil) }),
		"image/bmp":  encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, m) }),
	}
}

func TestPicturesOfAllKinds(t *testing.T) {
	for mediaType, body := range pictures(t, corner(800, 600)) {
		p := mustRender(t, []mailbridge.Part{{ContentType: mediaType, Body: body}}, Options{})
		// 800 dots of a screen, 96 an inch, are 1700 of a fax, and 600 are 1225.
		left := (Width - 1700) / 2
		corner := blackIn(t, p[0], left, 0, left+850, 612)
		if p[0].Rows != 1225 || corner < 519_000 || black(t, p[0]) > 522_000 {
			t.Errorf("%s: %d rows, %d pels black, %d of them in the corner", mediaType, p[0].Rows, black(t, p[0]), corner)
		}
	}
}

// exif puts an orientation into a JPEG file, as phones do.
func exif(body []byte, order binary.AppendByteOrder, mark string, orientation uint16) []byte {
	e := []byte("Exif\x00\x00" + mark)
	e = order.AppendUint32(order.AppendUint16(e, 42), 8)
	e = order.AppendUint16(e, 1)
	e = order.AppendUint32(order.AppendUint16(order.AppendUint16(e, 274), 3), 1)
	e = order.AppendUint16(order.AppendUint16(e, orientation), 0)
	out := append([]byte{0xFF, 0xD8, 0xFF, 0xE1}, byte((len(e)+2)>>8), byte(len(e)+2))
	return append(append(out, e...), body[2:]...)
}

func TestPhotographsAreTurnedUpright(t *testing.T) {
	body := pictures(t, corner(800, 600))["image/jpeg"]
	for _, c := range []struct {
		orientation uint16
		rows        int
		right, down bool // where the black corner comes to lie
	}{{1, 1225, false, false}, {3, 1225, true, true}, {6, 1633, true, false}, {8, 1633, false, true}} {
		for _, part := range [][]byte{exif(body, binary.BigEndian, "MM", c.orientation), exif(body, binary.LittleEndian, "II", c.orientation)} {
			p := mustRender(t, []mailbridge.Part{{ContentType: "image/jpeg", Body: part}}, Options{})[0]
			left, top := 0, 0
			if c.right {
				left = Width / 2
			}
			if c.down {
				top = p.Rows / 2
			}
			if p.Rows != c.rows || blackIn(t, p, left, top, left+Width/2, top+p.Rows/2) < 510_000 {
				t.Errorf("orientation %d: %d rows, the corner is elsewhere", c.orientation, p.Rows)
			}
		}
	}
}

func TestPictureSizes(t *testing.T) {
	for _, c := range []struct {
		name        string
		w, h        int
		pages, rows int // of the first
	}{
		{"a photograph fills the line", 4000, 3000, 1, 1245},
		{"one on its end fits on the sheet", 3000, 4000, 1, 2214},
		{"a screenshot of a telephone is made to fit", 1080, 2400, 1, 2287},
		{"a long one is cut", 1000, 6000, 5, 2287},
		{"a small one comes as large as on a screen", 480, 96, 1, 196},
		{"a dot", 1, 1, 1, 2},
	} {
		m := image.NewGray(image.Rect(0, 0, c.w, c.h))
		body := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
		p := mustRender(t, []mailbridge.Part{{ContentType: "image/png", Body: body}}, Options{})
		if len(p) != c.pages || p[0].Rows < c.rows-3 || p[0].Rows > c.rows+3 {
			t.Errorf("%s: %d pages of %d rows", c.name, len(p), p[0].Rows)
		}
	}
}

// A scan keeps its size on paper, which its file says.
func TestDensityOfAScan(t *testing.T) {
	body := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, corner(2480, 3508)) })
	phys := binary.BigEndian.AppendUint32([]byte("pHYs"), 11811) // 300 dpi
	phys = append(binary.BigEndian.AppendUint32(phys, 11811), 1)
	chunk := append(binary.BigEndian.AppendUint32(nil, 9), phys...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(phys))
	body = append(append(append([]byte{}, body[:33]...), chunk...), body[33:]...)
	p := mustRender(t, []mailbridge.Part{{ContentType: "image/png", Body: body}}, Options{})
	if n := p[0].Rows; n < 2280 || n > 2300 {
		t.Errorf("%d rows", n)
	}
}

// A logo in a signature is no page; a scan that is shown in the text is one.
func TestPicturesInText(t *testing.T) {
	logo := mailbridge.Part{ContentType: "image/png", Inline: true, Body: pictures(t, corner(200, 80))["image/png"]}
	scan := mailbridge.Part{ContentType: "image/png", Inline: true, Body: pictures(t, corner(1654, 2338))["image/png"]}
	if n := len(mustRender(t, append(plain("text"), logo), Options{})); n != 1 {
		t.Errorf("with a logo there are %d pages", n)
	}
	if n := len(mustRender(t, append(plain("text"), scan), Options{})); n != 2 {
		t.Errorf("with a scan there are %d pages", n)
	}
}

func TestTransparentIsWhite(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 100, 100))
	m.Set(5, 5, color.Black)
	body := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
	if n := black(t, mustRender(t, []mailbridge.Part{{ContentType: "image/png", Body: body}}, Options{})[0]); n < 4 || n > 9 {
		t.Errorf("%d pels are black", n)
	}
}

func TestPicturesThatAreNone(t *testing.T) {
	body := pictures(t, corner(80, 60))["image/png"]
	large := append([]byte{}, body...)
	binary.BigEndian.PutUint32(large[16:], 60_000)
	binary.BigEndian.PutUint32(large[20:], 60_000)
	binary.BigEndian.PutUint32(large[29:], crc32.ChecksumIEEE(large[12:29]))
	for want, body := range map[string][]byte{
		"not a picture": []byte("hello"), "damaged": body[:len(body)-30], "60000 by 60000": large,
	} {
		_, _, err := Pages(t.Context(), []mailbridge.Part{{Name: "a.png", ContentType: "image/png", Body: body}}, Options{})
		if !errors.As(err, new(*mailbridge.PermanentError)) || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "a.png") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func FuzzPictureFacts(f *testing.F) {
	for _, body := range pictures(f, corner(8, 8)) {
		f.Add(body)
	}
	f.Add(exif(pictures(f, corner(8, 8))["image/jpeg"], binary.BigEndian, "MM", 6))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, format := range []string{"jpeg", "png"} {
			if g := pictureFacts(format, body); g.orientation < 1 || g.orientation > 8 || g.x < 0 || g.y < 0 {
				t.Errorf("%+v", g)
			}
		}
		_, _, err := Pages(context.Background(), []mailbridge.Part{{ContentType: "image/jpeg", Body: body}}, Options{MaxPixels: 1 << 16})
		if err != nil && !errors.As(err, new(*mailbridge.PermanentError)) {
			t.Fatal(err)
		}
	})
}
