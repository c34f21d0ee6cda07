package offramp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// maxAddress is the longest address that is taken. RFC 5321 4.5.3.1 asks for
// 256 octets; fax addresses with all their qualifiers (RFC 2846) can be longer.
const maxAddress = 500

// session is one client's connection.
type session struct {
	server *Server
	conn   *smtp.Conn
	limits *conn // nil under a test's own listener
	client netip.Addr
	local  bool   // over a socket of this machine's files
	user   string // who said a password; "" if nobody
	tries  int    // of passwords

	mu sync.Mutex
	tx *transaction // guarded by mu: BDAT runs Data beside the commands
}

// transaction is one mail from MAIL to its end.
type transaction struct {
	*session
	begun      bool // MAIL was taken
	from       string
	envelopeID string
	full, utf8 bool
	binary     bool // BODY=BINARYMIME
	recipients []mailbridge.Recipient
	replyKeys  []string // of our mails, if it is a reply; then nobody else gets it
	postmaster bool     // it is for him alone
	stranger   error    // why the client may send nothing but a reply; nil: it may

	first, grants []grant // what the client is, and of that what allows all recipients
	unproved      bool    // the author is to be proved after DATA
	spfDomain     string  // that SPF has proved, "" if none
}

func newSession(s *Server, c *smtp.Conn) *session {
	ss := &session{server: s, conn: c, client: addrOf(c.Conn()), local: isLocal(c.Conn())}
	ss.tx = &transaction{session: ss}
	ss.limits, _ = c.Conn().(*conn)
	if t, ok := c.Conn().(*tls.Conn); ok {
		ss.limits, _ = t.NetConn().(*conn)
	}
	return ss
}

func (s *session) Reset() {
	if s.limits != nil {
		s.limits.finish()
	}
	s.begin(&transaction{session: s})
}

func (s *session) begin(t *transaction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tx = t
}

func (s *session) current() *transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tx
}

func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, opts *smtp.MailOptions) error {
	if len(from) > maxAddress || len(opts.EnvelopeID) > maxAddress {
		return reply(553, S5_1_3BadNumber, "The sender or its ENVID is longer than %d characters", maxAddress)
	}
	if s.current().begun {
		return reply(503, "5.5.1", "A mail has begun already: say RSET first") // RFC 5321 4.1.4
	}
	t := &transaction{
		session: s, begun: true, from: from, envelopeID: opts.EnvelopeID,
		full: opts.Return == smtp.DSNReturnFull, utf8: opts.UTF8, binary: opts.Body == smtp.BodyBinaryMIME,
	}
	t.grants = s.identify(from)
	var err error
	if len(t.grants) == 0 && s.server.o.Verify != nil {
		t.unproved = true
		t.grants, t.spfDomain, err = s.verify(from)
	}
	if err == nil && len(t.grants) == 0 {
		err = s.refusal(from)
	}
	if err != nil && from == "" && s.server.o.Replies != nil {
		t.stranger, err = err, nil
	}
	if err != nil {
		s.server.log.Warn("mail refused", "client", s.client.String(), "from", from, "reason", err.Error())
		return err
	}
	if s.limits != nil && t.stranger == nil {
		s.limits.promote(s.server.o.Limits.Idle)
	}
	t.first = t.grants
	s.begin(t)
	return nil
}

// refusal says what a client lacks that may not send.
func (s *session) refusal(from string) error {
	if s.user != "" || s.local || s.server.isAllowed(s.client) {
		return refuseSender(from)
	}
	return refuseClient(s.client.String())
}

func (s *session) Rcpt(to string, opts *smtp.RcptOptions) error {
	t := s.current()
	if len(to) > maxAddress || len(opts.OriginalRecipient) > maxAddress {
		return reply(553, S5_1_3BadNumber, "The recipient or its ORCPT is longer than %d characters", maxAddress)
	}
	if key, is := s.server.replyKey(to); is {
		return t.rcptReply(to, key)
	}
	switch {
	case t.stranger != nil:
		return t.stranger
	case t.server.isPostmaster(to):
		return t.rcptPostmaster(to)
	case len(t.replyKeys) > 0, t.postmaster:
		return reply(452, "4.5.3", "<%s> cannot share a mail with the recipients before: send it in another", to)
	}
	destinations, err := s.server.resolve(to)
	if err != nil {
		s.server.log.Info("recipient refused", "client", s.client.String(), "from", t.from, "to", to, "reason", err.Error())
		return err
	}
	if len(t.recipients)+len(destinations) > s.server.o.Limits.Recipients {
		return reply(452, "4.5.3", "<%s> would make more than %d faxes of one mail: send the rest in another", to, s.server.o.Limits.Recipients)
	}
	if err := t.mayCall(to, destinations); err != nil {
		s.server.log.Info("recipient refused", "client", s.client.String(), "from", t.from, "to", to, "reason", err.Error())
		return err
	}
	r := mailbridge.Recipient{Address: to, Notify: notify(opts.Notify)}
	if opts.OriginalRecipient != "" {
		r.OriginalRcpt = strings.ToLower(string(opts.OriginalRecipientType)) + ";" + opts.OriginalRecipient
	}
	for _, d := range destinations {
		r.Destination = d
		if len(destinations) > 1 {
			r.Address = memberAddress(to, d)
		}
		if !t.has(r) {
			t.recipients = append(t.recipients, r)
		}
	}
	return nil
}

