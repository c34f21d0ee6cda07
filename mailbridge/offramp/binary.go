package offramp

import (
	"bytes"
	"errors"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// BINARYMIME (RFC 3030): parts whose octets are sent as they are. Here they become
// base64 at the door, as at a server that hands a mail on to one without the
// extension (RFC 3030 3): what is stored, rendered and returned has lines.

var errBinaryNesting = errors.New("its parts are nested too deeply to be read as BINARYMIME")

const (
	binaryDepth = 20
	binaryParts = 1000
)

// textual gives a message without a part whose transfer encoding is binary.
func textual(message []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(message) + len(message)*2/5)
	left := binaryParts
	if err := writeTextual(&out, message, binaryDepth, &left); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// writeTextual writes one entity: a message, or a part with its header.
func writeTextual(out *bytes.Buffer, entity []byte, depth int, left *int) error {
	if depth == 0 {
		return errBinaryNesting
	}
	if *left--; *left < 0 {
		return errTooMany
	}
	h, body := imf.Split(entity)
	mediaType, params := imf.ContentType(h)
	binary := strings.EqualFold(strings.TrimSpace(h.Get("Content-Transfer-Encoding")), "binary")
	head := imf.RawHeader(entity)
	boundary := params["boundary"]
	multipart := strings.HasPrefix(mediaType, "multipart/") && boundary != ""
	if !multipart && !binary {
		out.Write(entity)
		return nil
	}
	writeFields(out, head, binary)
	nested := mediaType == "message/rfc822"
	if !multipart && !nested {
		var w imf.Writer
		w.Base64(body)
		out.Write(w.Bytes())
		return nil
	}
	if binary {
		out.WriteString("Content-Transfer-Encoding: 8bit\r\n")
	}
	out.WriteString("\r\n")
	if nested {
		return writeTextual(out, body, depth-1, left)
	}
	parts, ok := imf.Multipart(body, boundary, binaryParts)
	if !ok {
		return errTooMany
	}
	for _, part := range parts {
		out.WriteString("\r\n--" + boundary + "\r\n")
		if err := writeTextual(out, part, depth-1, left); err != nil {
			return err
		}
	}
	out.WriteString("\r\n--" + boundary + "--\r\n")
	return nil
}

// writeFields writes the fields of a header, without the transfer encoding if that is
// to be another.
func writeFields(out *bytes.Buffer, head []byte, without bool) {
	dropping := false
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return
		}
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			dropping = without && strings.EqualFold(string(bytes.TrimSpace(name)), "Content-Transfer-Encoding")
		}
		if !dropping {
			out.Write(line)
			out.WriteString("\r\n")
		}
	}
}
