package offramp

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/sender"
)

// Sender is who may fax what to whom. A client is one if one of the four lists
// knows it; AllowedClients and Users whom no Sender names may fax everything.
type Sender struct {
	Name string // for people, unique

	Networks []netip.Prefix // where it is
	Users    []string       // with which name it has said a password
	// Certificates name it by its certificate: an address or name in one that
	// ClientCAs have signed, or "SHA256:" and the digits of a fingerprint.
	Certificates []string
	// Verified are addresses or "*@domain" of MAIL FROM and From, proved by
	// SPF or DKIM.
	Verified []string

	From []string // narrows MAIL FROM, as AllowedSenders do. Empty: any
	// Allows tells whether it may have a fax sent there; local is what stands
	// before the @. nil: everywhere.
	Allows func(local string, d mailbridge.Destination) bool
	Limits SenderLimits
	// Together counts all who are this Sender as one. Otherwise each has the
	// limits for itself: each user, certificate, or MAIL FROM.
	Together bool
}

// grant is what a client has proved to be.
type grant struct {
	*Sender
	account string // under which its faxes are counted
}

// everybody is the Sender of those whom no Sender names.
var everybody = &Sender{}

// identify finds what a client is without a question to anybody.
func (s *session) identify(from string) []grant {
	var grants []grant
	add := func(of *Sender, kind, who string) {
		g := grant{Sender: of, account: of.Name + "/"}
		if !of.Together {
			g.account += kind + ":" + strings.ToLower(who)
		}
		grants = append(grants, g)
	}
	o := &s.server.o
	certificates := s.certificates()
	for i := range o.Senders {
		of := &o.Senders[i]
		if len(of.From) > 0 && !allowed(of.From, from) {
			continue
		}
		certificate := slices.IndexFunc(of.Certificates, func(name string) bool { return slices.Contains(certificates, foldCertificate(name)) })
		switch {
		case s.user != "" && slices.Contains(of.Users, s.user):
			add(of, "user", s.user)
		case certificate >= 0:
			add(of, "certificate", of.Certificates[certificate])
		case slices.ContainsFunc(of.Networks, func(p netip.Prefix) bool { return p.Contains(s.client) }):
			add(of, "mail", from)
		}
	}
	free := s.server.isAllowed(s.client) || s.local || s.user != "" && !o.isSender(s.user)
	if free && len(grants) == 0 && (len(o.AllowedSenders) == 0 || allowed(o.AllowedSenders, from)) {
		add(everybody, "", "")
	}
	return grants
}

func (o *Options) isSender(user string) bool {
	return slices.ContainsFunc(o.Senders, func(of Sender) bool { return slices.Contains(of.Users, user) })
}

// allowed tells whether MAIL FROM is in a list of addresses, "*@domain" and "<>".
func allowed(list []string, from string) bool {
	if from == "" {
		return slices.Contains(list, "<>")
	}
	return sender.Matches(list, from)
}

// certificates are the names of the client's certificate and its fingerprint.
// Names count only if an authority of ours has signed them.
func (s *session) certificates() []string {
	state, ok := s.conn.TLSConnectionState()
	if !ok || len(state.PeerCertificates) == 0 {
		return nil
	}
	leaf, now := state.PeerCertificates[0], s.server.o.Now()
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return nil
	}
	sum := sha256.Sum256(leaf.Raw)
	names := []string{foldCertificate("SHA256:" + hex.EncodeToString(sum[:]))}
	if s.server.o.ClientCAs == nil {
		return names
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: s.server.o.ClientCAs, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		s.server.log.Warn("a client's certificate is not trusted", "client", s.client.String(), "err", err)
		return names
	}
	for _, name := range slices.Concat(leaf.EmailAddresses, leaf.DNSNames, []string{leaf.Subject.CommonName}) {
		if name != "" && !strings.HasPrefix(strings.ToLower(name), "sha256:") {
			names = append(names, foldCertificate(name))
		}
	}
	return names
}

