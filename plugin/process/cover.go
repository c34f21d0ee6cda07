package process

import (
	"net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/render"
	"github.com/pagebridge/pagebridge/plugin/config"
)

// cover is the cover page of a mail, as a part to go before the others; ok is false
// when it gets none.
func cover(cfg *config.Config, s *mailbridge.Submission) (part mailbridge.Part, ok bool, err error) {
	f := offramp.FieldsOf(s.Message, "Subject", "To", "Date", "X-Fax-Cover")
	template := cfg.Mail.CoverTemplate
	if own, all := aliasCover(cfg, s); all {
		template = own
	}
	word, subject := coverWord(f["Subject"]), offramp.WithoutWords(f["Subject"])
	if w := strings.ToLower(strings.TrimSpace(f["X-Fax-Cover"])); w != "" {
		word = w
	}
	template = chosen(template, word)
	if template == "" {
		return part, false, nil
	}
	c := render.Cover{
		To: addressees(s, f["To"]), Subject: subject, Company: cfg.Mail.Company, Date: s.Received.Format(coverDate),
	}
	if len(s.Recipients) > 0 {
		c.From = s.Recipients[0].Sender
	}
	if t, err := mail.ParseDate(f["Date"]); err == nil {
		c.Date = t.Format(coverDate)
	}
	part, err = c.Part(template)
	return part, err == nil, err
}

const coverDate = "2 January 2006, 15:04 -0700"

// chosen is the template that a sender's word asks for: off, on, or a name of those
// that are built in. Senders have no other: a name of a file would be a way to it.
func chosen(template, word string) string {
	switch word {
	case "":
		return template
	case "off", "no", "none":
		return ""
	case "on", "yes":
		if template != "" {
			return template
		}
		word = "standard"
	}
	if source, ok := render.CoverTemplate(word); ok {
		return source
	}
	return template
}

var bracket = regexp.MustCompile(`(?i)\[(no)?cover(?::([a-z]+))?\]`)

// coverWord finds [cover], [cover:formal] or [nocover] in a subject.
func coverWord(subject string) string {
	m := bracket.FindStringSubmatch(subject)
	switch {
	case m == nil:
		return ""
	case m[1] != "":
		return "off"
	case m[2] != "":
		return strings.ToLower(m[2])
	}
	return "on"
}

// aliasCover is the cover of the aliases that a mail is for, if all have the same:
// its faxes have the same pages.
func aliasCover(cfg *config.Config, s *mailbridge.Submission) (template string, ok bool) {
	for i, r := range s.Recipients {
		var alias *config.Alias
		for _, a := range cfg.Aliases {
			if a.Name == r.Destination.Alias {
				alias = a
			}
		}
		if alias == nil || alias.Cover == "" || i > 0 && alias.CoverTemplate != template {
			return "", false
		}
		template = alias.CoverTemplate
	}
	return template, len(s.Recipients) > 0
}

// addressees is whom a cover names: the one whom the fax is for, or those whom the
// mail names to everybody. The envelope may have others, who got a blind copy.
func addressees(s *mailbridge.Submission, to string) string {
	if len(s.Recipients) == 1 {
		d := s.Recipients[0].Destination
		if d.Alias != "" {
			return d.Alias + " (" + d.Number + ")"
		}
		return d.Number
	}
	list, err := mail.ParseAddressList(to)
	if err != nil {
		return ""
	}
	var names []string
	for _, a := range list {
		name := a.Name
		if name == "" {
			name, _, _ = strings.Cut(a.Address, "@")
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// headerFields is what stands at the top of the pages of a job, at the time of its
// call and in the sender's time zone.
func headerFields(cfg *config.Config, j *mailbridge.Job, now time.Time) render.Fields {
	if zone, err := time.Parse("-0700", j.Recipient.Zone); err == nil {
		now = now.In(zone.Location())
	}
	f := render.Fields{Date: now.Format("2006-01-02"), Time: now.Format("15:04 -0700")}
	f.Sender = cfg.Mail.Company
	if f.Sender == "" {
		f.Sender = j.Recipient.Sender
	}
	if from := j.Recipient.Destination.From; from != "" {
		f.Sender += " " + from
	} else if cfg.Fax.StationID != "" {
		f.Sender += " " + cfg.Fax.StationID
	}
	f.Destination = j.Recipient.Destination.Number
	return f
}
