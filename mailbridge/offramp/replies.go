package offramp

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// Replies takes what comes back about our own mail with received faxes: bounces,
// delivery reports, read receipts.
type Replies interface {
	// Known tells whether a mail of ours has that key; ErrNoSuchMail if none has.
	Known(ctx context.Context, key string) error
	// Take stores a reply durably; returnPath is its own. ErrNotReply says that it is
	// mail of another kind.
	Take(ctx context.Context, key, returnPath string, message []byte) error
}

// What Replies say.
var (
	ErrNoSuchMail = errors.New("no mail of ours is known by that")
	ErrNotReply   = errors.New("it is neither a bounce nor a receipt")
)

// replyPrefix begins the local part of the addresses that replies come to.
const replyPrefix = "fax-reply-"

// ReplyAddress is where replies to the mail with a key come to.
func ReplyAddress(key, domain string) string {
	return replyPrefix + strings.ToLower(key) + "@" + domain
}

// replyKey gives the key in such an address.
func (s *Server) replyKey(to string) (key string, ok bool) {
	at := strings.LastIndexByte(to, '@')
	if s.o.Replies == nil || at < 0 || !strings.EqualFold(strings.TrimSuffix(to[at+1:], "."), s.o.ReplyDomain) {
		return "", false
	}
	return strings.CutPrefix(strings.ToLower(to[:at]), replyPrefix)
}

// rcptReply takes a recipient who is a mail of ours. Whoever knows its key may answer:
// that is any mail server on the way to the mailbox.
func (t *transaction) rcptReply(to, key string) error {
	if len(t.recipients) > 0 || t.postmaster {
		return reply(452, "4.5.3", "<%s> cannot share a mail with faxes: send it in another", to)
	}
	ctx, cancel := context.WithTimeout(t.server.ctx, t.server.o.Limits.Accept)
	defer cancel()
	err := t.server.o.Replies.Known(ctx, key)
	switch {
	case errors.Is(err, ErrNoSuchMail):
		t.server.log.Info("recipient refused", "client", t.client.String(), "from", t.from, "to", to, "reason", err.Error())
		return reply(550, mailbridge.S5_1_1NoSuchNumber, "<%s>: %v", to, err)
	case err != nil:
		return reply(451, mailbridge.S4_3_0System, "<%s> cannot be looked up now, try again later", to)
	case len(t.replyKeys) >= t.server.o.Limits.Recipients:
		return reply(452, "4.5.3", "Too many recipients: send the rest in another mail")
	}
	t.replyKeys = append(t.replyKeys, key)
	return nil
}

// takeReply is DATA of such a mail.
func (t *transaction) takeReply(r io.Reader) error {
	message, release, err := t.server.read(r)
	defer release()
	if err != nil {
		return t.readError(err)
	}
	ctx, cancel := context.WithTimeout(t.server.ctx, t.server.o.Limits.Accept)
	defer cancel()
	for _, key := range t.replyKeys {
		err := t.server.o.Replies.Take(ctx, key, t.from, message)
		switch {
		case errors.Is(err, ErrNotReply):
			t.server.log.Info("mail refused", "client", t.client.String(), "from", t.from, "reason", err.Error())
			return reply(550, mailbridge.S5_7_1Refused, "Nobody reads mail to this address: it takes delivery reports and read receipts of faxes")
		case err != nil:
			t.server.log.Error("a reply could not be stored", "client", t.client.String(), "from", t.from, "error", err)
			return reply(451, mailbridge.S4_3_0System, "The mail could not be stored, try again later")
		}
	}
	return reply(250, mailbridge.S2_0_0Delivered, "noted")
}