// foldCertificate lets names and fingerprints be compared however they are
// written.
func foldCertificate(name string) string {
	name = strings.ToLower(name)
	if digits, ok := strings.CutPrefix(name, "sha256:"); ok {
		return "sha256:" + strings.ReplaceAll(digits, ":", "")
	}
	return name
}

// verify asks the DNS whether a client that is nothing else is a verified sender.
// It may have to wait for the signature: then the domain that SPF proves is
// empty.
func (s *session) verify(from string) (grants []grant, spfDomain string, err error) {
	o := &s.server.o
	for i := range o.Senders {
		of := &o.Senders[i]
		if !sender.Matches(of.Verified, from) || len(of.From) > 0 && !allowed(of.From, from) {
			continue
		}
		g := grant{Sender: of, account: of.Name + "/"}
		if !of.Together {
			g.account += "mail:" + strings.ToLower(from)
		}
		grants = append(grants, g)
	}
	if len(grants) == 0 {
		return nil, "", nil
	}
	switch o.Verify.SPF(s.server.ctx, s.client, s.conn.Hostname(), from) {
	case sender.Fail: // RFC 7372 3.2
		return nil, "", reply(550, "5.7.23", "The SPF record of <%s> does not name %s: send by the mail server of your domain", from, s.client)
	case sender.TempError:
		return nil, "", reply(451, "4.7.24", "The SPF record of <%s> cannot be had now, try again later", from)
	case sender.Pass:
		spfDomain = from[strings.LastIndexByte(from, '@')+1:]
	}
	return grants, spfDomain, nil
}

// checkAuthor proves the author of a mail whose client is nobody else.
func (t *transaction) checkAuthor(message []byte) error {
	if !t.unproved {
		return nil
	}
	ctx, cancel := context.WithTimeout(t.server.ctx, time.Minute)
	defer cancel()
	author, err := t.server.o.Verify.Author(ctx, message, t.spfDomain)
	var unproved *sender.Unproved
	switch {
	case errors.As(err, &unproved) && unproved.Temporary:
		return reply(451, mailbridge.Status("4."+unproved.Status), "The mail is not taken yet: %v", err)
	case errors.As(err, &unproved):
		return reply(550, mailbridge.Status("5."+unproved.Status), "The mail is not taken: %v", err)
	case err != nil:
		return reply(451, mailbridge.S4_3_0System, "The sender cannot be verified now, try again later")
	}
	if !slices.ContainsFunc(t.grants, func(g grant) bool { return sender.Matches(g.Verified, author.Address) }) {
		return reply(550, mailbridge.S5_7_1Refused, "<%s>, the From of the mail, may not send faxes here", author.Address)
	}
	if author.By == "DKIM" { // it may have been written to others, and handed in again
		for _, r := range t.recipients {
			if !slices.ContainsFunc(author.Addressed, func(a string) bool { return strings.EqualFold(a, r.Address) }) {
				return reply(550, "5.7.22", "The signed To and Cc do not name <%s>", r.Address)
			}
		}
	}
	t.server.log.Info("sender verified", "client", t.client.String(), "from", author.Address, "by", author.By)
	return nil
}

// permit keeps of the grants those that allow all destinations of a recipient.
func (t *transaction) permit(to string, destinations []mailbridge.Destination) error {
	local := to[:strings.LastIndexByte(to, '@')]
	may := func(grants []grant) []grant {
		return slices.DeleteFunc(slices.Clone(grants), func(g grant) bool {
			return g.Allows != nil && slices.ContainsFunc(destinations, func(d mailbridge.Destination) bool { return !g.Allows(local, d) })
		})
	}
	kept := may(t.grants)
	switch {
	case len(kept) > 0:
		t.grants = kept
		return nil
	case len(may(t.first)) > 0:
		return reply(452, "4.5.3", "<%s> cannot share a mail with the recipients before: send it in another", to)
	}
	return reply(550, mailbridge.S5_7_1Refused, "You may not send faxes to <%s>: the administrator's sender block does not allow that number or name", to)
}

var _ smtp.Session = (*session)(nil)
