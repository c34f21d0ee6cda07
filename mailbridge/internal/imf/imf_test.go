package imf

import (
	"bytes"
	"encoding/base64"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	const message = "From someone Mon Nov 23\r\nSubject: a\r\n  folded\n\tline\r\nno field\r\nBad name: x\r\nX: y\r\n\r\nbody\r\n\r\n"
	h, body := Split([]byte(message))
	if h.Get("subject") != "a folded line" || h.Get("x") != "y" || len(h) != 2 || string(body) != "body\r\n\r\n" {
		t.Errorf("%q, %q", h, body)
	}
	if raw := RawHeader([]byte(message)); !bytes.HasSuffix(raw, []byte("X: y\r\n\r\n")) {
		t.Errorf("the raw header is %q", raw)
	}
	if h, body := Split([]byte("\r\nonly body")); len(h) != 0 || string(body) != "only body" {
		t.Errorf("%q, %q", h, body)
	}
}

func TestContentType(t *testing.T) {
	for value, want := range map[string]string{
		`TEXT/Plain; charset="UTF-8"`:      "text/plain charset=UTF-8",
		``:                                 "text/plain",
		`text`:                             "text/plain",
		`text/plain; charset=a b; charset`: "text/plain charset=a b",
		`multipart/mixed; boundary="a;b"`:  "multipart/mixed boundary=a;b",
		`image/tiff; charset=x; charset=y`: "image/tiff charset=x",
		`;;;=`:                             "text/plain",
	} {
		h := Header{{"Content-Type", value}}
		got, params := ContentType(h)
		for _, k := range []string{"charset", "boundary"} {
			if v, ok := params[k]; ok {
				got += " " + k + "=" + v
			}
		}
		if got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
	}
}

func TestFilename(t *testing.T) {
	for field, want := range map[string]string{
		`Content-Disposition: attachment; filename="a b.tif"`:                   "a b.tif",
		`Content-Disposition: attachment; filename*=UTF-8''p%C3%A4ge.tif`:       "päge.tif",
		`Content-Disposition: attachment; filename*0="long"; filename*1=".tif"`: "long.tif",
		`Content-Disposition: attachment; filename==?iso-8859-1?q?B=FCro.tif?=`: "Büro.tif",
		`Content-Disposition: attachment; filename="=?shift_jis?B?g3SDQINi?="`:  "ファッ",
		`Content-Type: image/tiff; name=C:\Scans\x.tif`:                         "x.tif",
		`Content-Type: image/tiff; name="../../etc/passwd"`:                     "passwd",
		`Content-Disposition: attachment; filename="x=?utf-8?q?=0D=0AEvil:?=y"`: "x  Evil:y",
		`Content-Disposition: attachment; filename="=?no-such-charset?q?abc?="`: "=?no-such-charset?q?abc?=",
		`Content-Disposition: attachment`:                                       "",
	} {
		h, _ := Split([]byte(field + "\r\n\r\n"))
		if got := Filename(h); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct{ encoding, in, want string }{
		{"", "a\r\n", "a\r\n"},
		{"BASE64 ", "SGVs\r\nbG8=\r\n", "Hello"},
		{"base64", "SGVs*bG8=SGVsbG8", "HelloHello"},
		{"base64", "SGVsbG", "Hell"},
		{"quoted-printable", "a=3D=\r\nb  \r\nc=", "a=b\r\nc"},
		{"quoted-printable", "100=% =4g\n", "100=% =4g\r\n"},
		{"x-uuencode", "begin 644 x\r\n#0V%T\r\n`\r\nend\r\n", "Cat"},
	} {
		if got, ok := Decode(tt.encoding, []byte(tt.in)); !ok || string(got) != tt.want {
			t.Errorf("%s %q: %q %v, want %q", tt.encoding, tt.in, got, ok, tt.want)
		}
	}
	if _, ok := Decode("x-rot13", nil); ok {
		t.Error("an unknown encoding is known")
	}
}

// The decoders against the standard library's encoders.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("Hello =\r\n\t "))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, e := range []string{"base64", "quoted-printable", "x-uuencode"} {
			if out, _ := Decode(e, b); len(out) > 2*len(b)+64 {
				t.Errorf("%s makes %d octets of %d", e, len(out), len(b))
			}
		}
		var q bytes.Buffer
		w := quotedprintable.NewWriter(&q)
		w.Binary = true
		w.Write(b)
		w.Close()
		if got, _ := Decode("quoted-printable", q.Bytes()); !bytes.Equal(got, b) {
			t.Errorf("quoted-printable: %q, want %q", got, b)
		}
		if got, _ := Decode("base64", []byte(base64.StdEncoding.EncodeToString(b))); !bytes.Equal(got, b) {
			t.Errorf("base64: %q, want %q", got, b)
		}
	})
}

