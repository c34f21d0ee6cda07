package offramp

import (
	"net/mail"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// author says for people who wrote a mail, and in which time zone, as its header
// has it; from is the envelope's sender.
func author(h imf.Header, from string) (sender, zone string) {
	sender = from
	if a, err := mail.ParseAddressList(h.Get("From")); err == nil && len(a) > 0 {
		sender = a[0].Address
		if name := strings.TrimSpace(imf.Printable(imf.DecodeWords(a[0].Name))); name != "" {
			sender = name
		}
	}
	if runes := []rune(imf.Printable(sender)); len(runes) > maxAuthor {
		sender = string(runes[:maxAuthor])
	} else {
		sender = string(runes)
	}
	if t, err := mail.ParseDate(h.Get("Date")); err == nil {
		zone = t.Format("-0700")
	}
	return sender, zone
}

const maxAuthor = 60

// FieldsOf gives the first of each of the named fields of a message's header, for
// people: decoded, and without control characters.
func FieldsOf(message []byte, names ...string) map[string]string {
	h, _ := imf.Split(imf.RawHeader(message))
	fields := map[string]string{}
	for _, name := range names {
		if v := h.Get(name); v != "" {
			fields[name] = imf.Printable(imf.DecodeWords(v))
		}
	}
	return fields
}
