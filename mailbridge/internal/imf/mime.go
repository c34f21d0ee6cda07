package imf

import (
	"bytes"
	"io"
	"mime"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// ContentType gives the media type of a part in lower case and its parameters.
// A missing or unreadable type is text/plain (RFC 2045 5.2); of a type with
// broken parameters what can be read is kept.
func ContentType(h Header) (string, map[string]string) {
	value := h.Get("Content-Type")
	if t, params, err := mime.ParseMediaType(value); err == nil && strings.Contains(t, "/") {
		return t, params
	}
	t, rest, _ := strings.Cut(value, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	if !strings.Contains(t, "/") || strings.ContainsAny(t, " \t\"") {
		t = "text/plain"
	}
	return t, looseParams(rest)
}

// looseParams reads name=value pairs that mime.ParseMediaType refuses: blanks
// in unquoted values, names given twice, eight-bit characters.
func looseParams(s string) map[string]string {
	params := map[string]string{}
	for _, p := range strings.Split(s, ";") {
		name, value, ok := strings.Cut(p, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, seen := params[name]; !ok || seen || name == "" {
			continue
		}
		params[name] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	return params
}

// Filename gives the name that a part has for people: of Content-Disposition,
// else the older name= of Content-Type, without any folders, or "".
func Filename(h Header) string {
	name := ""
	if v := h.Get("Content-Disposition"); v != "" {
		_, params, err := mime.ParseMediaType(v)
		if err != nil {
			_, rest, _ := strings.Cut(v, ";")
			params = looseParams(rest)
		}
		name = params["filename"]
	}
	if name == "" {
		_, params := ContentType(h)
		name = params["name"]
	}
	name = DecodeWords(name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	return strings.TrimSpace(printable(name))
}

// DecodeWords decodes the encoded words of RFC 2047. What cannot be decoded
// stays as it is.
func DecodeWords(s string) string {
	d := mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
		enc, err := htmlindex.Get(charset)
		if err != nil {
			return nil, err
		}
		return enc.NewDecoder().Reader(r), nil
	}}
	if out, err := d.DecodeHeader(s); err == nil {
		return out
	}
	return s
}

// Multipart gives the parts between the boundaries, each with its header. A
// missing last boundary is taken as being at the end. ok is false if there are
// more than max parts; then the first max are given.
func Multipart(body []byte, boundary string, max int) (parts [][]byte, ok bool) {
	dash := []byte("--" + boundary)
	start := -1 // of the part under way
	for at := 0; at < len(body); {
		line, rest := cutLine(body[at:])
		next := len(body) - len(rest)
		if bytes.HasPrefix(line, dash) {
			tail := bytes.TrimRight(line[len(dash):], " \t")
			last := string(tail) == "--"
			if last || len(tail) == 0 {
				if start >= 0 {
					if len(parts) == max {
						return parts, false
					}
					// The line end before a boundary belongs to it (RFC 2046 5.1.1).
					parts = append(parts, trimLineEnd(body[start:at]))
				}
				start = next
				if last {
					return parts, true
				}
			}
		}
		at = next
	}
	if start >= 0 && start < len(body) {
		if len(parts) == max {
			return parts, false
		}
		parts = append(parts, body[start:])
	}
	return parts, true
}

func trimLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// GuessBoundary gives the boundary of a multipart whose header lost it: the
// first line of the body that looks like one.
func GuessBoundary(body []byte) string {
	for rest, n := body, 0; len(rest) > 0 && n < 50; n++ {
		var line []byte
		line, rest = cutLine(rest)
		if b, ok := bytes.CutPrefix(line, []byte("--")); ok && len(b) > 0 && len(b) <= 70 {
			return string(bytes.TrimRight(b, " \t"))
		}
	}
	return ""
}
