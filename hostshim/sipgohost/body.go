package sipgohost

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"strings"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// acceptable is what a body may be here, as an answer 415 names it (RFC 3261
// 21.4.13).
const acceptable = "application/sdp, multipart/mixed"

// maxParts bounds how far into a multipart body a description is looked for.
const maxParts = 16

// description takes the session description out of a body: the body itself, or
// that part of a multipart one (RFC 5621 3.1), as gateways from ISUP send it.
// ok is false for a body that has none and is not empty.
func description(c dialog.Content, headers []dialog.Header) (sdp []byte, ok bool) {
	for _, h := range headers {
		name := strings.ToLower(h.Name)
		if (name == "content-encoding" || name == "e") && !strings.EqualFold(strings.TrimSpace(h.Value), "identity") && len(c.Body) > 0 {
			return nil, false
		}
	}
	if len(c.Body) == 0 || c.Type == "" {
		return c.Body, true // without a type it can be nothing else here
	}
	kind, params, err := mime.ParseMediaType(c.Type)
	switch {
	case isSDP(kind):
		return c.Body, true
	case err != nil || !strings.HasPrefix(kind, "multipart/"):
		return nil, false
	}
	parts := multipart.NewReader(bytes.NewReader(c.Body), params["boundary"])
	for range maxParts {
		p, err := parts.NextRawPart()
		if err != nil {
			return nil, false
		}
		if kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); !isSDP(kind) || encoded(p.Header) {
			continue
		}
		sdp, err := io.ReadAll(p)
		return sdp, err == nil
	}
	return nil, false
}

// isSDP also takes a type whose parameters cannot be read: kind is set all the
// same.
func isSDP(kind string) bool { return strings.EqualFold(strings.TrimSpace(kind), "application/sdp") }

// encoded tells of a part that is not in plain octets.
func encoded(h textproto.MIMEHeader) bool {
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "", "binary", "8bit", "7bit":
		return false
	}
	return true
}

// unsupported says how a request is refused whose body is no description: with
// what would be one.
func unsupported() dialog.Response {
	return dialog.Response{Status: 415, Headers: []dialog.Header{
		{Name: "Accept", Value: acceptable}, {Name: "Accept-Encoding", Value: "identity"},
	}}
}
