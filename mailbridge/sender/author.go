package sender

import (
	"bytes"
	"context"
	"errors"
	"net/mail"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-msgauth/dmarc"
	"golang.org/x/net/publicsuffix"

	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// maxSignatures is how many signatures of a mail are looked at: each costs a
// question to the DNS and a calculation.
const maxSignatures = 5

// Author is who wrote a mail, proved.
type Author struct {
	Address string // of From
	By      string // what proved it: "SPF" or "DKIM"
	// Addressed are the addresses of To and Cc if DKIM proved the author and
	// covers these fields. A signed mail can be handed in again by anybody, to
	// anybody; only for these was it written.
	Addressed []string
}

// Unproved says why a mail is not taken to be from its author.
type Unproved struct {
	Temporary bool   // the DNS did not answer: it may be proved later
	Status    string // enhanced status code of RFC 7372 without its class: "7.20"
	Why       string // a sentence's end for whoever sent it
}

func (e *Unproved) Error() string { return e.Why }

// Author proves the author of a message by DKIM, or by the domain of MAIL FROM if
// SPF has passed for it; spfDomain is empty if it has not. The error is an
// *Unproved.
func (c *Checker) Author(ctx context.Context, message []byte, spfDomain string) (Author, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	h, _ := imf.Split(imf.RawHeader(message))
	from, err := mail.ParseAddressList(h.Get("From"))
	// With more than one, a reader might show another than was proved (RFC 7489
	// 6.6.1).
	if err != nil || len(from) != 1 || h.Count("From") != 1 {
		return Author{}, &Unproved{Status: "7.1", Why: "its header must have one From with one address"}
	}
	a := Author{Address: from[0].Address}
	domain := domainOf(a.Address)
	policy, err := c.policy(ctx, domain)
	if err != nil {
		return a, &Unproved{Temporary: true, Status: "7.26", Why: "the DMARC record of " + domain + " cannot be had now"}
	}
	if spfDomain != "" && aligned(spfDomain, domain, policy.SPFAlignment) {
		a.By = "SPF"
		return a, nil
	}
	signature, err := c.signature(ctx, message, domain, policy.DKIMAlignment)
	if err != nil {
		return a, err
	}
	a.By = "DKIM"
	a.Addressed = addressed(h, signature.HeaderKeys)
	return a, nil
}

// policy is the DMARC record of a domain, or of the organization that it belongs
// to; one that has none gets the defaults (RFC 7489 6.6.3).
func (c *Checker) policy(ctx context.Context, domain string) (*dmarc.Record, error) {
	o := &dmarc.LookupOptions{LookupTXT: c.txt(ctx)}
	for _, d := range []string{domain, organization(domain)} {
		record, err := dmarc.LookupWithOptions(d, o)
		if err == nil {
			return record, nil
		}
		if dmarc.IsTempFail(err) {
			return nil, err
		}
	}
	return &dmarc.Record{}, nil
}

// signature is a valid one of the author's domain.
func (c *Checker) signature(ctx context.Context, message []byte, domain string, mode dmarc.AlignmentMode) (*dkim.Verification, error) {
	found, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{LookupTXT: c.txt(ctx), MaxVerifications: maxSignatures})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return nil, &Unproved{Status: "7.20", Why: "its signatures cannot be read"}
	}
	why := &Unproved{Status: "7.20", Why: "it has no DKIM signature that is valid, and SPF does not prove " + domain}
	for _, v := range found {
		switch ours := aligned(v.Domain, domain, mode); {
		case v.Err == nil && ours:
			return v, nil
		case v.Err == nil:
			why = &Unproved{Status: "7.22", Why: "it is signed by " + v.Domain + ", not by the author's " + domain}
		case dkim.IsTempFail(v.Err) && ours:
			return nil, &Unproved{Temporary: true, Status: "7.20", Why: "the key of its signature cannot be had now"}
		}
	}
	return nil, why
}

func (c *Checker) txt(ctx context.Context) func(string) ([]string, error) {
	return func(name string) ([]string, error) { return c.resolver().LookupTXT(ctx, name) }
}

// aligned compares as DMARC does: strictly, or by the organization (RFC 7489
// 3.1).
func aligned(proved, author string, mode dmarc.AlignmentMode) bool {
	proved, author = fold(proved), fold(author)
	if proved == "" || author == "" {
		return false
	}
	return proved == author || mode != dmarc.AlignmentStrict && organization(proved) == organization(author)
}

// organization is the domain that somebody has registered, by the public suffix
// list.
func organization(domain string) string {
	if o, err := publicsuffix.EffectiveTLDPlusOne(fold(domain)); err == nil {
		return o
	}
	return fold(domain)
}

func fold(domain string) string { return strings.TrimSuffix(strings.ToLower(domain), ".") }

func domainOf(address string) string { return fold(address[strings.LastIndexByte(address, '@')+1:]) }

// addressed are the addresses of those fields that are signed and stand once.
func addressed(h imf.Header, signed []string) []string {
	var out []string
	for _, name := range []string{"To", "Cc"} {
		covered := false
		for _, s := range signed {
			covered = covered || strings.EqualFold(strings.TrimSpace(s), name)
		}
		list, err := mail.ParseAddressList(h.Get(name))
		if !covered || err != nil || h.Count(name) != 1 {
			continue
		}
		for _, a := range list {
			out = append(out, a.Address)
		}
	}
	return out
}

// Matches tells whether an address is in a list of addresses and "*@domain".
func Matches(list []string, address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return false
	}
	for _, entry := range list {
		domain, all := strings.CutPrefix(entry, "*@")
		if all && fold(domain) == fold(address[at+1:]) || strings.EqualFold(entry, address) {
			return true
		}
	}
	return false
}
