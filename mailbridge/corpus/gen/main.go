// Command gen writes the mails of the corpus from their sources. A source is a mail
// with lines that end in LF and these directives:
//
//	«text "charset" "…"»   the text in a charset, with no transfer encoding
//	«qp "charset" "…"»     in quoted-printable (RFC 2045 6.7)
//	«b64 "charset" "…"»    in base64
//	«word "charset" "…"»   as an encoded word of a header field (RFC 2047)
//	«file "name"»          a file of files.go in base64
//	«uu "name"»            one uuencoded
//	«binary "name"»        one as it is
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log"
	"mime"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

func main() {
	log.SetFlags(0)
	sources, err := filepath.Glob("gen/sources/*.txt")
	if err != nil || len(sources) == 0 {
		log.Fatal("there are no sources here; run it by go generate ./mailbridge/corpus")
	}
	for _, source := range sources {
		name := strings.TrimSuffix(filepath.Base(source), ".txt")
		mail, err := write(source)
		if err == nil {
			err = os.WriteFile(filepath.Join("messages", name+".eml"), mail, 0o644)
		}
		if err != nil {
			log.Fatalf("%s: %v", source, err)
		}
	}
}

// write makes the mail of one source.
func write(source string) ([]byte, error) {
	text, err := os.ReadFile(source)
	if err != nil {
		return nil, err
	}
	raw := rawOctets{}
	t, err := template.New(source).Delims("«", "»").Funcs(template.FuncMap{
		"text": func(charset, s string) (string, error) {
			b, err := encode(charset, crlf(s))
			return raw.keep(b), err
		},
		"qp":   quoted,
		"b64":  func(charset, s string) (string, error) { b, err := encode(charset, crlf(s)); return lines(b), err },
		"word": word,
		"file": func(name string) (string, error) { b, err := file(name); return lines(b), err },
		"uu":   func(name string) (string, error) { b, err := file(name); return uuencoded(name, b), err },
		"binary": func(name string) (string, error) {
			b, err := file(name)
			return raw.keep(b), err
		},
	}).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, nil); err != nil {
		return nil, err
	}
	return raw.back(crlf(out.String())), nil
}

func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

// rawOctets keeps what must not be touched when line ends are written.
type rawOctets map[string][]byte

func (r rawOctets) keep(b []byte) string {
	mark := fmt.Sprintf("\uE000%d\uE001", len(r))
	r[mark] = b
	return mark
}

func (r rawOctets) back(s string) []byte {
	out := []byte(s)
	for mark, b := range r {
		out = bytes.Replace(out, []byte(mark), b, 1)
	}
	return out
}

func encode(charset, s string) ([]byte, error) {
	if charset == "utf-16" {
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(s))
	}
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", charset, err)
	}
	return enc.NewEncoder().Bytes([]byte(s))
}

func quoted(charset, s string) (string, error) {
	b, err := encode(charset, crlf(s))
	if err != nil {
		return "", err
	}
	var out strings.Builder
	w := quotedprintable.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		return "", err
	}
	err = w.Close() // which writes the last line
	return out.String(), err
}

func word(charset, s string) (string, error) {
	b, err := encode(charset, s)
	return mime.BEncoding.Encode(charset, string(b)), err
}

// lines is base64 in lines of 76.
func lines(b []byte) string {
	s := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	for len(s) > 76 {
		out.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return out.String() + s
}

func uuencoded(name string, b []byte) string {
	var out strings.Builder
	fmt.Fprintf(&out, "begin 644 %s\n", name)
	char := func(v byte) byte {
		if v &= 63; v == 0 {
			return '`'
		}
		return v + ' '
	}
	for len(b) > 0 {
		n := min(len(b), 45)
		line := append([]byte{}, b[:n]...)
		b = b[n:]
		out.WriteByte(char(byte(n)))
		for line = append(line, 0, 0); len(line) >= 3; line = line[3:] {
			out.Write([]byte{char(line[0] >> 2), char(line[0]<<4 | line[1]>>4), char(line[1]<<2 | line[2]>>6), char(line[2])})
		}
		out.WriteByte('\n')
	}
	return out.String() + "`\nend"
}
