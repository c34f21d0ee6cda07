package offramp

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// PartLimits bound what is looked for in a mail. Zero fields have defaults.
type PartLimits struct {
	Depth int // parts within parts; default 20
	Parts int // leaves and multiparts in all; default 1000
	// Usable tells which media types can become pages; default text/plain and
	// image/tiff.
	Usable func(mediaType string) bool
}

func (l *PartLimits) withDefaults() {
	setDefault(&l.Depth, 20)
	setDefault(&l.Parts, 1000)
	if l.Usable == nil {
		l.Usable = usableByDefault
	}
}

// Contents is what a mail holds for a fax.
type Contents struct {
	Parts    []mailbridge.Part // in the order of the mail
	Unusable []string          // names of parts that cannot become pages: "report.xls (application/vnd.ms-excel)"
}

// ErrUnusable is the error of a mail in which nothing can be faxed.
var ErrUnusable = errors.New("nothing in the mail can be faxed")

var (
	errTooDeep = errors.New("its parts are nested too deeply")
	errTooMany = errors.New("it has too many parts")
)

// Parts gives the parts of a message that can become pages, in the order of
// the mail. Without any the error wraps ErrUnusable in a
// *mailbridge.PermanentError and says what was found instead.
func Parts(message []byte, limits PartLimits) ([]mailbridge.Part, error) {
	c, err := Read(message, limits)
	if err != nil {
		return nil, &mailbridge.PermanentError{Status: "5.6.0", Err: fmt.Errorf("the mail cannot be read: %w", err)}
	}
	if len(c.Parts) == 0 {
		found := "it is empty"
		if len(c.Unusable) > 0 {
			found = "found " + strings.Join(c.Unusable, ", ")
		}
		return nil, &mailbridge.PermanentError{Status: mailbridge.S5_6_1Unusable, Err: fmt.Errorf("%w: %s", ErrUnusable, found)}
	}
	return c.Parts, nil
}

// Read finds what a message holds for a fax. It fails only when a limit is
// exceeded; broken MIME gives what can be understood of it.
func Read(message []byte, limits PartLimits) (Contents, error) {
	limits.withDefaults()
	r := &reader{limits: limits}
	c, err := r.entity(message, 0, "text/plain")
	if err != nil {
		return Contents{}, err
	}
	return withoutEmptyText(c), nil
}

// reader walks through the parts of one message.
type reader struct {
	limits PartLimits
	seen   int
}

// entity reads a header with its body: a message or a part of one. implied is
// the type of a part without one.
func (r *reader) entity(b []byte, depth int, implied string) (Contents, error) {
	if depth > r.limits.Depth {
		return Contents{}, errTooDeep
	}
	if r.seen++; r.seen > r.limits.Parts {
		return Contents{}, errTooMany
	}
	header, body := imf.Split(b)
	mediaType, params := imf.ContentType(header)
	if header.Get("Content-Type") == "" {
		mediaType = implied
	}
	switch {
	case strings.HasPrefix(mediaType, "multipart/"):
		return r.multipart(body, mediaType, params, depth)
	case mediaType == "message/rfc822", mediaType == "message/global":
		if inner, ok := imf.Decode(header.Get("Content-Transfer-Encoding"), body); ok {
			c, err := r.entity(inner, depth+1, "text/plain")
			return headed(inner, c), err
		}
	}
	return r.leaf(header, body, mediaType, params), nil
}

// cut gives the parts of a multipart. A boundary that the header does not have, or
// has otherwise than the body, is found there.
func (r *reader) cut(body []byte, boundary string) (parts [][]byte, ok bool) {
	for _, b := range []string{boundary, imf.GuessBoundary(body)} {
		if b == "" {
			continue
		}
		if parts, ok = imf.Multipart(body, b, r.limits.Parts); !ok || len(parts) > 0 {
			return parts, ok
		}
	}
	return nil, true
}

func (r *reader) multipart(body []byte, mediaType string, params map[string]string, depth int) (Contents, error) {
	parts, ok := r.cut(body, params["boundary"])
	if !ok {
		return Contents{}, errTooMany
	}
	if len(parts) == 0 {
		if len(bytes.TrimSpace(body)) == 0 {
			return Contents{}, nil
		}
		return Contents{Unusable: []string{"a " + mediaType + " whose boundary is missing"}}, nil
	}
	implied := "text/plain"
	if mediaType == "multipart/digest" {
		implied = "message/rfc822" // RFC 2046 5.1.5
	}
	var all Contents
	for _, p := range parts {
		c, err := r.entity(p, depth+1, implied)
		if err != nil {
			return Contents{}, err
		}
		if mediaType == "multipart/related" && len(all.Parts) > 0 {
			inline(c.Parts) // what the first part shows (RFC 2387)
		}
		if mediaType == "multipart/alternative" {
			all = better(all, c)
			continue
		}
		all.Parts = append(all.Parts, c.Parts...)
		all.Unusable = append(all.Unusable, c.Unusable...)
	}
	return all, nil
}

