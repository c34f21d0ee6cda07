package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

func subject(r *mailbridge.Report) string {
	to := whom(r)
	if r.Outcome.Delivered {
		return "Fax delivered to " + to
	}
	return "Fax NOT delivered to " + to
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
	out := r.Outcome
	if out.Delivered {
		fmt.Fprintf(&b, "%s\n\n", wrap("Your fax to "+clean(whom(r))+" has been delivered: the receiving machine confirmed every page."))
	} else {
		fmt.Fprintf(&b, "%s\n\n", wrap("Your fax to "+clean(whom(r))+" could NOT be delivered."))
		fmt.Fprintf(&b, "%s\n\n", wrap("Why: "+clean(cmp.Or(out.Sentence, "The reason is not known."))))
		fmt.Fprintf(&b, "%s\n\n", wrap("What you can do: "+advice(r)))
	}
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-15s %s\n", name+":", clean(value))
		}
	}
	row("Number", r.Job.Recipient.Destination.Number)
	row("Subject", originalSubject(r))
	if at := lastAttempt(r); at != nil {
		name := "Sent"
		if !out.Delivered {
			name = "Last call"
		}
		row(name, o.person(at.Started))
	}
	row("Pages", pages(r))
	row("Remote machine", out.RemoteID)
	if out.Rate > 0 {
		row("Speed", fmt.Sprintf("%d bit/s", out.Rate))
	}
	if out.Duration > 0 {
		row("Call", out.Duration.Round(time.Second).String())
	}
	row("Fax id", r.Job.ID)
	for _, w := range r.Submission.Warnings {
		fmt.Fprintf(&b, "\n%s\n", wrap("Note: "+clean(w)+"."))
	}
	attempts(&b, r, o)
	fmt.Fprintf(&b, "\n-- \n%s at %s\n", clean(o.Product), clean(o.Hostname))
	return b.String()
}

func (o *Options) person(t time.Time) string {
	return t.In(o.Zone).Format("2 January 2006, 15:04:05 (MST)")
}

func pages(r *mailbridge.Report) string {
	switch {
	case r.Job.Pages == 0 && r.Outcome.Pages == 0:
		return ""
	case r.Job.Pages == 0:
		return fmt.Sprintf("%d", r.Outcome.Pages)
	}
	return fmt.Sprintf("%d of %d confirmed", r.Outcome.Pages, r.Job.Pages)
}

// attempts lists the calls if there was more than one.
func attempts(b *strings.Builder, r *mailbridge.Report, o Options) {
	if len(r.Attempts) < 2 {
		return
	}
	const most = 30
	fmt.Fprintf(b, "\nCalls:\n")
	list := r.Attempts
	if len(list) > most {
		fmt.Fprintf(b, "  (%d earlier ones are left out)\n", len(list)-most)
		list = list[len(list)-most:]
	}
	for _, a := range list {
		said := cmp.Or(a.Outcome.Sentence, a.Outcome.Cause)
		if a.Outcome.Delivered {
			said = "delivered"
		}
		fmt.Fprintf(b, "  %d. %s: %s\n", a.N, o.person(a.Started), clean(said))
	}
}

// advice is the next step of a person whose fax failed.
func advice(r *mailbridge.Report) string {
	switch cause, status := r.Outcome.Cause, statusOf(r.Outcome); {
	case cause == "busy":
		return "the line was busy at every call. Send the mail again later."
	case cause == "no-answer":
		return "nobody answered. The machine may be off, out of paper, or the number may be a telephone: check the number and send the mail again later."
	case status == mailbridge.S5_1_1NoSuchNumber:
		return "check the number. If it is right, ask the recipient whether it has changed."
	case status == mailbridge.S5_4_4NoRoute, status == mailbridge.S5_7_1Refused:
		return "this gateway may not or cannot call that number: ask its administrator."
	case status == mailbridge.S5_6_1Unusable, status == mailbridge.S5_6_3Conversion:
		return "send the document in another format, such as text or a black and white TIFF, and look whether the file opens on your own computer."
	case status == mailbridge.S4_3_0System:
		return "the fault is in this gateway: tell its administrator the fax id below."
	case r.Outcome.Pages > 0:
		return fmt.Sprintf("the first %d pages arrived: send only the rest, or all of it again.", r.Outcome.Pages)
	}
	return "send the mail again later. If it fails again, ask the recipient whether the machine works, and tell the administrator of this gateway the fax id below."
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

// wrap breaks a sentence into lines for plain text mail.
func wrap(s string) string {
	var b strings.Builder
	n := 0
	for _, word := range strings.Fields(s) {
		if n > 0 && n+1+len(word) > 72 {
			b.WriteByte('\n')
			n = 0
		} else if n > 0 {
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += len(word)
	}
	return b.String()
}
