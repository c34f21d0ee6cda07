package offramp

import "bytes"

// standardReplies are those of go-smtp that RFC 5321 4.2.3 and 4.3.2 would have
// otherwise, by how they begin: it says 502, which is of commands that there are not,
// where the order is wrong (503), and 500 to parameters that are not known (555). It has
// no hook for them; on an encrypted connection they stay.
var standardReplies = []struct{ theirs, ours string }{
	{"502 5.5.1 Please introduce yourself", "503 5.5.1 Say EHLO or HELO first"},
	{"502 5.5.1 Missing MAIL FROM", "503 5.5.1 Say MAIL first"},
	{"502 5.5.1 Missing RCPT TO", "503 5.5.1 No recipient has been taken: say RCPT first"},
	{"502 5.5.1 MAIL not allowed", "503 5.5.1 The message is still coming: MAIL has to wait"},
	{"502 5.5.1 DATA not allowed for BINARYMIME", "503 5.5.1 A mail with BODY=BINARYMIME comes by BDAT"}, // RFC 3030 3
	{"502 5.5.1 RCPT not allowed", "503 5.5.1 The message is still coming: RCPT has to wait"},
	{"502 5.5.1 Already running in TLS", "503 5.5.1 The connection is encrypted already"},
	{"502 5.5.1 HELP command", "214 2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY STARTTLS AUTH QUIT"},
	{"501 5.5.2 Bad command", "500 5.5.2 That is no command"},
	{"500 5.5.4 Unknown MAIL FROM argument", "555 5.5.4 MAIL has a parameter that is not known"},
	{"500 5.5.4 Unknown RCPT TO argument", "555 5.5.4 RCPT has a parameter that is not known"},
}

// Write implements net.Conn. go-smtp writes a line at a time.
func (c *conn) Write(b []byte) (int, error) {
	for _, r := range standardReplies {
		if bytes.HasPrefix(b, []byte(r.theirs)) {
			if _, err := c.Conn.Write([]byte(r.ours + "\r\n")); err != nil {
				return 0, err
			}
			return len(b), nil
		}
	}
	return c.Conn.Write(b)
}