// inline marks the pictures among parts as shown within another.
func inline(parts []mailbridge.Part) {
	for i := range parts {
		parts[i].Inline = strings.HasPrefix(parts[i].ContentType, "image/")
	}
}

// better chooses between alternatives: the later one is the richer (RFC 2046
// 5.1.4), but one that is usable as a whole goes before one that is not. Of HTML
// only the words get onto paper, and plain text has them as the sender laid them
// out: then the pictures of the HTML go with that, unless the HTML brings an
// attachment along, as Apple Mail writes it.
func better(old, new Contents) Contents {
	switch {
	case hasContent(old) && len(old.Unusable) == 0 && onlyWords(new):
		old.Parts = append(old.Parts, pictures(new)...)
		return old
	case hasContent(new) && len(new.Unusable) == 0:
		return new
	case hasContent(old):
		return old
	case len(new.Parts) > 0:
		return new
	}
	return Contents{Parts: old.Parts, Unusable: append(old.Unusable, new.Unusable...)}
}

// onlyWords holds for HTML with nothing beside it but pictures that it shows.
func onlyWords(c Contents) bool {
	for _, p := range c.Parts {
		if p.ContentType != "text/html" && !p.Inline {
			return false
		}
	}
	return true
}

func hasContent(c Contents) bool {
	for _, p := range c.Parts {
		if !isEmptyText(p) {
			return true
		}
	}
	return false
}

func (r *reader) leaf(header imf.Header, body []byte, mediaType string, params map[string]string) Contents {
	name := imf.Filename(header)
	decoded, known := imf.Decode(header.Get("Content-Transfer-Encoding"), body)
	mediaType = properType(mediaType, name, decoded)
	p := mailbridge.Part{
		Name: name, ContentType: mediaType,
		Charset: strings.ToLower(strings.TrimSpace(params["charset"])), Body: decoded,
		Flowed: strings.EqualFold(params["format"], "flowed"), DelSp: strings.EqualFold(params["delsp"], "yes"),
	}
	switch {
	case known && mediaType == "text/html" && !showsSomething(decoded):
		return Contents{}
	case r.limits.Usable(mediaType) && known:
		c := Contents{Parts: []mailbridge.Part{p}}
		if mediaType == "text/html" {
			c.Parts = append(c.Parts, r.dataPictures(decoded)...)
		}
		return c
	case isIgnorable(mediaType), known && len(bytes.TrimSpace(decoded)) == 0:
		return Contents{}
	}
	what := mediaType
	switch {
	case isOffice(mediaType):
		what += ", an office document: save it as PDF and send that"
	case mediaType == tnef:
		what = "which only Outlook can open: have it send as HTML or plain text, not Rich Text"
	}
	if !known {
		what += " in an unknown encoding"
	}
	if name != "" {
		what = name + " (" + what + ")"
	}
	return Contents{Unusable: []string{what}}
}

// tnef is what Outlook puts a mail and all its attachments into when it takes the
// recipient for one of its own: winmail.dat.
const tnef = "application/ms-tnef"

// signs are how files begin whose label says nothing.
var signs = []struct{ begins, mediaType string }{
	{"II*\x00", "image/tiff"}, {"MM\x00*", "image/tiff"}, {"%PDF-", "application/pdf"},
	{"\x89PNG\r\n\x1a\n", "image/png"}, {"\xff\xd8\xff", "image/jpeg"}, {"GIF87a", "image/gif"}, {"GIF89a", "image/gif"},
	{"\x78\x9f\x3e\x22", tnef}, // MS-OXTNEF 2.1.3.1
}

