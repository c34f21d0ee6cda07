package render

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// decodeText gives the text of a part as composed UTF-8 without a byte order mark.
func decodeText(name string, p *mailbridge.Part) (string, error) {
	enc := encodingOf(p)
	if enc == nil {
		return "", failure(mailbridge.S5_6_3Conversion, "%s is in the character set %q, which cannot be read here; send it as UTF-8", name, p.Charset)
	}
	text, err := enc.NewDecoder().Bytes(p.Body)
	if err != nil {
		return "", failure(mailbridge.S5_6_3Conversion, "%s cannot be read as %q: %w", name, p.Charset, err)
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	return string(norm.NFC.Bytes(text)), nil
}

// hasUTF8 says that there is some character of UTF-8 that is not of ASCII.
func hasUTF8(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if n > 1 && r != utf8.RuneError {
			return true
		}
		b = b[n:]
	}
	return false
}

// encodingOf finds the decoder of a part; nil when there is none. Mail without a
// label, or labelled as ASCII or UTF-8 though it is not, is taken for UTF-8 if it
// can be that, and for Windows-1252 otherwise, which any octets can be.
func encodingOf(p *mailbridge.Part) encoding.Encoding {
	label := strings.TrimSpace(strings.ToLower(p.Charset))
	switch label {
	case "", "us-ascii", "ascii", "utf-8", "utf8", "unknown-8bit", "x-unknown":
		if utf8.Valid(p.Body) || strings.HasPrefix(label, "utf") && hasUTF8(p.Body) {
			return encoding.Nop
		}
		return charmap.Windows1252
	case "utf-16": // big end first unless a mark says otherwise (RFC 2781 4.3)
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	if enc, err := htmlindex.Get(label); err == nil && enc != encoding.Replacement {
		return enc
	}
	for _, index := range []*ianaindex.Index{ianaindex.MIME, ianaindex.IANA} {
		if enc, err := index.Encoding(label); err == nil && enc != nil {
			return enc
		}
	}
	return nil
}