// memberAddress is the address of one fax of a group. Each ends for itself, and its
// report must say which it was: that is the Final-Recipient after an expansion (RFC
// 3464 2.3.2).
func memberAddress(group string, d mailbridge.Destination) string {
	local := "FAX=" + d.Number
	if d.Subaddress != "" {
		local += "/T33S=" + d.Subaddress // RFC 3192
	}
	return local + group[strings.LastIndexByte(group, '@'):]
}

// mayCall tells whether the sender may call there, and as often.
func (t *transaction) mayCall(to string, destinations []mailbridge.Destination) error {
	if err := t.permit(to, destinations); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.server.ctx, t.server.o.Limits.Accept)
	defer cancel()
	return t.server.within(ctx, t.grants[0], len(t.recipients)+len(destinations))
}

// has tells whether the same RCPT was given before: one fax is enough.
func (t *transaction) has(r mailbridge.Recipient) bool {
	for _, old := range t.recipients {
		if strings.EqualFold(old.Address, r.Address) && old.Destination == r.Destination {
			return true
		}
	}
	return false
}

func notify(wanted []smtp.DSNNotify) mailbridge.Notify {
	var n mailbridge.Notify
	for _, w := range wanted {
		switch w {
		case smtp.DSNNotifySuccess:
			n |= mailbridge.NotifySuccess
		case smtp.DSNNotifyFailure:
			n |= mailbridge.NotifyFailure
		case smtp.DSNNotifyDelayed:
			n |= mailbridge.NotifyDelay
		case smtp.DSNNotifyNever:
			n |= mailbridge.NotifyNever
		}
	}
	return n
}

// resolve finds whom an address means.
func (s *Server) resolve(to string) ([]mailbridge.Destination, error) {
	at := strings.LastIndexByte(to, '@')
	if at < 0 {
		return nil, refuseDomain(to, s.o.Domains)
	}
	local, domain := to[:at], strings.ToLower(strings.TrimSuffix(to[at+1:], "."))
	ours := false
	for _, d := range s.o.Domains {
		ours = ours || strings.EqualFold(d, domain)
	}
	if !ours {
		return nil, refuseDomain(to, s.o.Domains)
	}
	if d, ok := s.o.Aliases[strings.ToLower(local)]; ok && len(d) > 0 {
		return d, nil
	}
	if s.o.Resolve == nil {
		return nil, refuseUnknown(to)
	}
	d, err := s.o.Resolve(local, domain)
	if err != nil {
		return nil, refuseResolve(to, local, err)
	}
	if len(d) == 0 {
		return nil, refuseUnknown(to)
	}
	return d, nil
}

// Data takes the message. What it returns is the reply, 250 included: only so
// can it name the id.
func (s *session) Data(r io.Reader) error {
	t := s.current()
	if s.limits != nil {
		s.limits.begin(&s.server.o.Limits)
	}
	switch {
	case len(t.replyKeys) > 0:
		return t.takeReply(r)
	case t.postmaster:
		return t.toPostmaster(r)
	}
	message, release, err := s.server.read(r)
	defer release()
	if err != nil {
		return s.readError(err)
	}
	sub, err := t.submission(message)
	if err != nil {
		s.server.log.Info("mail refused", "client", s.client.String(), "from", t.from, "reason", err.Error())
		return err
	}
	id, err := t.accept(sub)
	if refusal := (*smtp.SMTPError)(nil); errors.As(err, &refusal) {
		return refusal
	}
	if err != nil {
		s.server.log.Error("mail could not be stored", "client", s.client.String(), "from", t.from, "error", err)
		if errors.Is(err, mailbridge.ErrFull) {
			return reply(452, "4.3.1", "There is no room left to store the mail, try again later")
		}
		return reply(451, "4.3.0", "The mail could not be stored, try again later")
	}
	s.server.log.Info("mail accepted", "submission", id, "client", s.client.String(), "from", t.from,
		"recipients", len(t.recipients), "octets", len(message))
	return reply(250, mailbridge.S2_0_0Delivered, "queued as %s", id)
}

