package config

import (
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge/relay"
)

// outgoing checks how mail is sent, signed and given up.
func (k *checker) outgoing(r *Relay) {
	if r.Server == "" && r.Username != "" {
		k.wrong(r.place, "username", "Set server too.", "a user name is for one server, and none is named")
	}
	if r.Postmaster != "" {
		if a, err := mail.ParseAddress(r.Postmaster); err != nil || a.Address != r.Postmaster {
			k.wrong(r.place, "postmaster", `Write "postmaster@example.com".`, "%q is not a mail address", r.Postmaster)
		}
	}
	r.DelayAfter = k.duration(r.place, "delay_report", r.DelayReport, 30*time.Minute)
	if r.DelayAfter == 0 {
		r.DelayAfter = -1
	}
	k.dkim(r)
}

// replies says where answers to our own mail come to.
func (k *checker) replies(m *Mail) {
	r := m.Relay
	isOurs := func(domain string) bool {
		return slices.ContainsFunc(m.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
	}
	switch {
	case r.ReplyDomain == "none":
	case r.ReplyDomain == "":
		if own := m.From[strings.LastIndexByte(m.From, '@')+1:]; m.Listen != "" && isOurs(own) {
			r.Replies = own
		}
	case m.Listen == "":
		k.wrong(r.place, "reply_domain", "Set listen in the mail block too, or take reply_domain out.", "no mail is listened for, so that no reply can come")
	case !isOurs(r.ReplyDomain):
		k.wrong(r.place, "reply_domain", `Name it there too, or write "none".`, "%q is not one of domains in the mail block, which are the ones that mail comes here for", r.ReplyDomain)
	default:
		r.Replies = r.ReplyDomain
	}
}

// dkim reads the signing key.
func (k *checker) dkim(r *Relay) {
	set := 0
	for _, s := range []string{r.DKIMDomain, r.DKIMSelector, r.DKIMKey} {
		if s != "" {
			set++
		}
	}
	switch set {
	case 0:
		return
	case 3:
	default:
		k.wrong(r.place, "dkim_domain", "Set dkim_domain, dkim_selector and dkim_key.", "a DKIM signature needs a domain, a selector and a key")
		return
	}
	name := r.DKIMKey
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(k.c.filename), name)
	}
	pem, err := os.ReadFile(name)
	if err == nil {
		r.DKIM = &relay.DKIM{Domain: r.DKIMDomain, Selector: r.DKIMSelector}
		r.DKIM.Key, err = relay.ParseKey(pem)
	}
	if err != nil {
		k.wrong(r.place, "dkim_key", "openssl genrsa -out dkim.pem 2048 makes one.", "the key %s: %v", name, err)
	}
}
