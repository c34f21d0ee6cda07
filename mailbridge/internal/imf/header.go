package imf

import (
	"bytes"
	"strings"
)

// maxFields bounds the fields that Split keeps. Real mail has some dozens.
const maxFields = 2000

// maxValue bounds a field's value, in octets: what comes after is left out. Some
// hundred recipients in a To have room.
const maxValue = 64 << 10

// Field is one header field, unfolded; Value is otherwise as it was sent.
type Field struct{ Name, Value string }

// Header is the fields of a header in order.
type Header []Field

// Split parts a message, or a body part, at its first empty line. Lines may
// end in CRLF or LF. Lines that are no field are left out (an mbox "From "
// line, a broken gateway's remarks).
func Split(message []byte) (Header, []byte) {
	var h Header
	var value []byte // of the last field, as far as it was read
	end := func() {
		if len(h) > 0 {
			h[len(h)-1].Value = string(value)
		}
	}
	rest := message
	for len(rest) > 0 {
		line, after := cutLine(rest)
		rest = after
		if len(line) == 0 {
			break
		}
		if (line[0] == ' ' || line[0] == '\t') && len(h) > 0 {
			value = atMost(append(append(value, ' '), bytes.TrimSpace(line)...))
			continue
		}
		if name, begin, ok := bytes.Cut(line, []byte(":")); ok && len(h) < maxFields {
			if n := string(bytes.TrimSpace(name)); isFieldName(n) {
				end()
				h = append(h, Field{Name: n})
				value = atMost(append(value[:0], bytes.TrimSpace(begin)...))
			}
		}
	}
	end()
	return h, rest
}

func atMost(value []byte) []byte { return value[:min(len(value), maxValue)] }

// cutLine gives the first line without its end, and what follows.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return b, nil
	}
	return bytes.TrimSuffix(b[:i], []byte("\r")), b[i+1:]
}

// isFieldName holds for printable ASCII without colon (RFC 5322 2.2).
func isFieldName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == ':' {
			return false
		}
	}
	return s != ""
}

// Get gives the value of the first field of that name, or "".
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Count tells how many fields have that name.
func (h Header) Count(name string) int {
	n := 0
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			n++
		}
	}
	return n
}

// RawHeader gives the octets of the header with the empty line that ends it.
func RawHeader(message []byte) []byte {
	rest := message
	for len(rest) > 0 {
		line, after := cutLine(rest)
		rest = after
		if len(line) == 0 {
			break
		}
	}
	return message[:len(message)-len(rest)]
}
