package report

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/feature"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// ErrNoReply is the error of a message that says nothing of a mail of ours: a person
// may have written it.
var ErrNoReply = errors.New("the message is neither a delivery report nor a read receipt")

// Bounds of what a reply may say.
const (
	maxReplies   = 100
	maxSaid      = 500 // characters
	maxReplyNest = 4   // multiparts around a report: lists and scanners add theirs
)

// Replies reads what came back to the return path of a mail, for each of its
// recipients: delivery status notifications (RFC 3464), disposition notifications
// (RFC 8098), the bounces of qmail and of old mail servers, and automatic answers (RFC
// 3834). What came from the null path (returnPath is "") and is none of these is a
// bounce that no program understands. The error is ErrNoReply.
func Replies(message []byte, returnPath string) ([]mailbridge.Reply, error) {
	h, body := imf.Split(message)
	r := &replies{}
	r.part(h, body, 0)
	if len(r.list) == 0 {
		r.plain(h, body)
	}
	switch {
	case len(r.list) > 0:
	case isAutomatic(h):
		r.add(mailbridge.Reply{Kind: mailbridge.ReplyAutomatic, Said: imf.DecodeWords(h.Get("Subject"))})
	case returnPath == "":
		r.add(mailbridge.Reply{Kind: mailbridge.ReplyUnclear, Said: imf.DecodeWords(h.Get("Subject")) + ": " + firstWords(r.text)})
	default:
		return nil, ErrNoReply
	}
	return r.list, nil
}