func TestMultipart(t *testing.T) {
	for _, tt := range []struct {
		body string
		want []string
	}{
		{"pre\r\n--b\r\none\r\n--b  \r\ntwo\r\n--b--\r\n--b\r\nafter", []string{"one", "two"}},
		{"--b\r\none\r\n--bb\r\n--b", []string{"one\r\n--bb"}},
		{"--b\n\none\n", []string{"\none\n"}},
		{"--b\r\n--b\r\n\r\n--b--", []string{"", ""}},
		{"nothing", nil},
	} {
		parts, ok := Multipart([]byte(tt.body), "b", 10)
		var got []string
		for _, p := range parts {
			got = append(got, string(p))
		}
		if !ok || strings.Join(got, "|") != strings.Join(tt.want, "|") || len(got) != len(tt.want) {
			t.Errorf("%q: %q, want %q", tt.body, got, tt.want)
		}
	}
	if parts, ok := Multipart([]byte(strings.Repeat("--b\r\nx\r\n", 11)), "b", 10); ok || len(parts) != 10 {
		t.Errorf("11 parts: %d, %v", len(parts), ok)
	}
}

// Whatever is written, another reader finds one field with that text.
func FuzzWriter(f *testing.F) {
	for _, s := range []string{"", "plain", "Grüße", "a\r\nBcc: x", "=?utf-8?q?x?=", "ファックス", strings.Repeat("word ", 100), "a\"b\\c <d@e>", "\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 5000 {
			return
		}
		var w Writer
		w.Field("X-Field", s)
		w.Text("Subject", s)
		w.Addresses("From", mail.Address{Name: s, Address: "a@example.com"})
		w.Addresses("To", mail.Address{Name: "x", Address: s})
		w.Media("Content-Type", "image/tiff", map[string]string{"name": s})
		w.Date("Date", time.Unix(0, 0).UTC())
		w.End()
		w.Raw([]byte("body"))
		m, err := mail.ReadMessage(bytes.NewReader(w.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%q", err, w.Bytes())
		}
		if len(m.Header) > 6 {
			t.Errorf("there are more fields than were written:\n%q", w.Bytes())
		}
		if m.Header.Get("Date") != "Thu, 1 Jan 1970 00:00:00 +0000" {
			t.Errorf("the message is\n%q", w.Bytes())
		}
		if !utf8.Valid(w.Bytes()) || bytes.ContainsAny(w.Bytes(), "\x00\x7f") {
			t.Errorf("the message is not clean: %q", w.Bytes())
		}
		for line := range bytes.Lines(w.Bytes()) {
			if bytes.Count(line, []byte("\r")) > 1 {
				t.Errorf("a bare CR in %q", line)
			}
		}
	})
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"plain":         "plain",
		"Grüße":         "Grüße",
		"ファックスが届きました":   "ファックスが届きました",
		"a\r\nb":        "a b",
		"=?utf-8?q?x?=": "= ?utf-8?q?x?=",
	} {
		var w Writer
		w.Text("Subject", text)
		w.End()
		m, err := mail.ReadMessage(bytes.NewReader(w.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if got := DecodeWords(m.Header.Get("Subject")); got != want {
			t.Errorf("%q: %q, want %q in\n%s", text, got, want, w.Bytes())
		}
	}
}

func TestBoundary(t *testing.T) {
	a := Boundary("x")
	if a != Boundary("x") || a == Boundary("y") {
		t.Error("a boundary must depend on its seed alone")
	}
	if b := Boundary("x", []byte("--"+a)); b == a {
		t.Error("the boundary occurs in the body")
	}
}

func BenchmarkBase64(b *testing.B) {
	body := make([]byte, 1<<20)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		var w Writer
		w.Base64(body)
	}
}

// A field of very many lines is cut, and costs no more than they are long.
func TestLongField(t *testing.T) {
	message := "Subject: a\r\n" + strings.Repeat(" b\r\n", 2_000_000) + "To: c\r\n\r\nx"
	h, body := Split([]byte(message))
	if len(h) != 2 || len(h[0].Value) != maxValue || h[1].Value != "c" || string(body) != "x" {
		t.Errorf("%d fields, the first of %d octets, body %q", len(h), len(h.Get("Subject")), body)
	}
}
