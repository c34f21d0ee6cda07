package relay

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// mail gives the MAIL command with the parameters that the relay understands.
func (s *session) mail(e Envelope, message []byte) string {
	line := "MAIL FROM:<" + e.From + ">"
	if ok, _ := s.smtp.Extension("SIZE"); ok {
		line += " SIZE=" + strconv.Itoa(len(message))
	}
	if ok, _ := s.smtp.Extension("8BITMIME"); ok && !isASCII(string(message)) {
		line += " BODY=8BITMIME"
	}
	if ok, _ := s.smtp.Extension("SMTPUTF8"); ok && !isASCII(e.From+strings.Join(e.To, "")) {
		line += " SMTPUTF8"
	}
	if ok, _ := s.smtp.Extension("DSN"); ok && (e.Notify != 0 || e.EnvelopeID != "") {
		if e.Full {
			line += " RET=FULL"
		} else {
			line += " RET=HDRS"
		}
		if e.EnvelopeID != "" {
			line += " ENVID=" + xtext(e.EnvelopeID)
		}
	}
	return line
}

// rcpt gives the RCPT command.
func (s *session) rcpt(to string, e Envelope) string {
	line := "RCPT TO:<" + to + ">"
	if ok, _ := s.smtp.Extension("DSN"); ok && e.Notify != 0 {
		line += " NOTIFY=" + notify(e.Notify)
	}
	return line
}

func notify(n mailbridge.Notify) string {
	if n&mailbridge.NotifyNever != 0 {
		return "NEVER"
	}
	var words []string
	for _, w := range []struct {
		flag mailbridge.Notify
		word string
	}{{mailbridge.NotifySuccess, "SUCCESS"}, {mailbridge.NotifyFailure, "FAILURE"}, {mailbridge.NotifyDelay, "DELAY"}} {
		if n&w.flag != 0 {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ",")
}

// checkSize spares sending what the relay has said it will not take (RFC 1870).
func (s *session) checkSize(n int) error {
	_, param := s.smtp.Extension("SIZE")
	limit, err := strconv.Atoi(strings.TrimSpace(param))
	if err != nil || limit <= 0 || n <= limit {
		return nil
	}
	return &mailbridge.PermanentError{Status: "5.3.4", Err: fmt.Errorf(
		"the mail has %d octets, more than the %d that the mail relay %s takes", n, limit, s.relay.o.Server)}
}

// xtext encodes a parameter (RFC 3461 4).
func xtext(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c > ' ' && c <= '~' && c != '+' && c != '=' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "+%02X", c)
		}
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > 0x7f {
			return false
		}
	}
	return true
}