// isStatus: class, subject and detail of RFC 3463 2.
var isStatus = regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}$`)

// replies is what was found so far.
type replies struct {
	list []mailbridge.Reply
	text []byte // of the first part that is text
}

func (r *replies) add(one mailbridge.Reply) {
	one.Recipient = cleanAddress(one.Recipient)
	one.Said = oneLine(one.Said)
	if !isStatus.MatchString(string(one.Status)) {
		one.Status = ""
	}
	if _, err := feature.Parse(one.Features); err != nil {
		one.Features = ""
	}
	if len(r.list) < maxReplies && !slices.Contains(r.list, one) {
		r.list = append(r.list, one)
	}
}

// part looks for reports in a message or a part of one.
func (r *replies) part(h imf.Header, body []byte, depth int) {
	mediaType, params := imf.ContentType(h)
	if strings.HasPrefix(mediaType, "multipart/") {
		if depth == maxReplyNest || params["boundary"] == "" {
			return
		}
		parts, _ := imf.Multipart(body, params["boundary"], 50)
		for _, p := range parts {
			ph, pbody := imf.Split(p)
			r.part(ph, pbody, depth+1)
		}
		return
	}
	content, known := imf.Decode(h.Get("Content-Transfer-Encoding"), body)
	if !known {
		return
	}
	switch mediaType {
	case "message/delivery-status", "message/global-delivery-status":
		for _, s := range parseStatus(content).Recipients {
			r.add(ofStatus(s))
		}
	case "message/disposition-notification", "message/global-disposition-notification":
		r.disposition(content)
	case "text/plain", "":
		if r.text == nil {
			r.text = content
		}
	}
}

// ofStatus reads an action, or where there is none that is known the status.
func ofStatus(s RecipientStatus) mailbridge.Reply {
	one := mailbridge.Reply{Recipient: s.Original, Status: s.Status, Said: s.Diagnostic, Features: s.Features}
	if one.Recipient == "" {
		one.Recipient = s.Final
	}
	switch k := mailbridge.ReplyKind(s.Action); k {
	case mailbridge.ReplyDelivered, mailbridge.ReplyRelayed, mailbridge.ReplyExpanded, mailbridge.ReplyDelayed, mailbridge.ReplyFailed:
		one.Kind = k
		return one
	}
	switch {
	case strings.HasPrefix(string(s.Status), "2."):
		one.Kind = mailbridge.ReplyDelivered
	case strings.HasPrefix(string(s.Status), "4."):
		one.Kind = mailbridge.ReplyDelayed
	case strings.HasPrefix(string(s.Status), "5."):
		one.Kind = mailbridge.ReplyFailed
	default:
		one.Kind = mailbridge.ReplyUnclear
	}
	return one
}

// disposition reads "manual-action/MDN-sent-manually; displayed" (RFC 8098 3.2.6).
func (r *replies) disposition(content []byte) {
	h, _ := imf.Split(content)
	if h.Get("Disposition") == "" {
		return
	}
	mode, what, _ := strings.Cut(h.Get("Disposition"), ";")
	what, modifier, _ := strings.Cut(strings.ToLower(strings.TrimSpace(what)), "/")
	one := mailbridge.Reply{Recipient: untyped(h.Get("Original-Recipient")), Kind: mailbridge.ReplyProcessed, Said: strings.TrimSpace(mode), Features: h.Get(acceptField)}
	if one.Recipient == "" {
		one.Recipient = untyped(h.Get("Final-Recipient"))
	}
	switch k := mailbridge.ReplyKind(what); k {
	case mailbridge.ReplyDisplayed, mailbridge.ReplyDispatched, mailbridge.ReplyProcessed, mailbridge.ReplyDeleted, mailbridge.ReplyDenied:
		one.Kind = k
	default:
		one.Said += "; " + what
	}
	for _, more := range []string{modifier, h.Get("Error"), h.Get("Failure"), h.Get("Warning")} {
		if more != "" {
			one.Said += "; " + more
		}
	}
	r.add(one)
}

// plain reads bounces that are text for people, with rules of their own: qmail's
// (QSBMF), and Exim's field.
func (r *replies) plain(h imf.Header, _ []byte) {
	for a := range strings.SplitSeq(h.Get("X-Failed-Recipients"), ",") {
		if a = strings.TrimSpace(a); a != "" {
			r.add(mailbridge.Reply{Recipient: a, Kind: mailbridge.ReplyFailed, Said: firstWords(r.text)})
		}
	}
	if len(r.list) > 0 {
		return
	}
	paragraphs := strings.Split(string(bytes.ReplaceAll(r.text, []byte("\r\n"), []byte("\n"))), "\n\n")
	if !strings.HasPrefix(strings.TrimSpace(paragraphs[0]), "Hi. This is the") {
		return
	}
	for _, p := range paragraphs[1:] {
		p = strings.TrimSpace(p)
		if strings.HasPrefix(p, "---") {
			return // the mail itself follows
		}
		first, reason, _ := strings.Cut(p, "\n")
		if a, ok := strings.CutSuffix(strings.TrimSpace(first), ":"); ok && strings.HasPrefix(a, "<") {
			r.add(mailbridge.Reply{Recipient: a, Kind: mailbridge.ReplyFailed, Said: reason})
		}
	}
}

// isAutomatic tells whether a program answered by itself, to nobody's question: RFC
// 3834 5, and what programs wrote before it.
func isAutomatic(h imf.Header) bool {
	value := func(name string) string {
		v, _, _ := strings.Cut(h.Get(name), ";")
		return strings.ToLower(word(v))
	}
	if v := value("Auto-Submitted"); v != "" {
		return v == "auto-replied"
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder"} {
		if v := value(name); v != "" && v != "no" {
			return true
		}
	}
	return value("Precedence") == "auto_reply"
}

// firstWords is the beginning of a text that is long.
func firstWords(text []byte) string { return string(text[:min(len(text), 4*maxSaid)]) }

// oneLine makes what came one line that can be shown.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(imf.Printable(strings.ToValidUTF8(s, "?"))), " ")
	if runes := []rune(s); len(runes) > maxSaid {
		s = string(runes[:maxSaid-1]) + "…"
	}
	return strings.Trim(s, ": ")
}

// cleanAddress takes an address out of what is around it.
func cleanAddress(s string) string {
	s = strings.Trim(strings.TrimSpace(s), "<>")
	if s = oneLine(s); len(s) > 320 {
		return ""
	}
	return s
}
