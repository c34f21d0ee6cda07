package onramp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"text/template"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/relay"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Options says how the mails look. From must be set.
type Options struct {
	Hostname string // domain of Message-IDs and in Received; default that of From
	From     string // the gateway's mailbox, also the return path

	// CallerDomain, if set, makes From "FAX=<caller>@CallerDomain" (RFC 3192)
	// for callers whose number is known, so that a reply becomes a fax. The
	// return path stays From.
	CallerDomain string

	// Subject is a text/template over Facts. Default DefaultSubject. That of a fax
	// which is not complete says so in any case.
	Subject string

	// Encode writes the pages as a TIFF-F file for a mailbox which has said what it takes
	// ("": it has not), and says in the words of RFC 2879 what that file asks of a
	// machine that is to show it ("": nothing is said). It must be set.
	Encode func(pages []*t4.Page, takes string) (file []byte, features string, err error)
	// PDF writes the pages as a PDF file, which goes before the TIFF-F file; nil:
	// there is none.
	PDF func(pages []*t4.Page) ([]byte, error)
	// OnlyPDF leaves the TIFF-F file out, for people. RFC 3965 wants it for fax
	// machines that read mail.
	OnlyPDF bool
	// Preview draws the first page as a PNG file to be shown below the text; nil:
	// there is none. What fails here costs no fax.
	Preview func(page *t4.Page) ([]byte, error)

	// RequestDSN asks the mail servers to say whether a mail arrived (RFC 3461), and
	// RequestMDN asks the reader's program to say that it was shown (RFC 8098). The
	// answers come to ReplyTo's address.
	RequestDSN, RequestMDN bool
	// ReplyTo gives the address that answers to a mail come to, by its ReplyKey; nil:
	// they come to From.
	ReplyTo func(key string) string

	// Relay takes the mails; needed for Deliver only.
	Relay Relay

	// Zone is the time zone of times in the text; default local time.
	Zone *time.Location
}

// Relay takes mail to its recipients; *relay.Relay is one.
type Relay interface {
	Send(ctx context.Context, e relay.Envelope, message []byte) error
}

// DefaultSubject is the subject of mails if Options have none.
const DefaultSubject = `{{if .Incomplete}}INCOMPLETE fax{{else}}Fax{{end}} from {{.Sender}} ({{.Came}})`

// Facts is what a subject's template can use.
type Facts struct {
	ID         string // of the fax
	Sender     string // caller, else station id, else "unknown"
	Caller     string // calling number, "" if withheld
	StationID  string // what the sending machine calls itself, "" if it did not
	Number     string // the fax number that was called
	Time       string // of the call's begin: "2006-01-02 15:04"
	Pages      int
	Came       string // "2 pages", or "6 pages and part of page 7"
	Incomplete bool   // the call broke before its end
}

// Gateway composes and delivers the mails.
type Gateway struct {
	o       Options
	subject *template.Template
}

// New checks the options: an error names what is wrong with them.
func New(o Options) (*Gateway, error) {
	if _, err := mail.ParseAddress(o.From); err != nil {
		return nil, fmt.Errorf("onramp: from = %q is no mail address", o.From)
	}
	if o.Encode == nil {
		return nil, errors.New("onramp: Encode is nil: pages cannot become a file")
	}
	if o.OnlyPDF && o.PDF == nil {
		return nil, errors.New("onramp: PDF is nil: there is no file to deliver")
	}
	o.Hostname = cmp.Or(o.Hostname, o.From[strings.LastIndexByte(o.From, '@')+1:])
	o.Subject = cmp.Or(o.Subject, DefaultSubject)
	o.Zone = cmp.Or(o.Zone, time.Local)
	t, err := template.New("subject").Option("missingkey=error").Parse(o.Subject)
	if err == nil {
		err = t.Execute(&strings.Builder{}, Facts{})
	}
	if err != nil {
		return nil, fmt.Errorf("onramp: the template of the subject: %w", err)
	}
	return &Gateway{o, t}, nil
}

// deliver sends one message.
func (g *Gateway) deliver(ctx context.Context, r *mailbridge.Received, pages []*t4.Page, mailbox string) error {
	message, err := g.Compose(r, pages, mailbox)
	if err != nil {
		return err
	}
	return g.o.Relay.Send(ctx, g.envelope(r, mailbox), message)
}

// envelope: what is returned to the postmaster comes from the null path, so that it
// never comes back itself (RFC 5321 4.5.5).
func (g *Gateway) envelope(r *mailbridge.Received, mailbox string) relay.Envelope {
	e := relay.Envelope{From: g.replyTo(r), To: mailboxes(mailbox), EnvelopeID: r.ID}
	switch {
	case r.Returned != nil:
		e.From, e.Notify = "", mailbridge.NotifyNever
	case g.o.RequestDSN:
		e.Notify = mailbridge.NotifySuccess | mailbridge.NotifyFailure | mailbridge.NotifyDelay
	}
	return e
}

// replyTo is the return path: bounces tell by it which mail they are about.
func (g *Gateway) replyTo(r *mailbridge.Received) string {
	if g.o.ReplyTo == nil || r.ReplyKey == "" {
		return g.o.From
	}
	return g.o.ReplyTo(r.ReplyKey)
}

func (g *Gateway) facts(r *mailbridge.Received) Facts {
	return Facts{
		ID: r.ID, Sender: cmp.Or(r.Caller, r.RemoteID, "unknown"), Caller: r.Caller, StationID: r.RemoteID,
		Number: r.Number, Time: r.Started.In(g.o.Zone).Format("2006-01-02 15:04"),
		Pages: r.Pages, Incomplete: !r.Complete,
	}
}