// properType gives the type of a part whose label says little or is spelt in
// one of the usual wrong ways.
func properType(mediaType, name string, body []byte) string {
	switch mediaType {
	case "image/tif", "image/x-tif", "image/x-tiff", "image/tiff-fx", "application/tif", "application/tiff",
		"application/x-tif", "application/x-tiff", "image/g3fax":
		if isTIFF(body) {
			return "image/tiff"
		}
	case "application/octet-stream", "application/x-octet-stream", "binary/octet-stream", "application/unknown", "application/binary":
		for _, s := range signs {
			if bytes.HasPrefix(body, []byte(s.begins)) {
				return s.mediaType
			}
		}
		ext := strings.ToLower(path.Ext(name))
		switch {
		case len(body) > 12 && string(body[:4]) == "RIFF" && string(body[8:12]) == "WEBP":
			return "image/webp"
		case ext == ".bmp" && bytes.HasPrefix(body, []byte("BM")):
			return "image/bmp"
		case ext == ".htm" || ext == ".html":
			return "text/html"
		case ext == ".tif" || ext == ".tiff":
			return "image/tiff"
		case ext == ".txt":
			return "text/plain"
		case ext == ".pdf":
			return "application/pdf"
		case officeTypes[ext] != "":
			return officeTypes[ext]
		}
	case "application/vnd.ms-tnef":
		return tnef
	case "application/x-pdf", "text/pdf", "application/acrobat":
		return "application/pdf"
	case "image/jpg", "image/pjpeg":
		return "image/jpeg"
	case "image/x-png":
		return "image/png"
	case "image/x-ms-bmp", "image/x-bmp":
		return "image/bmp"
	}
	return mediaType
}

func isTIFF(b []byte) bool {
	return bytes.HasPrefix(b, []byte("II*\x00")) || bytes.HasPrefix(b, []byte("MM\x00*"))
}

// isIgnorable holds for parts that are about the mail and not of it: nobody
// misses them on paper.
func isIgnorable(mediaType string) bool {
	switch mediaType {
	case "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-keys",
		"text/vcard", "text/x-vcard", "message/delivery-status", "message/disposition-notification",
		"message/feedback-report", "text/rfc822-headers", "application/applefile":
		return true
	}
	return false
}

// markup is what of an HTML text is not seen.
var markup = regexp.MustCompile(`(?is)<!--.*?-->|<(style|script|head|title)\b.*?</(style|script|head|title)>|<[^>]*>|&nbsp;|&#160;`)

// showsSomething tells whether an HTML text has anything to see: mail programs
// put an empty one before an attachment.
func showsSomething(html []byte) bool {
	if len(html) > 64<<10 || bytes.Contains(bytes.ToLower(html), []byte("<img")) {
		return true
	}
	return len(bytes.TrimSpace(markup.ReplaceAll(html, nil))) > 0
}

// withoutEmptyText takes out texts with nothing to read in them, which mail
// programs put before an attachment, unless they are all there is.
func withoutEmptyText(c Contents) Contents {
	kept := c.Parts[:0:0]
	for _, p := range c.Parts {
		if !isEmptyText(p) {
			kept = append(kept, p)
		}
	}
	if len(kept) == 0 && len(c.Parts) == 1 && isSignature(c.Parts[0].Body) {
		kept = c.Parts // a mail that is only a signature is at least that
	}
	c.Parts = kept
	return c
}

func isEmptyText(p mailbridge.Part) bool {
	return p.ContentType == "text/plain" && (len(trimText(p)) == 0 || isSignature(trimText(p)))
}

// isSignature holds for a text that begins with the signature's separator.
func isSignature(text []byte) bool {
	text = bytes.TrimLeft(text, "\r\n")
	return bytes.HasPrefix(text, []byte("-- \r\n")) || bytes.HasPrefix(text, []byte("-- \n"))
}

// trimText takes blanks from both ends, also those that only a charset makes
// blanks: the no-break space that mail programs write into an empty text.
func trimText(p mailbridge.Part) []byte {
	if p.Charset == "utf-8" {
		return bytes.TrimFunc(p.Body, func(r rune) bool {
			return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff'
		})
	}
	blanks := []byte(" \t\r\n\v\f\x00")
	if strings.HasPrefix(p.Charset, "iso-8859-") || strings.HasPrefix(p.Charset, "windows-125") {
		blanks = append(blanks, 0xa0)
	}
	// Not bytes.Trim: to that every octet that is no UTF-8 is the same.
	text := p.Body
	for len(text) > 0 && bytes.IndexByte(blanks, text[0]) >= 0 {
		text = text[1:]
	}
	for len(text) > 0 && bytes.IndexByte(blanks, text[len(text)-1]) >= 0 {
		text = text[:len(text)-1]
	}
	return text
}
