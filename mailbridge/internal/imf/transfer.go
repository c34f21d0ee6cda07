package imf

import (
	"bytes"
	"strings"
)

// Decode undoes a Content-Transfer-Encoding (RFC 2045 6). ok is false for an
// encoding that nobody knows. Damaged input gives the octets that can be had.
func Decode(encoding string, body []byte) (decoded []byte, ok bool) {
	if i := strings.IndexAny(encoding, ";("); i >= 0 { // a parameter or a comment, which belongs to nothing
		encoding = encoding[:i]
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
		return body, true
	case "base64":
		return decodeBase64(body), true
	case "quoted-printable":
		return decodeQuotedPrintable(body), true
	case "x-uuencode", "uuencode", "x-uue":
		return decodeUU(body), true
	}
	return nil, false
}

// decodeBase64 skips what is outside the alphabet (RFC 2045 6.8) and goes on
// after padding, since some senders encode in separate blocks.
func decodeBase64(b []byte) []byte {
	out := make([]byte, 0, len(b)*3/4)
	var acc uint32
	n := 0
	flush := func() {
		switch n {
		case 2:
			out = append(out, byte(acc>>4))
		case 3:
			out = append(out, byte(acc>>10), byte(acc>>2))
		}
		acc, n = 0, 0
	}
	for _, c := range b {
		if c == '=' {
			flush()
			continue
		}
		v := base64Value(c)
		if v < 0 {
			continue
		}
		acc = acc<<6 | uint32(v)
		if n++; n == 4 {
			out = append(out, byte(acc>>16), byte(acc>>8), byte(acc))
			acc, n = 0, 0
		}
	}
	flush()
	return out
}

func base64Value(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// decodeQuotedPrintable keeps an "=" that introduces nothing (RFC 2045 6.7).
func decodeQuotedPrintable(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for rest := b; len(rest) > 0; {
		line, after := cutLine(rest)
		ended := len(after) > 0 || rest[len(rest)-1] == '\n'
		rest = after
		line = bytes.TrimRight(line, " \t")
		soft := bytes.HasSuffix(line, []byte("="))
		if soft {
			line = line[:len(line)-1]
		}
		for i := 0; i < len(line); i++ {
			if line[i] == '=' && i+2 < len(line) {
				hi, lo := hexValue(line[i+1]), hexValue(line[i+2])
				if hi >= 0 && lo >= 0 {
					out = append(out, byte(hi<<4|lo))
					i += 2
					continue
				}
			}
			out = append(out, line[i])
		}
		if ended && !soft {
			out = append(out, '\r', '\n')
		}
	}
	return out
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// decodeUU reads the lines between "begin" and "end" of a uuencoded file.
func decodeUU(b []byte) []byte {
	var out []byte
	begun := false
	for rest := b; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		if !begun {
			begun = bytes.HasPrefix(line, []byte("begin "))
			continue
		}
		if len(line) == 0 || line[0] == '`' || string(line) == "end" {
			break
		}
		out = append(out, decodeUULine(line)...)
	}
	return out
}

func decodeUULine(line []byte) []byte {
	want := int(line[0]-' ') & 63
	at := func(i int) byte {
		if i < len(line) {
			return (line[i] - ' ') & 63
		}
		return 0
	}
	out := make([]byte, 0, want+2)
	for i := 1; len(out) < want; i += 4 {
		a, b, c, d := at(i), at(i+1), at(i+2), at(i+3)
		out = append(out, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	return out[:want]
}
