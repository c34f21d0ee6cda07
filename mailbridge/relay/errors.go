package relay

import (
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// PartialError tells that a mail was taken for some of its recipients and not
// for those in Refused. To send it again to all would send it twice to some.
type PartialError struct {
	Refused map[string]error // by recipient
}

func (e *PartialError) Error() string {
	var who []string
	for to := range e.Refused {
		who = append(who, to)
	}
	slices.Sort(who)
	return e.all(who).Error()
}

// all gives one error for recipients who were all refused: permanent only if
// each of them is.
func (e *PartialError) all(to []string) error {
	var sentences []string
	status := mailbridge.Status("")
	for _, t := range to {
		var p *mailbridge.PermanentError
		if errors.As(e.Refused[t], &p) {
			if status == "" {
				status = p.Status
			}
		} else {
			status = "4"
		}
		sentences = append(sentences, e.Refused[t].Error())
	}
	err := errors.New(strings.Join(slices.Compact(sentences), "; "))
	if status != "" && status != "4" {
		return &mailbridge.PermanentError{Status: status, Err: err}
	}
	return err
}

// refused turns the reply to MAIL, RCPT or DATA into an error that says
// whether to try again (RFC 5321 4.2.1).
func (r *Relay) refused(what string, err error) error {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return fmt.Errorf("the mail relay %s broke off at %s: %w", r.o.Server, what, err)
	}
	said := fmt.Errorf("the mail relay %s refuses %s: %d %s", r.o.Server, what, reply.Code, strings.ReplaceAll(reply.Msg, "\n", " "))
	if reply.Code < 500 || isOurFault(reply.Code) {
		return said
	}
	return &mailbridge.PermanentError{Status: status(reply), Err: said}
}

// isOurFault holds for 5xx replies that tell of a wrong configuration and not
// of this mail: authentication is required, too weak or has failed (RFC 4954
// 6), or the server wants no mail at all (RFC 5321 4.2.2, RFC 7504).
func isOurFault(code int) bool {
	switch code {
	case 500, 502, 503, 504, 521, 530, 534, 535, 538:
		return true
	}
	return false
}

func isReply(err error) bool {
	var reply *textproto.Error
	return errors.As(err, &reply)
}

var enhanced = regexp.MustCompile(`^5\.\d{1,3}\.\d{1,3}\b`)

// status gives the enhanced status of a 5xx reply, or what fits its code.
func status(reply *textproto.Error) mailbridge.Status {
	if s := enhanced.FindString(reply.Msg); s != "" {
		return mailbridge.Status(s)
	}
	switch reply.Code {
	case 550, 551, 553:
		return "5.1.1"
	case 552:
		return "5.3.4"
	}
	return "5.0.0"
}
