package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/smtp"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// Security says whether the connection must be encrypted.
type Security uint8

const (
	// Opportunistic uses STARTTLS if the relay offers it, whatever its
	// certificate says: it hides mail from listeners, not from impostors.
	Opportunistic Security = iota
	// Required refuses to go on without STARTTLS and a certificate that is
	// valid for the relay's name.
	Required
	// None never uses TLS.
	None
)

// Options says where the relay is.
type Options struct {
	Server   string // host:port, port 25 if there is none; "": each domain's own servers (MX)
	Hostname string // our name for EHLO; default the machine's
	Security Security
	TLS      *tls.Config // more settings for TLS, such as private roots; may be nil

	// Username and Password log in by AUTH PLAIN or LOGIN if Username is set.
	// They are sent over TLS only, or to a loopback address.
	Username, Password string

	// DKIM signs mails whose From is in its domain; nil: none is signed.
	DKIM *DKIM

	Connect time.Duration // to make the connection; default 30 s
	Command time.Duration // for each command's reply; default 5 min (RFC 5321 4.5.3.2)
	Data    time.Duration // to send a message; default 30 min. Its reply has 10 min
	Logger  *slog.Logger

	// Resolver finds the servers of a domain; default the system's.
	Resolver Resolver
	// Dial makes connections; default net.Dialer, which tries all addresses of a
	// name, IPv6 and IPv4.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Envelope is what is said of a mail before its data.
type Envelope struct {
	From string // "" for the null path
	To   []string

	// What follows is told to relays that offer DSN (RFC 3461) and else left out.
	EnvelopeID string
	Full       bool              // RET=FULL, else HDRS when EnvelopeID or Notify is given
	Notify     mailbridge.Notify // for all of To; 0 says nothing
}

// Relay is one smart host, or the servers that DNS names. Its methods may be called
// at the same time; each Send has its own connections.
type Relay struct {
	o      Options
	silent *silence // shared by all that come of one New
}

// New makes a Relay. It does not connect.
func New(o Options) (*Relay, error) {
	if o.Server == "" && o.Username != "" {
		return nil, errors.New("relay: a user name is for one server, and none is given")
	}
	if _, _, err := net.SplitHostPort(o.Server); err != nil && o.Server != "" {
		o.Server = net.JoinHostPort(strings.Trim(o.Server, "[]"), "25")
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	if o.Hostname == "" {
		o.Hostname, _ = os.Hostname()
	}
	if o.Hostname == "" {
		o.Hostname = "localhost"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	for p, d := range map[*time.Duration]time.Duration{
		&o.Connect: 30 * time.Second, &o.Command: 5 * time.Minute, &o.Data: 30 * time.Minute,
	} {
		if *p <= 0 {
			*p = d
		}
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: o.Connect}).DialContext
	}
	return &Relay{o: o, silent: &silence{until: map[string]time.Time{}}}, nil
}

// Send hands over one mail. If the relay takes it for some recipients only, it
// is sent to those and the error is a *PartialError.
func (r *Relay) Send(ctx context.Context, e Envelope, message []byte) error {
	if err := e.validate(); err != nil {
		return err
	}
	message = r.sign(message)
	if r.o.Server == "" {
		return r.direct(ctx, e, message)
	}
	return r.hand(ctx, e, message)
}

// hand does Send at one server.
func (r *Relay) hand(ctx context.Context, e Envelope, message []byte) error {
	s, err := r.open(ctx, r.o.Security)
	if errors.Is(err, errTLS) && r.o.Security == Opportunistic && ctx.Err() == nil {
		// It offers what it cannot do. The mail would have gone in the clear
		// had it not offered, so it may now (RFC 7435 3).
		r.o.Logger.Warn("the mail relay offers STARTTLS and fails at it; the mail is sent in the clear", "relay", r.o.Server, "error", err)
		s, err = r.open(ctx, None)
	}
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.send(e, message); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("the mail was not handed to the relay %s: %w", r.o.Server, context.Cause(ctx))
		}
		return err
	}
	r.o.Logger.Info("mail handed to the relay", "relay", r.o.Server, "from", e.From, "to", strings.Join(e.To, " "), "octets", len(message))
	return nil
}

// validate keeps addresses from breaking out of their command.
func (e Envelope) validate() error {
	if len(e.To) == 0 {
		return &mailbridge.PermanentError{Status: "5.1.3", Err: errors.New("the mail has no recipient")}
	}
	for i, a := range append([]string{e.From}, e.To...) {
		bad := strings.ContainsFunc(a, func(c rune) bool { return c < ' ' || c == 0x7f || c == '<' || c == '>' })
		if bad || i > 0 && a == "" {
			return &mailbridge.PermanentError{Status: "5.1.3", Err: fmt.Errorf("%q is no mail address", a)}
		}
	}
	return nil
}

// open connects and gets ready to send.
func (r *Relay) open(ctx context.Context, security Security) (*session, error) {
	dialling, cancel := context.WithTimeout(ctx, r.o.Connect)
	defer cancel()
	nc, err := r.o.Dial(dialling, "tcp", r.o.Server)
	if err != nil {
		return nil, r.unreachable(err)
	}
	s := &session{relay: r, conn: nc, security: security}
	// Closing the connection ends whatever waits for it.
	s.stop = context.AfterFunc(ctx, func() { nc.Close() })
	if err := s.begin(); err != nil {
		s.close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("the mail relay %s: %w", r.o.Server, err)
	}
	return s, nil
}

func (r *Relay) unreachable(err error) error {
	host, port, _ := net.SplitHostPort(r.o.Server)
	var dns *net.DNSError
	var timeout net.Error
	reason := err.Error()
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		reason = "connection refused: no mail server listens at port " + port
	case errors.As(err, &dns) && dns.IsNotFound:
		reason = "the name " + host + " is not known"
	case errors.Is(err, context.Canceled):
		reason = "given up"
	case errors.As(err, &timeout) && timeout.Timeout():
		reason = "no reply in time"
	}
	return &UnreachableError{Server: r.o.Server, Reason: reason, Err: err}
}

// UnreachableError tells that the relay does not answer. The mail stays queued.
type UnreachableError struct {
	Server, Reason string
	Err            error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the mail relay %s does not answer: %s", e.Server, e.Reason)
}
func (e *UnreachableError) Unwrap() error { return e.Err }

// session is one connection to the relay.
type session struct {
	relay    *Relay
	security Security
	conn     net.Conn
	smtp     *smtp.Client
	tls      bool
	stop     func() bool
}

func (s *session) close() {
	s.stop()
	s.conn.Close()
}

// within gives what comes next a time limit.
func (s *session) within(d time.Duration) { s.conn.SetDeadline(time.Now().Add(d)) }
