package report

import (
	"errors"
	"strings"
	"time"

	"net/mail"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// DSN is a delivery status notification as a program reads it (RFC 3464).
type DSN struct {
	EnvelopeID   string
	ReportingMTA string // without its type
	Arrival      time.Time
	Recipients   []RecipientStatus
	MessageID    string // of the mail that it is about, if that came back with it
}

// RecipientStatus is what a DSN says of one recipient.
type RecipientStatus struct {
	Original   string // address, without its type
	Final      string // address, without its type
	Action     Action
	Status     mailbridge.Status
	Diagnostic string // with its type: "smtp; 550 5.1.1 …"
	RemoteMTA  string // without its type
	Attempt    time.Time
	Features   string // Media-Accept-Features (RFC 2530 3)
}

// ErrNotDSN is the error of a message that is no delivery status notification.
var ErrNotDSN = errors.New("the message is no delivery status notification")

// acceptField says in a report what the recipient can show (RFC 2530).
const acceptField = "Media-Accept-Features"

// maxRecipients bounds what Parse keeps of one report.
const maxRecipients = 1000

// Parse reads a DSN.
func Parse(message []byte) (*DSN, error) {
	h, body := imf.Split(message)
	mediaType, params := imf.ContentType(h)
	if mediaType != "multipart/report" || params["boundary"] == "" {
		return nil, ErrNotDSN
	}
	parts, _ := imf.Multipart(body, params["boundary"], 50)
	var dsn *DSN
	messageID := ""
	for _, p := range parts {
		ph, pbody := imf.Split(p)
		content, known := imf.Decode(ph.Get("Content-Transfer-Encoding"), pbody)
		if !known {
			continue
		}
		switch t, _ := imf.ContentType(ph); t {
		case "message/delivery-status", "message/global-delivery-status":
			if dsn == nil {
				dsn = parseStatus(content)
			}
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
			oh, _ := imf.Split(content)
			messageID = oh.Get("Message-ID")
		}
	}
	if dsn == nil || len(dsn.Recipients) == 0 {
		return nil, ErrNotDSN
	}
	dsn.MessageID = messageID
	return dsn, nil
}

// parseStatus reads the groups of fields that empty lines part.
func parseStatus(b []byte) *DSN {
	first, rest := imf.Split(b)
	d := &DSN{
		EnvelopeID:   first.Get("Original-Envelope-Id"),
		ReportingMTA: untyped(first.Get("Reporting-MTA")),
		Arrival:      date(first.Get("Arrival-Date")),
	}
	if first.Get("Final-Recipient") != "" {
		rest = b // a report that forgot the empty line between the groups
	}
	for len(rest) > 0 && len(d.Recipients) < maxRecipients {
		var h imf.Header
		h, rest = imf.Split(rest)
		if h.Get("Final-Recipient") == "" && h.Get("Action") == "" {
			continue
		}
		d.Recipients = append(d.Recipients, RecipientStatus{
			Original:   untyped(h.Get("Original-Recipient")),
			Final:      untyped(h.Get("Final-Recipient")),
			Action:     Action(strings.ToLower(word(h.Get("Action")))),
			Status:     mailbridge.Status(word(h.Get("Status"))),
			Diagnostic: h.Get("Diagnostic-Code"),
			RemoteMTA:  untyped(h.Get("Remote-MTA")),
			Attempt:    date(h.Get("Last-Attempt-Date")),
			Features:   h.Get(acceptField),
		})
	}
	return d
}

// untyped takes the type from "type; value".
func untyped(s string) string {
	if _, v, ok := strings.Cut(s, ";"); ok {
		s = v
	}
	return strings.TrimSpace(s)
}

// word gives the first word: some add a comment behind the value.
func word(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	return s
}

func date(s string) time.Time {
	t, err := mail.ParseDate(s)
	if err != nil {
		return time.Time{}
	}
	return t
}
