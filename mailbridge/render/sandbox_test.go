package render

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// whitePicture is a grey TIFF of so many pixels each way, of which there is nearly
// nothing in the file.
func whitePicture(t *testing.T, size uint32) mailbridge.Part {
	t.Helper()
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	row := bytes.Repeat([]byte{0xFF}, int(size))
	for range size {
		if _, err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	tags := [][2]uint32{
		{256, size}, {257, size}, {258, 8}, {259, 8}, {262, 1}, {273, 8 + 2 + 7*12 + 4}, {279, uint32(z.Len())},
	}
	le := binary.LittleEndian
	out := append([]byte("II*\x00\x08\x00\x00\x00"), byte(len(tags)), 0)
	for _, tag := range tags {
		out = le.AppendUint16(out, uint16(tag[0]))
		out = le.AppendUint16(out, 4)
		out = le.AppendUint32(le.AppendUint32(out, 1), tag[1])
	}
	out = append(append(out, 0, 0, 0, 0), z.Bytes()...)
	return mailbridge.Part{Name: "white.tif", ContentType: "image/tiff", Body: out}
}

func TestMemoryIsLimited(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the memory of a child is limited on Linux only")
	}
	if testing.Short() || raceDetector {
		t.Skip("a large picture takes long, and the race detector many times its memory")
	}
	part := whitePicture(t, 6000)
	s := sandbox(t)
	pages, _, err := s.Pages(t.Context(), []mailbridge.Part{part})
	if err != nil || len(pages) != 1 || pages[0].Width != Width || black(t, pages[0]) != 0 {
		t.Fatalf("with enough memory: %v", err)
	}
	var log bytes.Buffer
	s.Memory = 128 << 20
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	_, _, err = s.Pages(t.Context(), append(plain("first"), part))
	var permanent *mailbridge.PermanentError
	if !errors.As(err, &permanent) || !strings.Contains(err.Error(), "white.tif broke the renderer") {
		t.Errorf("with too little memory: %v", err)
	}
	if !strings.Contains(log.String(), "memory") {
		t.Errorf("the log does not say why: %s", log.String())
	}
}

func TestPagesAreLimitedInTheChild(t *testing.T) {
	s := sandbox(t)
	s.Options.MaxPages = 3
	_, _, err := s.Pages(t.Context(), plain(strings.Repeat("a page\f", 9)))
	var permanent *mailbridge.PermanentError
	if !errors.As(err, &permanent) || !strings.Contains(err.Error(), "more than the 3 pages") {
		t.Errorf("nine pages: %v", err)
	}
}

// The child sees no environment of ours: it holds secrets.
func TestChildGetsNoSecrets(t *testing.T) {
	t.Setenv("PAGEBRIDGE_SECRET", "very secret")
	var log bytes.Buffer
	s := sandbox(t)
	s.Args = []string{"environment"}
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	_, _, err := s.Pages(t.Context(), plain("x"))
	if err == nil || !strings.Contains(log.String(), childVariable) || strings.Contains(log.String(), "very secret") {
		t.Errorf("%v: %s", err, log.String())
	}
}

// A program that does not call RunChild is a mistake of whoever set it up.
func TestProgramThatDoesNotRender(t *testing.T) {
	s := Sandbox{Path: "/bin/true", Time: 10 * time.Second}
	if _, err := os.Stat(s.Path); err != nil {
		t.Skip("there is no /bin/true")
	}
	_, _, err := s.Pages(t.Context(), plain("x"))
	if err == nil || errors.As(err, new(*mailbridge.PermanentError)) || !strings.Contains(err.Error(), "does not render") {
		t.Errorf("%v", err)
	}
}

// FuzzReplies has a child answer anything.
func FuzzReplies(f *testing.F) {
	var b bytes.Buffer
	e := gob.NewEncoder(&b)
	for _, r := range []reply{{Part: "a"}, {Page: t4.FromBitmap(nil, 8, 1, 1, t4.MMR, resolution)}, {Done: true}} {
		if err := e.Encode(r); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &child{replies: bytes.NewReader(b), limits: Options{}.withDefaults()}
		pages, err := c.read()
		if err == nil && len(pages) > 0 && pages[0].Rows < 1 {
			t.Error("a page without rows")
		}
	})
}

// FuzzText lays out anything in any charset.
func FuzzText(f *testing.F) {
	f.Add("utf-8", []byte("Dear Sir,\r\n\tyours\f\u00e9e\u0301\u65e5\u200b"))
	f.Add("iso-2022-jp", []byte("\x1b$B$3\x1b(B"))
	f.Add("utf-16", []byte{0xFF, 0xFE, 'a', 0})
	f.Fuzz(func(t *testing.T, charset string, body []byte) {
		pages, _, err := Pages(context.Background(), []mailbridge.Part{{ContentType: "text/plain", Charset: charset, Body: body}}, Options{MaxPages: 3})
		if err != nil && !errors.As(err, new(*mailbridge.PermanentError)) {
			t.Fatal(err)
		}
		if err == nil && len(pages) == 0 {
			t.Fatal("no page and no error")
		}
	})
}

// FuzzTIFF makes pages of anything.
func FuzzTIFF(f *testing.F) {
	f.Add([]byte("II*\x00\x08\x00\x00\x00"))
	page := t4.FromBitmap([]byte{1, 2, 3, 4}, 32, 4, 1, t4.MMR, t4.I300x300)
	f.Add(tiffPart(f, page).Body)
	f.Fuzz(func(t *testing.T, body []byte) {
		pages, _, err := Pages(context.Background(), []mailbridge.Part{{Name: "a.tif", ContentType: "image/tiff", Body: body}}, Options{MaxPages: 3, MaxPixels: 1 << 18})
		if err != nil && !errors.As(err, new(*mailbridge.PermanentError)) {
			t.Fatal(err)
		}
		for _, p := range pages {
			if p.Rows < 1 || p.Rows > 1<<16 {
				t.Fatalf("a page of %d rows", p.Rows)
			}
		}
	})
}
