package onramp

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Compose writes the mail of a fax for one mailbox.
func (g *Gateway) Compose(r *mailbridge.Received, pages []*t4.Page, mailbox string) ([]byte, error) {
	if len(pages) == 0 {
		return nil, permanent(errors.New("the fax has no pages"))
	}
	f := g.facts(r)
	files, err := g.files(g.filename(r, f), pages, r.Takes)
	if err != nil {
		return nil, permanent(err)
	}
	f.Pages, f.Came = len(pages), came(r, len(pages))
	var subject strings.Builder
	if err := g.subject.Execute(&subject, f); err != nil {
		return nil, permanent(fmt.Errorf("the template of the subject: %w", err))
	}
	title := marked(r, subject.String())
	if r.Returned != nil {
		title = "UNDELIVERED to " + r.Returned.Mailbox + ": " + title
	}
	text := returnedText(r) + g.text(r, f, pages)
	boundary := imf.Boundary(r.ID+"\x00"+mailbox, []byte(text))

	var w imf.Writer
	g.trace(&w, r, mailbox)
	w.Addresses("From", g.from(f))
	var to []mail.Address
	for _, one := range mailboxes(mailbox) {
		to = append(to, mail.Address{Address: one})
	}
	w.Addresses("To", to...)
	w.Text("Subject", title)
	w.Date("Date", sent(r))
	w.Field("Message-ID", messageID(r, returnedFrom(r)+mailbox, g.o.Hostname))
	w.Field("Auto-Submitted", "auto-generated") // RFC 3834 5
	if g.o.RequestMDN && r.Returned == nil {
		w.Addresses("Disposition-Notification-To", mail.Address{Address: g.replyTo(r)}) // the return path: RFC 8098 2.1
	}
	w.Field("X-Fax-Id", r.ID)
	if f.Incomplete {
		w.Field("X-Fax-Incomplete", incompleteField(r, len(pages)))
	}
	w.Field("MIME-Version", "1.0")
	w.Media("Content-Type", "multipart/mixed", map[string]string{"boundary": boundary})
	w.End()
	w.Raw([]byte("This is a fax in MIME format.\r\n"))

	w.Open(boundary)
	w.TextBody(text)
	for _, file := range files {
		w.Open(boundary)
		file.params["name"] = file.name
		w.Media("Content-Type", file.mediaType, file.params)
		w.Media("Content-Disposition", file.disposition, map[string]string{"filename": file.name})
		if file.features != "" {
			w.Field("Content-Features", file.features) // RFC 2912
		}
		w.Base64(file.body)
	}
	w.Close(boundary)
	return w.Bytes(), nil
}

func permanent(err error) error {
	return &mailbridge.PermanentError{Status: mailbridge.S5_6_3Conversion, Err: err}
}

// trace writes the field that a gateway adds where mail enters (RFC 5321
// 3.7.2).
func (g *Gateway) trace(w *imf.Writer, r *mailbridge.Received, mailbox string) {
	value := fmt.Sprintf("by %s id %s", g.o.Hostname, token(r.ID))
	if len(mailboxes(mailbox)) == 1 {
		value += " for <" + mailbox + ">"
	}
	w.Field("Received", value+"; "+imf.FormatTime(sent(r)))
}

// sent is the mail's time: when the fax was whole.
func sent(r *mailbridge.Received) time.Time {
	if r.Ended.IsZero() {
		return r.Started
	}
	return r.Ended
}

// messageID is made from the fax and the mailbox alone.
func messageID(r *mailbridge.Received, mailbox, host string) string {
	sum := strings.TrimPrefix(imf.Boundary("message-id\x00"+r.ID+"\x00"+strings.ToLower(mailbox)), "=_")
	return "<fax." + token(r.ID) + "." + sum + "@" + host + ">"
}

// from is the mail's author: the caller's fax machine if replies can reach it
// (RFC 3192), else the gateway, with the caller as the name that people see.
func (g *Gateway) from(f Facts) mail.Address {
	a := mail.Address{Name: "Fax " + f.Sender, Address: g.o.From}
	if number := digits(f.Caller); g.o.CallerDomain != "" && number != "" {
		a.Address = "FAX=" + number + "@" + g.o.CallerDomain
	}
	return a
}

// digits gives a number as RFC 3192 writes it: an optional + and digits, ""
// for anything else, such as "anonymous".
func digits(number string) string {
	out := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()/", r) {
			return -1
		}
		return r
	}, number)
	if strings.Trim(strings.TrimPrefix(out, "+"), "0123456789") != "" || strings.Trim(out, "+") == "" || len(out) > 40 {
		return ""
	}
	return out
}

// filename says when, from whom and which fax, in characters that every file
// system takes; without its ending.
func (g *Gateway) filename(r *mailbridge.Received, f Facts) string {
	parts := []string{"fax", r.Started.In(g.o.Zone).Format("20060102-1504")}
	if sender := token(cmp.Or(digits(f.Caller), f.StationID)); sender != "" {
		parts = append(parts, sender)
	}
	if f.Incomplete {
		parts = append(parts, "incomplete")
	}
	return strings.Join(append(parts, token(r.ID)), "-")
}

// token keeps letters, digits, + and -; runs of anything else become one "-".
func token(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '+':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 60 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// text is what the person reads before the pages.
func (g *Gateway) text(r *mailbridge.Received, f Facts, pages []*t4.Page) string {
	var b strings.Builder
	if f.Incomplete {
		b.WriteString(incompleteText(r, len(pages)))
	} else {
		fmt.Fprintf(&b, "A fax of %s has arrived.\n\n", count(len(pages)))
	}
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-16s %s\n", name+":", imf.Printable(value))
		}
	}
	row("From", cmp.Or(r.Caller, "number withheld"))
	row("Sending machine", r.RemoteID)
	row("To", r.Number)
	row("Time", r.Started.In(g.o.Zone).Format("2 January 2006, 15:04:05 (MST)"))
	row("Pages", fmt.Sprint(len(pages)))
	if r.Outcome.Rate > 0 {
		row("Speed", fmt.Sprintf("%d bit/s", r.Outcome.Rate))
	}
	if r.Outcome.Duration > 0 {
		row("Call", r.Outcome.Duration.Round(time.Second).String())
	}
	if r.BadRows > 0 {
		row("Damaged rows", fmt.Sprintf("%d (noise on the line)", r.BadRows))
	}
	row("Fax id", r.ID)
	return b.String()
}
