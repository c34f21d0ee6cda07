package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // machines without the time zones' files get by
)

// Deliver sends some of the faxes of a fax number elsewhere.
type Deliver struct {
	place
	Subaddress []string `hcl:"subaddress,optional" doc:"Faxes to these T.30 sub-addresses (SUB): * stands for any digits, ? for one." example:"[\"12\", \"2*\"]"`
	Caller     []string `hcl:"caller,optional" doc:"Faxes from these numbers, in the same way; \"\" is a number that is withheld." example:"[\"+49*\"]"`
	Days       []string `hcl:"days,optional" doc:"Faxes that begin on these days: \"mon\" to \"sun\", or \"mon-fri\"." example:"[\"mon-fri\"]"`
	Hours      string   `hcl:"hours,optional" doc:"Faxes that begin in these hours; from \"18:00-08:00\" the part after midnight belongs to the day before." example:"\"08:00-17:30\""`
	Mailboxes  []string `hcl:"mailboxes" doc:"Who gets the faxes for which all of this is so." example:"[\"sales@example.com\", \"archive@example.com\"]"`
	FanOut     string   `hcl:"fan_out,optional" doc:"As in fax_number; default: the same." example:"\"one\""`

	Partial string `hcl:"partial,optional" doc:"As in fax_number; default: the same." example:"\"hold\""`

	days     [7]bool
	from, to int // minutes of a day; the same: all of it
}

// Received is what of a received fax decides where it goes.
type Received struct {
	Subaddress, Caller string
	At                 time.Time
}

// Recipients are those of each message that a fax becomes, with commas between
// those of one: of the first deliver block that fits, else of the number.
func (n *FaxNumber) Recipients(f Received) []string {
	mailboxes, fanOut := n.Mailboxes, n.FanOut
	if d := n.deliver(f); d != nil {
		mailboxes, fanOut = d.Mailboxes, d.FanOut
	}
	if fanOut == "one" && len(mailboxes) > 0 {
		return []string{strings.Join(mailboxes, ", ")}
	}
	return slices.Clone(mailboxes)
}

// HoldsPartial says whether a fax that broke off is kept until it is released.
func (n *FaxNumber) HoldsPartial(f Received) bool {
	if d := n.deliver(f); d != nil {
		return d.Partial == "hold"
	}
	return n.Partial == "hold"
}

// deliver gives the first block that fits; nil: none does.
func (n *FaxNumber) deliver(f Received) *Deliver {
	for _, d := range n.Deliver {
		if d.fits(f, n.Zone) {
			return d
		}
	}
	return nil
}

func (d *Deliver) fits(f Received, zone *time.Location) bool {
	if len(d.Subaddress) > 0 && !matches(d.Subaddress, f.Subaddress) {
		return false
	}
	// Some networks leave the + out.
	if len(d.Caller) > 0 && !matches(d.Caller, f.Caller) && (f.Caller == "" || !matches(d.Caller, "+"+f.Caller)) {
		return false
	}
	if zone == nil {
		zone = time.Local
	}
	at := f.At.In(zone)
	minute, day := at.Hour()*60+at.Minute(), int(at.Weekday())
	switch {
	case d.from < d.to && (minute < d.from || minute >= d.to):
		return false
	case d.from > d.to && minute < d.to:
		day = (day + 6) % 7 // the night belongs to the evening before
	case d.from > d.to && minute < d.from:
		return false
	}
	return d.days[day]
}

func (k *checker) deliver(n *FaxNumber) {
	k.oneOf(n.place, "fan_out", &n.FanOut, "each", "one")
	k.oneOf(n.place, "partial", &n.Partial, "deliver", "hold")
	n.Zone = time.Local
	if n.TimeZone != "" {
		zone, err := time.LoadLocation(n.TimeZone)
		if err != nil {
			k.wrong(n.place, "time_zone", `Write a name such as "Europe/Berlin" or "UTC".`, "there is no time zone %q", n.TimeZone)
			zone = time.UTC
		}
		n.Zone = zone
	}
	for i, d := range n.Deliver {
		k.mailboxes(d.place, d.Mailboxes)
		if len(d.Mailboxes) == 0 {
			k.wrong(d.place, "mailboxes", "Name at least one.", "these faxes to %s would go nowhere", n.Number)
		}
		if d.FanOut == "" {
			d.FanOut = n.FanOut
		}
		k.oneOf(d.place, "fan_out", &d.FanOut, "each", "one")
		if d.Partial == "" {
			d.Partial = n.Partial
		}
		k.oneOf(d.place, "partial", &d.Partial, "deliver", "hold")
		k.patterns(d.place, "subaddress", d.Subaddress)
		k.patterns(d.place, "caller", slices.DeleteFunc(slices.Clone(d.Caller), func(c string) bool { return c == "" }))
		k.times(d)
		everything := len(d.Subaddress) == 0 && len(d.Caller) == 0 && len(d.Days) == 0 && d.Hours == ""
		if everything && i < len(n.Deliver)-1 {
			k.wrong(d.place, "", "Give it a condition, or move it to the end.", "this block takes all faxes: those after it never count")
		}
	}
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// times reads days and hours.
func (k *checker) times(d *Deliver) {
	if len(d.Days) == 0 {
		d.days = [7]bool{true, true, true, true, true, true, true}
	}
	for _, span := range d.Days {
		first, last, ok := strings.Cut(strings.ToLower(span), "-")
		if !ok {
			last = first
		}
		from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
		if from < 0 || to < 0 {
			k.wrong(d.place, "days", `Write days = ["mon-fri", "sun"].`, "%q is no day", span)
			continue
		}
		for ; from != to; from = (from + 1) % 7 {
			d.days[from] = true
		}
		d.days[to] = true
	}
	if d.Hours == "" {
		return
	}
	var a, b, c, e int
	if n, err := fmt.Sscanf(d.Hours, "%2d:%2d-%2d:%2d", &a, &b, &c, &e); err != nil || n != 4 || len(d.Hours) != len("08:00-17:30") ||
		a < 0 || a > 23 || b < 0 || b > 59 || c < 0 || c > 24 || e < 0 || e > 59 || c == 24 && e > 0 || a*60+b == c*60+e {
		k.wrong(d.place, "hours", `Write hours = "08:00-17:30"; "18:00-08:00" goes over midnight.`, "%q is no span of hours", d.Hours)
		return
	}
	d.from, d.to = a*60+b, c*60+e
}
