package dialog

import (
	"bytes"
	"fmt"
	"strconv"
)

// misread says what is wrong with a datagram that sipgo's parser would drop
// without a word, or read as something else than was sent: a Content-Length
// that is no number or more than there is (RFC 3261 18.3), and a CSeq number
// above 32 bits (8.1.1.5). "" if it is none of these; the parser has the word
// then.
func misread(datagram []byte) string {
	head, body, complete := bytes.Cut(datagram, []byte("\r\n\r\n"))
	if !complete || bytes.HasPrefix(head, []byte("SIP/2.0 ")) {
		return "" // an answer that is wrong is nobody's business
	}
	for i, line := range bytes.Split(head, []byte("\r\n")) {
		if i == 0 || len(line) == 0 || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		name, value = bytes.TrimSpace(name), bytes.TrimSpace(value)
		switch {
		case !found:
			return "Bad Header Line"
		case len(value) == 0: // folded: the parser unfolds it
		case bytes.EqualFold(name, []byte("Content-Length")) || bytes.EqualFold(name, []byte("l")):
			if n, err := strconv.ParseUint(string(value), 10, 31); err != nil || int(n) > len(body) {
				return "Bad Content-Length"
			}
		case bytes.EqualFold(name, []byte("CSeq")):
			if _, err := strconv.ParseUint(string(bytes.Fields(value)[0]), 10, 31); err != nil {
				return "Bad CSeq"
			}
		}
	}
	return ""
}

// mirrored are the headers of a request that its answer repeats (RFC 3261
// 8.2.6.2), by their long and their compact names.
var mirrored = map[string]bool{
	"via": true, "v": true, "from": true, "f": true, "to": true, "t": true,
	"call-id": true, "i": true, "cseq": true,
}

// badRequest writes the answer 400 to a datagram that cannot be parsed: its own
// lines, as far as they go. It gives nil for what is no request of a peer that
// waits for an answer.
func badRequest(datagram []byte, reason string) []byte {
	head, _, _ := bytes.Cut(datagram, []byte("\r\n\r\n"))
	if bytes.HasPrefix(head, []byte("ACK ")) || len(head) > 8192 {
		return nil
	}
	var answer bytes.Buffer
	fmt.Fprintf(&answer, "SIP/2.0 400 %s\r\n", reason)
	vias, keep := 0, false
	for i, line := range bytes.Split(head, []byte("\r\n")) {
		if i == 0 {
			continue
		}
		folded := len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
		if !folded {
			name, _, _ := bytes.Cut(line, []byte(":"))
			name = bytes.ToLower(bytes.TrimSpace(name))
			if keep = mirrored[string(name)]; keep && name[0] == 'v' {
				vias++
			}
		}
		if keep {
			answer.Write(line)
			answer.WriteString("\r\n")
		}
	}
	if vias == 0 {
		return nil
	}
	answer.WriteString("Content-Length: 0\r\n\r\n")
	return answer.Bytes()
}
