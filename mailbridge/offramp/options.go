package offramp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/sender"
)

// Options says who may fax what to whom. Domains and Accept must be set.
type Options struct {
	// Listen is the address to listen at, "host:port". Default
	// "127.0.0.1:2525".
	Listen string
	// LMTP is where a mail server of this machine may hand mail in by LMTP:
	// "unix:" and a path, whose permissions say who, or "host:port". Default:
	// nowhere.
	LMTP string
	// Hostname is our name in the greeting and in Received. Default: the first
	// of Domains.
	Hostname string
	// Domains are those whose mail is for us. A literal such as "[192.0.2.1]"
	// is a domain too.
	Domains []string
	// AllowedClients are the networks that may hand mail in. Empty: nobody.
	AllowedClients []netip.Prefix
	// AllowedSenders narrows whose mail is taken from these: addresses,
	// "*@domain", or "<>" for the null path. Empty: everybody's.
	AllowedSenders []string

	// Aliases are names (in lower case) that stand for one or several fax
	// numbers. They go before Resolve.
	Aliases map[string][]mailbridge.Destination
	// Resolve finds whom to call for an address that is no alias. local comes
	// without quotes; domain is one of Domains, in lower case. A
	// *mailbridge.PermanentError refuses the recipient with its status and its
	// sentence (5.1.1 unknown, 5.1.3 bad number, 5.7.1 not allowed), so does an
	// *address.SyntaxError; any other error asks the client to try later. nil:
	// only aliases are taken.
	Resolve func(local, domain string) ([]mailbridge.Destination, error)

	// Usable tells which media types can become pages. Default text/plain and
	// image/tiff. UsableNames lists them in words, for refusals.
	Usable      func(mediaType string) bool
	UsableNames string
	// IgnoreUnusable takes a mail although some part of it cannot become
	// pages, and faxes the rest. Otherwise such a mail is refused: a fax that
	// lacks its attachment is worse than none.
	IgnoreUnusable bool

	// Covers are the cover pages that a sender may name; nil: any name is taken.
	Covers []string
	// MaxAttempts is how many calls of a fax are made at most: a sender may want
	// fewer. 0: 21.
	MaxAttempts int

	// Accept stores a submission durably and gives its id. ctx ends with
	// Limits.Accept or with the server.
	Accept func(ctx context.Context, s mailbridge.Submission) (id string, err error)

	// Replies takes the answers to our own mail, which come to ReplyAddress in
	// ReplyDomain; nil: there is no such address.
	Replies     Replies
	ReplyDomain string

	// Postmaster passes mail to postmaster@ one of Domains on to whoever that is; a
	// *mailbridge.PermanentError refuses it for good. nil: there is no such address.
	Postmaster func(ctx context.Context, returnPath string, message []byte) error

	// TLS offers STARTTLS if it is set.
	TLS *tls.Config
	// Users may hand mail in from anywhere when they say their password, which is
	// taken over TLS only: AUTH PLAIN (RFC 4954, RFC 4616). AllowedSenders holds
	// for them, too.
	Users map[string]string

	// Senders are those who may fax some things only, or so many. ClientCAs sign
	// the certificates by whose names some are known. Verify proves the others; nil:
	// nobody's mail is taken for his address. Usage counts the faxes and their
	// pages that an account had since then; an account that ends with a slash
	// is all those that begin with it.
	Senders   []Sender
	ClientCAs *x509.CertPool
	Verify    *sender.Checker
	Usage     func(ctx context.Context, account string, since time.Time) (jobs, pages int, err error)

	Limits Limits
	Logger *slog.Logger
	// Now is the clock of the stored messages; default time.Now.
	Now func() time.Time
}

// Limits bound what a client can cost. Zero fields have defaults.
type Limits struct {
	MessageSize int64         // octets; default 25 MiB
	Recipients  int           // RCPTs of a mail, and jobs that they make; default 100
	Hops        int           // Received fields before a loop is assumed; default 50
	Connections int           // of allowed clients at once; default 100
	Strangers   int           // connections of all others at once; default 10
	PerClient   int           // connections of one address at once; default Connections
	Idle        time.Duration // silence of a client; default 5 min (RFC 5321 4.5.3.2.7)
	Transfer    time.Duration // one message from DATA to its end; default 30 min
	Accept      time.Duration // storing one message; default 1 min
	Parts       PartLimits
}

func (o *Options) withDefaults() {
	setDefault(&o.Listen, "127.0.0.1:2525")
	if len(o.Domains) > 0 {
		setDefault(&o.Hostname, strings.Trim(o.Domains[0], "[]"))
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Usable == nil {
		o.Usable = usableByDefault
		setDefault(&o.UsableNames, "text (text/plain) and TIFF-F (image/tiff)")
	}
	l := &o.Limits
	setDefault(&l.MessageSize, 25<<20)
	setDefault(&l.Recipients, 100)
	setDefault(&l.Hops, 50)
	setDefault(&l.Connections, 100)
	setDefault(&l.Strangers, 10)
	setDefault(&l.PerClient, l.Connections)
	setDefault(&l.Idle, 5*time.Minute)
	setDefault(&l.Transfer, 30*time.Minute)
	setDefault(&l.Accept, time.Minute)
	l.Parts.Usable = o.Usable
	l.Parts.withDefaults()
}

func setDefault[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

func (o *Options) validate() error {
	if len(o.Domains) == 0 {
		return errors.New("offramp: no domain is given whose mail would be taken")
	}
	if o.Accept == nil {
		return errors.New("offramp: Accept is nil: there is nowhere to store mail")
	}
	for name, n := range map[string]int64{
		"MessageSize": o.Limits.MessageSize, "Recipients": int64(o.Limits.Recipients),
		"Hops": int64(o.Limits.Hops), "Connections": int64(o.Limits.Connections),
		"Strangers": int64(o.Limits.Strangers), "PerClient": int64(o.Limits.PerClient), "Idle": int64(o.Limits.Idle),
		"Transfer": int64(o.Limits.Transfer), "Accept": int64(o.Limits.Accept),
	} {
		if n <= 0 {
			return fmt.Errorf("offramp: Limits.%s is %d: it must be greater than 0", name, n)
		}
	}
	return nil
}

// tls asks clients for their certificate if some are known by theirs. Whose it is
// is looked at when they send: a wrong one is no worse than none.
func (o *Options) tls() *tls.Config {
	if o.TLS == nil {
		return nil
	}
	for _, of := range o.Senders {
		if len(of.Certificates) > 0 {
			c := o.TLS.Clone()
			c.ClientAuth = tls.RequestClientCert
			return c
		}
	}
	return o.TLS
}

// usableByDefault are the types that every fax gateway must take (RFC 2305).
func usableByDefault(mediaType string) bool {
	return mediaType == "text/plain" || mediaType == "image/tiff"
}
