package offramp

import (
	"fmt"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// received gives the trace field that goes in front of a message (RFC 5321
// 4.4). for names the recipient only if there is one: others must not learn of
// each other.
func (t *transaction) received() []byte {
	with := "ESMTP"
	if t.conn.Server().LMTP {
		with = "LMTP" // RFC 3848
	}
	if t.utf8 {
		with = "UTF8SMTP" // RFC 6531 4.3
	}
	if _, secure := t.conn.TLSConnectionState(); secure {
		with += "S" // RFC 3848
	}
	value := fmt.Sprintf("from %s (%s) by %s with %s", t.helo(), addressLiteral(t.client.String()), t.server.o.Hostname, with)
	if len(t.recipients) == 1 {
		value += fmt.Sprintf(" for <%s>", t.recipients[0].Address)
	}
	var w imf.Writer
	w.Field("Received", value+"; "+imf.FormatTime(t.server.o.Now()))
	return w.Bytes()
}

// helo gives the name that the client gave itself, cut to what may stand in a
// trace field.
func (s *session) helo() string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-._:[]", r):
			return r
		}
		return '?'
	}, s.conn.Hostname())
	if len(name) > 255 {
		name = name[:255]
	}
	if name == "" {
		return "unknown"
	}
	return name
}

// addressLiteral writes an address as RFC 5321 4.1.3 does.
func addressLiteral(addr string) string {
	if strings.Contains(addr, ":") {
		return "[IPv6:" + addr + "]"
	}
	return "[" + addr + "]"
}
