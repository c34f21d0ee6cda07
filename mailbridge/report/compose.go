package report

import (
	"cmp"
	"errors"
	"net/mail"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Options says in whose name reports are written.
type Options struct {
	Hostname string // Reporting-MTA and the domain of Message-IDs; must be set
	From     string // mailbox; default mailer-daemon@Hostname
	Product  string // how the gateway calls itself; default "Fax gateway"
	Now      func() time.Time
	// Zone is the time zone of times for people; default local time.
	Zone *time.Location
	// Language of the human part: "en", "de" or "ja"; default "en".
	Language string
	// Preview draws the first page as a PNG file; nil: there is no picture.
	Preview func(*t4.Page) ([]byte, error)
}

func (o *Options) withDefaults() {
	o.Hostname = cmp.Or(o.Hostname, "localhost")
	o.From = cmp.Or(o.From, "mailer-daemon@"+o.Hostname)
	o.Product = cmp.Or(o.Product, "Fax gateway")
	o.Zone = cmp.Or(o.Zone, time.Local)
	if o.Now == nil {
		o.Now = time.Now
	}
}

// ErrNullPath is the error of a report on a mail that came from the null path:
// there is nobody to report to, and must not be (RFC 5321 4.5.5).
var ErrNullPath = errors.New("the mail came from the null return path, which is never answered")

// Compose writes a report. It is to be sent from the null path to the
// submission's return path. The same report gets the same Message-ID, so that
// one sent twice can be known as such.
func Compose(r *mailbridge.Report, o Options) ([]byte, error) {
	o.withDefaults()
	if r.Submission.ReturnPath == "" {
		return nil, ErrNullPath
	}
	if r.Receipt {
		return composeReceipt(r, o), nil
	}
	original, mediaType := returned(r)
	text, status := humanText(r, o), deliveryStatus(r, o)
	seed := r.Job.ID + "\x00" + r.Submission.ID + "\x00" + string(action(r))
	boundary := imf.Boundary(seed, []byte(text), status, original)

	var w imf.Writer
	w.Addresses("From", mail.Address{Name: o.Product, Address: o.From})
	envelope(&w, r, o, boundary, "delivery-status")
	w.Raw([]byte("This is a delivery report in MIME format (RFC 3464).\r\n"))

	w.Open(boundary)
	human(&w, text, seed, picture(r, o))
	w.Open(boundary)
	w.Field("Content-Type", "message/delivery-status")
	w.End()
	w.Raw(status)
	returnedPart(&w, boundary, original, mediaType)
	w.Close(boundary)
	return w.Bytes(), nil
}

// envelope writes the header of a report but for From.
func envelope(w *imf.Writer, r *mailbridge.Report, o Options, boundary, reportType string) {
	w.Addresses("To", mail.Address{Address: r.Submission.ReturnPath})
	w.Text("Subject", subject(r, o))
	w.Date("Date", o.Now())
	w.Field("Message-ID", "<"+strings.Trim(boundary, "=_")+"."+token(r.Job.ID)+"@"+o.Hostname+">")
	if id := messageID(r.Submission.Message); id != "" {
		w.Field("In-Reply-To", id) // RFC 3249 4.3: how a reader finds the mail again
		w.Field("References", id)
	}
	w.Field("Auto-Submitted", "auto-replied") // RFC 3834 5
	w.Field("MIME-Version", "1.0")
	w.Media("Content-Type", "multipart/report", map[string]string{"report-type": reportType, "boundary": boundary})
	w.End()
}

// returnedPart writes what goes back of the mail.
func returnedPart(w *imf.Writer, boundary string, original []byte, mediaType string) {
	if len(original) == 0 {
		return
	}
	w.Open(boundary)
	w.Field("Content-Type", mediaType)
	if !isASCII(original) {
		w.Field("Content-Transfer-Encoding", "8bit")
	}
	w.End()
	w.Raw(original)
}

// picture draws the first page; nil when there is none. A report without it is still
// a report.
func picture(r *mailbridge.Report, o Options) []byte {
	if o.Preview == nil || r.FirstPage == nil {
		return nil
	}
	b, err := o.Preview(r.FirstPage)
	if err != nil {
		return nil
	}
	return b
}

// human writes the part for the person: a text, with a picture below it if there is
// one (RFC 6522 3: any MIME content will do).
func human(w *imf.Writer, text, seed string, picture []byte) {
	if picture == nil {
		w.TextBody(text)
		return
	}
	boundary := imf.Boundary("human\x00"+seed, []byte(text), picture)
	w.Media("Content-Type", "multipart/mixed", map[string]string{"boundary": boundary})
	w.End()
	w.Open(boundary)
	w.TextBody(text)
	w.Open(boundary)
	w.Media("Content-Type", "image/png", map[string]string{"name": "page1.png"})
	w.Media("Content-Disposition", "inline", map[string]string{"filename": "page1.png"})
	w.Base64(picture)
	w.Close(boundary)
}

// returned gives what of the mail goes back (RFC 3461 4.3): the whole of it
// only for a failure, and only if it can travel in a text message.
func returned(r *mailbridge.Report) (octets []byte, mediaType string) {
	header := imf.RawHeader(r.Submission.Message)
	whole := r.Submission.ReturnFull && action(r) == Failed &&
		len(header) < len(r.Submission.Message) && isText(r.Submission.Message)
	if whole {
		return r.Submission.Message, "message/rfc822"
	}
	const most = 64 << 10
	if len(header) > most {
		header = header[:strings.LastIndexByte(string(header[:most]), '\n')+1]
	}
	if !isText(header) {
		return nil, ""
	}
	return header, "text/rfc822-headers"
}

// isText holds for octets that 8BITMIME can carry: no NUL, no line over 998
// (RFC 6152, RFC 5321 4.5.3.1.6).
func isText(b []byte) bool {
	line := 0
	for _, c := range b {
		switch c {
		case 0:
			return false
		case '\n':
			line = 0
		default:
			if line++; line > 999 {
				return false
			}
		}
	}
	return true
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c > 0x7f {
			return false
		}
	}
	return true
}

// messageID gives the Message-ID of the mail if it has a sane one.
func messageID(message []byte) string {
	h, _ := imf.Split(imf.RawHeader(message))
	id := h.Get("Message-ID")
	if len(id) < 5 || len(id) > 400 || id[0] != '<' || id[len(id)-1] != '>' || strings.ContainsAny(id, " \t") || id != imf.ASCII(id) {
		return ""
	}
	return id
}

// token makes an id fit for the left side of a Message-ID.
func token(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, s)
}
