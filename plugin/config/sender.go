package config

import (
	"encoding/hex"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// Sender is who may fax some things only, or so many.
type Sender struct {
	place
	Name string `hcl:",label"`

	Networks     []string `hcl:"networks,optional" doc:"Who it is: whose mail comes from these addresses or networks,…" example:"[\"192.0.2.0/24\"]"`
	Users        []string `hcl:"users,optional" doc:"… who says the password of one of these users of the mail block,…" example:"[]"`
	Certificates []string `hcl:"certificates,optional" doc:"… who shows a certificate over TLS with this address or name in it, signed by mail.client_ca, or with this fingerprint: \"SHA256:…\",…" example:"[]"`
	Verified     []string `hcl:"verified,optional" doc:"… or whose address, or whose domain as *@domain, is proved by SPF or DKIM. Mail is then taken from anywhere." example:"[\"ann@example.org\"]"`
	From         []string `hcl:"from,optional" doc:"Which sender addresses it may use: an address, *@domain, or \"<>\". None: any." example:"[]"`

	Aliases      []string `hcl:"aliases,optional" doc:"The aliases that it may fax to, \"*\" for all. With neither aliases nor numbers it may fax to all of both." example:"[\"acme\"]"`
	Numbers      []string `hcl:"numbers,optional" doc:"The numbers that it may fax to, as number_plan completes them: * stands for any digits, ? for one." example:"[\"+1555*\"]"`
	Deny         []string `hcl:"deny,optional" doc:"Numbers that it may not fax to, whatever numbers says, also behind an alias." example:"[\"+1900*\"]"`
	JobsPerHour  int      `hcl:"jobs_per_hour,optional" doc:"How many faxes it may send in any hour; 0 is no limit." example:"20"`
	JobsPerDay   int      `hcl:"jobs_per_day,optional" doc:"How many in any 24 hours." example:"100"`
	PagesPerHour int      `hcl:"pages_per_hour,optional" doc:"After how many pages in an hour no more mail is taken." example:"0"`
	PagesPerDay  int      `hcl:"pages_per_day,optional" doc:"And in 24 hours." example:"1000"`
	Count        string   `hcl:"count,optional" doc:"Whom the limits are for: \"each\" user, certificate or sender address, or all \"together\"." example:"\"each\""`

	Nets []netip.Prefix `doc:"-"`
}

// Allows tells whether the sender may have a fax sent there.
func (s *Sender) Allows(d mailbridge.Destination) bool {
	switch {
	case matches(s.Deny, d.Number):
		return false
	case len(s.Aliases) == 0 && len(s.Numbers) == 0:
		return true
	case d.Alias != "":
		return slices.Contains(s.Aliases, "*") || slices.ContainsFunc(s.Aliases, func(a string) bool { return strings.EqualFold(a, d.Alias) })
	}
	return matches(s.Numbers, d.Number)
}

// matches tells whether a number is one of these or fits one of these patterns.
func matches(patterns []string, number string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, _ := path.Match(p, number) // of digits, so that only * and ? mean anything
		return ok
	})
}

func (k *checker) sender(s *Sender) {
	if s.Name != "" && !aliasName.MatchString(s.Name) {
		k.wrong(s.place, "", "Letters, digits, dot, hyphen and underscore.", "%q cannot be the name of a sender", s.Name)
	}
	if len(s.Networks)+len(s.Users)+len(s.Certificates)+len(s.Verified) == 0 {
		k.wrong(s.place, "", "Write networks, users, certificates or verified.", "sender %q is nobody", s.Name)
	}
	s.Nets = k.prefixes(s.place, "networks", s.Networks)
	if k.c.Mail != nil {
		k.senderDoor(s, k.c.Mail)
	}
	for attribute, list := range map[string][]string{"verified": s.Verified, "from": s.From} {
		for _, a := range list {
			if before, domain, ok := strings.Cut(a, "@"); a != "<>" && (!ok || before == "" || !isHost(domain)) || a == "<>" && attribute == "verified" {
				k.wrong(s.place, attribute, `Write "ann@example.com" or "*@example.com".`, "%q is no address", a)
			}
		}
	}
	for _, a := range s.Aliases {
		if a != "*" && !slices.ContainsFunc(k.c.Aliases, func(b *Alias) bool { return strings.EqualFold(a, b.Name) }) {
			k.wrong(s.place, "aliases", "Write the name of an alias block.", "there is no alias %q", a)
		}
	}
	k.patterns(s.place, "numbers", s.Numbers)
	k.patterns(s.place, "deny", s.Deny)
	for attribute, n := range map[string]int{"jobs_per_hour": s.JobsPerHour, "jobs_per_day": s.JobsPerDay, "pages_per_hour": s.PagesPerHour, "pages_per_day": s.PagesPerDay} {
		if n < 0 {
			k.wrong(s.place, attribute, "0 is no limit.", "%s cannot be %d", attribute, n)
		}
	}
	k.oneOf(s.place, "count", &s.Count, "each", "together")
}

// senderDoor checks what a sender needs of the mail block.
func (k *checker) senderDoor(s *Sender, m *Mail) {
	for _, u := range s.Users {
		if _, ok := m.Users[u]; !ok {
			k.wrong(s.place, "users", "Give it a password: users = { "+u+` = env("PASSWORD") } in the mail block.`, "there is no user %q", u)
		}
	}
	if len(s.Certificates) > 0 && m.TLSCertificate == "" {
		k.wrong(s.place, "certificates", "Set tls_certificate and tls_key in the mail block.", "certificates are shown over TLS only, and we have none ourselves")
	}
	for _, c := range s.Certificates {
		digits, fingerprint := strings.CutPrefix(strings.ToLower(c), "sha256:")
		if b, err := hex.DecodeString(strings.ReplaceAll(digits, ":", "")); fingerprint && (err != nil || len(b) != 32) {
			k.wrong(s.place, "certificates", "openssl x509 -noout -fingerprint -sha256 prints it: 32 octets in hexadecimal.", "%q is no fingerprint", c)
		} else if !fingerprint && m.ClientCA == "" {
			k.wrong(s.place, "certificates", "Set client_ca in the mail block, or write the certificate's fingerprint.", "nobody vouches for the name %q", c)
		}
	}
}

func (k *checker) patterns(p place, attribute string, list []string) {
	for _, pattern := range list {
		if !numberPattern.MatchString(pattern) {
			k.wrong(p, attribute, `Write "+49*" or "+1900???????": * stands for any digits, ? for one.`, "%q is no number or pattern", pattern)
		}
	}
}
