package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

func subject(r *mailbridge.Report, o Options) string {
	l := o.words()
	switch action(r) {
	case Delayed:
		return fmt.Sprintf(l.delayed, whom(r))
	case Delivered:
		return fmt.Sprintf(l.delivered, whom(r))
	}
	return fmt.Sprintf(l.notDelivered, whom(r))
}

// whom names the recipient as the sender did.
func whom(r *mailbridge.Report) string {
	d := r.Job.Recipient.Destination
	switch {
	case d.Alias != "" && d.Number != "":
		return d.Alias + " (" + d.Number + ")"
	case d.Number != "":
		return d.Number
	}
	return r.Job.Recipient.Address
}

// humanText is what the person reads.
func humanText(r *mailbridge.Report, o Options) string {
	var b strings.Builder
	out, l := r.Outcome, o.words()
	switch action(r) {
	case Delivered:
		fmt.Fprintf(&b, "%s\n\n", wrap(fmt.Sprintf(l.hasArrived, clean(whom(r)))))
	case Delayed:
		fmt.Fprintf(&b, "%s\n\n", wrap(fmt.Sprintf(l.isDelayed, clean(whom(r)))))
		fmt.Fprintf(&b, "%s\n\n", wrap(l.why+clean(l.say(out))))
		fmt.Fprintf(&b, "%s\n\n", wrap(l.advice+l.wait))
	default:
		fmt.Fprintf(&b, "%s\n\n", wrap(fmt.Sprintf(l.hasNotArrived, clean(whom(r)))))
		fmt.Fprintf(&b, "%s\n\n", wrap(l.why+clean(l.say(out))))
		fmt.Fprintf(&b, "%s\n\n", wrap(l.advice+l.advise(r)))
	}
	if s := l.unsure(r); s != "" {
		fmt.Fprintf(&b, "%s\n\n", wrap(l.note+s))
	}
	row := func(name, value string) {
		if value != "" {
			pad := strings.Repeat(" ", max(0, 15-columns(name)-1))
			fmt.Fprintf(&b, "  %s:%s %s\n", name, pad, clean(value))
		}
	}
	row(l.number, r.Job.Recipient.Destination.Number)
	row(l.subject, originalSubject(r))
	if at := lastAttempt(r); at != nil {
		name := l.sent
		if !out.Delivered {
			name = l.lastCall
		}
		row(name, o.person(r, at.Started))
	}
	if r.Delayed && !r.Until.IsZero() {
		row(l.until, o.person(r, r.Until))
	}
	row(l.pages, l.count(r))
	row(l.machine, out.RemoteID)
	if out.Rate > 0 {
		row(l.speed, fmt.Sprintf("%d bit/s", out.Rate))
	}
	if out.Duration > 0 {
		row(l.call, out.Duration.Round(time.Second).String())
	}
	row(l.id, r.Job.ID)
	for _, w := range r.Submission.Warnings {
		fmt.Fprintf(&b, "\n%s\n", wrap(l.note+clean(w)+"."))
	}
	attempts(&b, r, o)
	fmt.Fprintf(&b, "\n-- \n"+l.at+"\n", clean(o.Product), clean(o.Hostname))
	return b.String()
}

// unsure says that an earlier call may have delivered the fax; "" when none may, or
// the reason says so already.
func (l *language) unsure(r *mailbridge.Report) string {
	switch {
	case !r.Outcome.Unsure:
	case action(r) == Delivered:
		return l.twice
	case action(r) == Failed && l.say(r.Outcome) != r.Outcome.Sentence:
		return l.perhaps
	}
	return ""
}

// person writes a time for the sender: in the zone of the mail, if it has one.
func (o *Options) person(r *mailbridge.Report, t time.Time) string {
	zone := o.Zone
	if z, err := time.Parse("-0700", r.Job.Recipient.Zone); err == nil {
		zone = z.Location()
	}
	return t.In(zone).Format(o.words().date)
}

func (l *language) count(r *mailbridge.Report) string {
	switch {
	case r.Job.Pages == 0 && r.Outcome.Pages == 0:
		return ""
	case r.Job.Pages == 0:
		return fmt.Sprintf("%d", r.Outcome.Pages)
	}
	return fmt.Sprintf(l.confirmed, r.Outcome.Pages, r.Job.Pages)
}

// attempts lists the calls if there was more than one.
func attempts(b *strings.Builder, r *mailbridge.Report, o Options) {
	if len(r.Attempts) < 2 {
		return
	}
	const most = 30
	l := o.words()
	fmt.Fprintf(b, "\n%s:\n", l.calls)
	list := r.Attempts
	if len(list) > most {
		fmt.Fprintf(b, "  "+l.earlier+"\n", len(list)-most)
		list = list[len(list)-most:]
	}
	for _, a := range list {
		said := l.say(a.Outcome)
		if a.Outcome.Delivered {
			said = l.arrived
		}
		fmt.Fprintf(b, "  %d. %s: %s\n", a.N, o.person(r, a.Started), clean(said))
	}
}

// advise is the next step of a person whose fax failed.
func (l *language) advise(r *mailbridge.Report) string {
	if s, ok := l.doing[r.Outcome.Cause]; ok && r.Outcome.Cause != "" {
		return s
	}
	if s, ok := l.status[statusOf(r)]; ok {
		return s
	}
	if r.Outcome.Pages > 0 {
		return fmt.Sprintf(l.partly, r.Outcome.Pages)
	}
	return l.doing[""]
}

func originalSubject(r *mailbridge.Report) string {
	h, _ := imf.Split(imf.RawHeader(r.Submission.Message))
	s := []rune(imf.Printable(imf.DecodeWords(h.Get("Subject"))))
	if len(s) > 100 {
		s = append(s[:97], '.', '.', '.')
	}
	return string(s)
}

// clean makes text from outside one line.
func clean(s string) string { return imf.Printable(s) }

// wrap breaks a text into lines for plain text mail: between words, and in Japanese
// behind a full stop or comma, which has no space after it.
func wrap(s string) string {
	var b strings.Builder
	n := 0
	for _, word := range strings.Fields(s) {
		for i, piece := range pieces(word) {
			space := 0
			if i == 0 && n > 0 {
				space = 1
			}
			if n > 0 && n+space+columns(piece) > 72 {
				b.WriteByte('\n')
				n, space = 0, 0
			}
			b.WriteString(strings.Repeat(" ", space) + piece)
			n += space + columns(piece)
		}
	}
	return b.String()
}

// pieces cuts a word where Japanese may be broken.
func pieces(word string) []string {
	var list []string
	for {
		i := strings.IndexAny(word, "。、")
		if i < 0 || i+len("。") == len(word) {
			return append(list, word)
		}
		list, word = append(list, word[:i+len("。")]), word[i+len("。"):]
	}
}

// columns is the width of a text on a screen: kana, kanji and full-width forms take two.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x2E80 {
			n++
		}
	}
	return n
}
