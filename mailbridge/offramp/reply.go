package offramp

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emersion/go-smtp"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/address"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// reply makes an SMTP reply with an enhanced status code (RFC 2034). The text
// may repeat what the client sent, so it is made one line of ASCII.
func reply(code int, status mailbridge.Status, format string, args ...any) *smtp.SMTPError {
	text := imf.ASCII(fmt.Sprintf(format, args...))
	if len(text) > 480 { // RFC 5321 4.5.3.1.5: 512 with code and line end
		text = text[:477] + "..."
	}
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced(status), Message: text}
}

func enhanced(status mailbridge.Status) smtp.EnhancedCode {
	var code smtp.EnhancedCode
	for i, digits := range strings.SplitN(string(status), ".", 3) {
		code[i], _ = strconv.Atoi(digits)
	}
	return code
}

func refuseClient(addr string) error {
	return reply(550, mailbridge.S5_7_1Refused,
		"Mail from %s is not taken here: allow_clients in the mail block must name that address", addr)
}

func refuseSender(from string) error {
	return reply(550, mailbridge.S5_7_1Refused,
		"<%s> may not send faxes here: allow_senders in the mail block must name that sender", from)
}

func refuseDomain(to string, domains []string) error {
	return reply(550, mailbridge.S5_7_1Refused,
		"Relaying denied: <%s> is not at %s", to, strings.Join(domains, " or "))
}

func refuseUnknown(to string) error {
	return reply(550, mailbridge.S5_1_1NoSuchNumber,
		"<%s> is neither an alias nor a fax number here", to)
}

// refuseResolve turns the number plan's answer into a reply.
func refuseResolve(to, local string, err error) error {
	var permanent *mailbridge.PermanentError
	var syntax *address.SyntaxError
	switch {
	case errors.As(err, &permanent):
	case errors.As(err, &syntax):
		permanent = &mailbridge.PermanentError{Status: S5_1_3BadNumber, Err: syntax}
	default:
		return reply(451, mailbridge.S4_3_0System, "<%s> cannot be looked up now, try again later", to)
	}
	code, status := 550, permanent.Status
	switch {
	case status == S5_1_3BadNumber && !isMeantAsNumber(local):
		return refuseUnknown(to) // a name, probably of an alias
	case status == S5_1_3BadNumber:
		code = 553 // mailbox name not allowed (RFC 5321 4.2.3)
	case !strings.HasPrefix(string(status), "5."):
		status = mailbridge.S5_1_1NoSuchNumber
	}
	return reply(code, status, "<%s>: %v", to, permanent.Err)
}

func isMeantAsNumber(local string) bool {
	return strings.ContainsAny(local, "0123456789") || strings.HasPrefix(strings.ToUpper(local), "FAX=")
}

// S5_1_3BadNumber is the status of an address that is no fax number by its
// form (RFC 3463 3.2: bad destination mailbox address syntax).
const S5_1_3BadNumber mailbridge.Status = "5.1.3"
