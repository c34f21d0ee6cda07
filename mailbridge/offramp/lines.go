package offramp

import (
	"bytes"
	"errors"
)

// maxLine is the longest line that is taken. RFC 5321 4.5.3.1.6 asks for 1000
// octets, but programs that write a paragraph or a base64 file as one line are
// many, and nothing here needs them short.
const maxLine = 64 << 10

var errSmuggling = errors.New("a line with a single dot is not ended by CR LF on both sides (RFC 5321 2.3.8)")

// normalize gives a message whose every line ends in CRLF and that holds no
// other CR or LF. Many programs send bare LF; they are understood. What looks
// like a hidden end of data with a second message behind it is not: it was
// made to be read differently by two servers ("SMTP smuggling").
func normalize(message []byte) ([]byte, error) {
	if smuggles(message) {
		return nil, errSmuggling
	}
	if isNormal(message) {
		return message, nil
	}
	out := make([]byte, 0, len(message)+len(message)/20+2)
	for i := 0; i < len(message); i++ {
		switch c := message[i]; {
		case c == '\n':
			out = append(bytes.TrimRight(out, "\r"), '\r', '\n')
		case c == '\r' && i+1 < len(message) && (message[i+1] == '\n' || message[i+1] == '\r'):
			// Part of a line end, perhaps a doubled CR.
		case c == '\r':
			// A CR alone would begin a line for some readers and none for others.
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
	}
	if !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, '\r', '\n')
	}
	return out, nil
}

func isNormal(b []byte) bool {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\r':
			if i+1 == len(b) || b[i+1] != '\n' {
				return false
			}
			i++
		case '\n':
			return false
		}
	}
	return bytes.HasSuffix(b, []byte("\r\n"))
}

// smuggles finds a dot alone between line ends of which at least one is bare.
// Dots between two CRLF cannot be in here: they ended the data, or were
// doubled by the sender and halved by the reader of DATA.
func smuggles(b []byte) bool {
	for i, c := range b {
		if c != '.' || i == 0 || i+1 == len(b) {
			continue
		}
		before, after := b[i-1], b[i+1]
		if before != '\n' && before != '\r' || after != '\n' && after != '\r' {
			continue
		}
		crlfBefore := before == '\n' && i >= 2 && b[i-2] == '\r'
		crlfAfter := after == '\r' && i+2 < len(b) && b[i+2] == '\n'
		if !crlfBefore || !crlfAfter {
			return true
		}
	}
	return false
}
