package offramp

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// The sender's words: what of the way of a fax who wrote the mail may choose, in
// header fields or in brackets in the subject.
//
//	X-Fax-Cover: formal                  [cover] [cover:formal] [nocover]
//	X-Fax-Resolution: standard           [standard] [fine] [superfine]
//	X-Fax-Retries: 2                     [retries:2]
//	X-Fax-Send-At: 2026-12-24 18:00      [at:18:00] [at:+2h]
//	X-Fax-ECM: off                       [ecm:off]
//	X-Fax-Rate: 9600                     [rate:9600]
//
// A field goes before a word in the subject. Brackets with anything else in them are
// part of the subject, as mailing lists and ticket systems have it. A value that makes
// no sense is refused: the sender would wait for what does not come.

const (
	maxRetries = 20
	// maxWait is how far ahead a fax may be ordered.
	maxWait = 31 * 24 * time.Hour
)

// bracket is a word of the subject. A word that needs a value is one only with it.
var bracket = regexp.MustCompile(`(?i)\[(cover|nocover|standard|fine|superfine|cover:[^\[\]]*|(?:retries|at|ecm|rate):[^\[\]]*)\]`)

// WithoutWords is a subject for people.
func WithoutWords(subject string) string {
	return strings.Join(strings.Fields(bracket.ReplaceAllString(subject, " ")), " ")
}

// wordError is a word that makes no sense.
type wordError struct{ where, value, help string }

func (e *wordError) Error() string {
	return fmt.Sprintf("%s has the value %q: %s", e.where, e.value, e.help)
}

// words are those of one mail.
type words struct {
	wishes mailbridge.Wishes
	covers []string // that there are; nil: not checked
	most   int      // retries
	now    time.Time
	zone   *time.Location // of the mail's Date
}

// wishes reads the sender's words. The error is a *wordError.
func (s *Server) wishes(message []byte, now time.Time) (mailbridge.Wishes, error) {
	f := FieldsOf(message, "Subject", "Date", "X-Fax-Cover", "X-Fax-Resolution", "X-Fax-Retries", "X-Fax-Send-At", "X-Fax-ECM", "X-Fax-Rate")
	w := words{covers: s.o.Covers, most: maxRetries, now: now, zone: time.Local}
	if n := s.o.MaxAttempts; n > 0 {
		w.most = min(n-1, maxRetries)
	}
	if t, err := mail.ParseDate(f["Date"]); err == nil {
		w.zone = t.Location()
	}
	for _, m := range bracket.FindAllStringSubmatch(f["Subject"], -1) {
		name, value, _ := strings.Cut(strings.ToLower(m[1]), ":")
		where := m[0] + " in the subject"
		switch name {
		case "nocover":
			name, value = "cover", "off"
		case "standard", "fine", "superfine":
			name, value = "resolution", name
		case "cover":
			if !strings.Contains(m[1], ":") {
				value = "on"
			}
		}
		if err := w.take(name, where, value); err != nil {
			return w.wishes, err
		}
	}
	for _, field := range []struct{ name, word string }{
		{"X-Fax-Cover", "cover"}, {"X-Fax-Resolution", "resolution"}, {"X-Fax-Retries", "retries"},
		{"X-Fax-Send-At", "at"}, {"X-Fax-ECM", "ecm"}, {"X-Fax-Rate", "rate"},
	} {
		if value := strings.TrimSpace(f[field.name]); value != "" {
			if err := w.take(field.word, "The field "+field.name, value); err != nil {
				return w.wishes, err
			}
		}
	}
	return w.wishes, nil
}

func (w *words) take(name, where, value string) error {
	wrong := func(help string, args ...any) error {
		return &wordError{where, value, fmt.Sprintf(help, args...)}
	}
	low := strings.ToLower(strings.TrimSpace(value))
	switch name {
	case "cover":
		known := append([]string{"on", "off", "yes", "no", "none"}, w.covers...)
		if w.covers != nil && !slices.Contains(known, low) {
			return wrong("write on, off or one of %s", strings.Join(w.covers, ", "))
		}
	case "resolution":
		if !slices.Contains([]string{"standard", "fine", "superfine"}, low) {
			return wrong("write standard, fine or superfine")
		}
		w.wishes.Resolution = low
	case "retries":
		n, err := strconv.Atoi(low)
		if err != nil || n < 0 || n > w.most {
			return wrong("write how many more calls may follow the first, 0 to %d", w.most)
		}
		w.wishes.Calls = n + 1
	case "ecm":
		if low != "on" && low != "off" {
			return wrong("write on or off")
		}
		w.wishes.NoECM = low == "off"
	case "rate":
		n, err := strconv.Atoi(low)
		if err != nil || !slices.Contains(rates, n) {
			return wrong("write 2400, 4800, 7200, 9600, 12000 or 14400 bit/s")
		}
		w.wishes.MaxRate = n
	case "at":
		at, err := when(strings.TrimSpace(value), w.now, w.zone)
		if err != nil {
			return wrong("write a time as 18:00, 2026-12-24 18:00 or +2h")
		}
		if at.After(w.now.Add(maxWait)) {
			return wrong("a fax can be ordered for the next %d days", maxWait/(24*time.Hour))
		}
		w.wishes.NotBefore = at
	}
	return nil
}

// rates are those of T.30 below V.34.
var rates = []int{2400, 4800, 7200, 9600, 12000, 14400}

// when reads a time: of the day, of a date, from now on, or as in a Date field. One
// of the day that is over means tomorrow; what else is over means now.
func when(value string, now time.Time, zone *time.Location) (time.Time, error) {
	local := now.In(zone)
	if d, err := time.ParseDuration(strings.TrimPrefix(value, "+")); err == nil && strings.HasPrefix(value, "+") && d >= 0 {
		return now.Add(d), nil
	}
	if t, err := time.ParseInLocation("15:04", value, zone); err == nil {
		at := time.Date(local.Year(), local.Month(), local.Day(), t.Hour(), t.Minute(), 0, 0, zone)
		if at.Before(now) {
			at = time.Date(local.Year(), local.Month(), local.Day()+1, t.Hour(), t.Minute(), 0, 0, zone)
		}
		return at, nil
	}
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04 -0700"} {
		if at, err := time.ParseInLocation(form, value, zone); err == nil {
			return at, nil
		}
	}
	return mail.ParseDate(value)
}