// accept stores a submission. Where faxes are counted, those of one account go in
// one after the other.
func (t *transaction) accept(sub *mailbridge.Submission) (id string, err error) {
	ctx, cancel := context.WithTimeout(t.server.ctx, t.server.o.Limits.Accept)
	defer cancel()
	g := t.grants[0]
	sub.Account = g.account
	if g.Limits != (SenderLimits{}) {
		defer t.server.accounts.lock(g.account)()
		if err := t.server.within(ctx, g, len(t.recipients)); err != nil {
			return "", err
		}
	}
	return t.server.o.Accept(ctx, *sub)
}

func (s *session) readError(err error) error {
	switch {
	case errors.Is(err, smtp.ErrDataTooLarge):
		return reply(552, "5.3.4", "The mail is larger than %d octets, the limit here", s.server.o.Limits.MessageSize)
	case errors.Is(err, smtp.ErrTooLongLine):
		return reply(554, "5.6.0", "The mail has a line of more than %d octets", maxLine)
	case errors.Is(err, errMemory):
		return reply(451, "4.3.1", "Too many large mails come in at once, try again later")
	}
	return reply(451, "4.4.2", "The mail did not come whole: %v", err)
}

// submission checks a message and makes what is stored of it.
func (t *transaction) submission(message []byte) (*mailbridge.Submission, error) {
	original := message
	var err error
	if t.binary {
		message, err = textual(message)
	}
	if err == nil {
		message, err = normalize(message)
	}
	if err != nil {
		return nil, reply(554, "5.6.0", "The mail is not taken: %v", err)
	}
	if err := t.checkAuthor(original); err != nil {
		return nil, err
	}
	header, _ := imf.Split(message)
	if n := header.Count("Received"); n > t.server.o.Limits.Hops {
		return nil, reply(554, "5.4.6", "The mail runs in a loop: it has passed %d servers", n)
	}
	if err := t.server.checkParts(message); err != nil {
		return nil, err
	}
	wishes, err := t.server.wishes(message, t.server.o.Now())
	if err != nil {
		return nil, reply(554, "5.6.0", "The mail is not taken: %v", err)
	}
	sender, zone := author(header, t.from)
	for i := range t.recipients {
		t.recipients[i].Sender, t.recipients[i].Zone, t.recipients[i].Wishes = sender, zone, wishes
		// A program that wrote by itself asked for no confirmation (RFC 3834 2).
		if t.recipients[i].Notify == 0 && isAutomatic(header) {
			t.recipients[i].Notify = mailbridge.NotifyFailure
		}
	}
	return &mailbridge.Submission{
		ReturnPath: t.from,
		EnvelopeID: t.envelopeID,
		ReturnFull: t.full,
		Receipt:    wantsReceipt(header, t.from),
		Client:     fmt.Sprintf("%s (%s)", t.client, t.helo()),
		Received:   t.server.o.Now(),
		Recipients: t.recipients,
		Message:    append(t.received(), message...),
	}, nil
}

func isAutomatic(h imf.Header) bool {
	v, _, _ := strings.Cut(h.Get("Auto-Submitted"), ";")
	v = strings.TrimSpace(v)
	return v != "" && !strings.EqualFold(v, "no")
}

// checkParts refuses a mail that cannot be faxed, or not whole, before it is
// accepted: the sender learns it at once and from his own mail server.
func (s *Server) checkParts(message []byte) error {
	c, err := Read(message, s.o.Limits.Parts)
	switch {
	case err != nil:
		return reply(554, "5.6.0", "The mail cannot be read: %v", err)
	case len(c.Parts) == 0 && len(c.Unusable) == 0:
		return reply(554, mailbridge.S5_6_1Unusable, "The mail is empty: there is nothing to fax")
	case len(c.Parts) == 0, len(c.Unusable) > 0 && !s.o.IgnoreUnusable:
		return reply(554, mailbridge.S5_6_1Unusable, "%s cannot be faxed; what can be: %s",
			strings.Join(c.Unusable, ", "), s.o.UsableNames)
	}
	return nil
}
