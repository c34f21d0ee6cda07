package imf

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"
)

// lineLimit is how long a line of a header should be at most (RFC 5322 2.1.1).
const lineLimit = 78

// wordLimit is where a word without a blank is cut, so that no line exceeds
// the 998 octets of RFC 5322 2.1.1. No sane value comes near it.
const wordLimit = 900

// Writer puts a message together, its lines ending in CRLF. The zero Writer is
// ready.
type Writer struct{ buf bytes.Buffer }

// Bytes gives the message so far.
func (w *Writer) Bytes() []byte { return w.buf.Bytes() }

// Field writes a structured field. Control characters are taken out and others
// than ASCII become "?": text for people goes through Text. Long values are
// folded at blanks.
func (w *Writer) Field(name, value string) {
	w.fold(name+":", strings.Fields(ASCII(value)))
}

// Text writes an unstructured field such as Subject, with encoded words
// (RFC 2047) where it needs them.
func (w *Writer) Text(name, text string) {
	text = printable(text)
	encoded := mime.QEncoding.Encode("utf-8", text)
	if encoded != text && strings.Count(encoded, "=")*3 > len(encoded) {
		encoded = mime.BEncoding.Encode("utf-8", text)
	}
	if encoded == text && strings.Contains(text, "=?") {
		// It would be read as an encoded word, though it is none. Encode leaves
		// printable ASCII alone, so a character that is not makes it work.
		encoded = strings.ReplaceAll(text, "=?", "= ?")
	}
	w.fold(name+":", strings.Fields(encoded))
}

// Addresses writes a field of mailboxes (RFC 5322 3.4). Those without an
// address are left out, and the field with them if none remains.
func (w *Writer) Addresses(name string, mailboxes ...mail.Address) {
	var words []string
	for _, m := range mailboxes {
		m = mail.Address{Name: printable(m.Name), Address: ASCII(m.Address)}
		if m.Address == "" {
			continue
		}
		if len(words) > 0 {
			words[len(words)-1] += ","
		}
		words = append(words, strings.Fields(m.String())...)
	}
	if len(words) > 0 {
		w.fold(name+":", words)
	}
}

// Date writes a Date field or another field that holds a time (RFC 5322 3.3).
func (w *Writer) Date(name string, t time.Time) { w.Field(name, FormatTime(t)) }

// FormatTime writes a time as RFC 5322 3.3 wants it.
func FormatTime(t time.Time) string { return t.Format("Mon, 2 Jan 2006 15:04:05 -0700") }

// Media writes a field such as Content-Type whose parameters may hold any
// text (RFC 2231).
func (w *Writer) Media(name, value string, params map[string]string) {
	clean := make(map[string]string, len(params))
	for k, v := range params {
		clean[k] = printable(v)
	}
	formatted := mime.FormatMediaType(value, clean)
	if formatted == "" {
		formatted = value
	}
	w.fold(name+":", strings.SplitAfter(formatted, "; "))
}

// fold writes the words with a blank between them, breaking lines before they
// grow too long.
func (w *Writer) fold(name string, words []string) {
	w.buf.WriteString(name)
	n := len(name)
	for _, word := range words {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		if len(word) > wordLimit {
			word = word[:wordLimit]
		}
		if n+1+len(word) > lineLimit && n > len(name) {
			w.buf.WriteString("\r\n")
			n = 0
		}
		w.buf.WriteString(" " + word)
		n += 1 + len(word)
	}
	if len(words) == 0 {
		w.buf.WriteByte(' ')
	}
	w.buf.WriteString("\r\n")
}

// End ends a header.
func (w *Writer) End() { w.buf.WriteString("\r\n") }

// Open begins a part of a multipart, Close ends the multipart.
func (w *Writer) Open(boundary string)  { w.buf.WriteString("\r\n--" + boundary + "\r\n") }
func (w *Writer) Close(boundary string) { w.buf.WriteString("\r\n--" + boundary + "--\r\n") }

// TextBody writes the rest of a part of text for people: its fields, its body
// as UTF-8 in 7bit or quoted-printable.
func (w *Writer) TextBody(text string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	if isPlain(text) {
		w.Media("Content-Type", "text/plain", map[string]string{"charset": "us-ascii"})
		w.Field("Content-Transfer-Encoding", "7bit")
		w.End()
		w.buf.WriteString(text)
		return
	}
	w.Media("Content-Type", "text/plain", map[string]string{"charset": "utf-8"})
	w.Field("Content-Transfer-Encoding", "quoted-printable")
	w.End()
	q := quotedprintable.NewWriter(&w.buf)
	q.Write([]byte(text))
	q.Close()
}

func isPlain(text string) bool {
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > lineLimit {
			return false
		}
		for i := range len(line) {
			if line[i] > '~' || line[i] < ' ' && line[i] != '\t' {
				return false
			}
		}
	}
	return true
}

// Base64 writes a body in base64 with its field and the end of the header.
func (w *Writer) Base64(body []byte) {
	w.Field("Content-Transfer-Encoding", "base64")
	w.End()
	const octets = 57 // 76 characters a line (RFC 2045 6.8)
	w.buf.Grow(base64.StdEncoding.EncodedLen(len(body))*78/76 + 80)
	line := make([]byte, 0, 78)
	for len(body) > 0 {
		n := min(octets, len(body))
		line = base64.StdEncoding.AppendEncode(line[:0], body[:n])
		w.buf.Write(append(line, '\r', '\n'))
		body = body[n:]
	}
}

// Raw writes octets as they are.
func (w *Writer) Raw(b []byte) { w.buf.Write(b) }

// Boundary gives a boundary that is the same for the same seed and occurs in
// none of bodies. "=_" cannot occur in quoted-printable or base64.
func Boundary(seed string, bodies ...[]byte) string {
	for {
		sum := sha256.Sum256([]byte(seed))
		b := "=_" + hex.EncodeToString(sum[:15])
		found := false
		for _, body := range bodies {
			found = found || bytes.Contains(body, []byte(b))
		}
		if !found {
			return b
		}
		seed = b
	}
}

// ASCII makes a value fit for a structured field: one line of printable ASCII.
func ASCII(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f:
			return -1
		case r > '~':
			return '?'
		}
		return r
	}, s)
}

// printable makes text one line of valid UTF-8 without control characters.
func printable(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return -1
		case r == '\u202e' || r == '\u202d': // would turn the line round
			return -1
		}
		return r
	}, s)
}

// Printable makes text from outside one line without control characters.
func Printable(s string) string { return printable(s) }
