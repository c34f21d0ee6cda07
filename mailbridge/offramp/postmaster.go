package offramp

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// isPostmaster tells whether an address is the one that every domain with a mail server
// has (RFC 5321 4.5.1), and somebody reads it.
func (s *Server) isPostmaster(to string) bool {
	local, domain, ok := strings.Cut(to, "@")
	if s.o.Postmaster == nil || !ok || !strings.EqualFold(local, "postmaster") || s.o.Aliases["postmaster"] != nil {
		return false
	}
	for _, d := range s.o.Domains {
		if strings.EqualFold(d, strings.TrimSuffix(domain, ".")) {
			return true
		}
	}
	return false
}

// rcptPostmaster takes that recipient.
func (t *transaction) rcptPostmaster(to string) error {
	if len(t.recipients) > 0 || len(t.replyKeys) > 0 {
		return reply(452, "4.5.3", "<%s> cannot share a mail with others: send it in another", to)
	}
	t.postmaster = true
	return nil
}

// toPostmaster is DATA of a mail to the postmaster: 250 is said when his mail server has
// said it.
func (t *transaction) toPostmaster(r io.Reader) error {
	message, release, err := t.server.read(r)
	defer release()
	if err != nil {
		return t.readError(err)
	}
	header, _ := imf.Split(message)
	if n := header.Count("Received"); n > t.server.o.Limits.Hops {
		return reply(554, "5.4.6", "The mail runs in a loop: it has passed %d servers", n)
	}
	ctx, cancel := context.WithTimeout(t.server.ctx, t.server.o.Limits.Accept)
	defer cancel()
	err = t.server.o.Postmaster(ctx, t.from, append(t.received(), message...))
	var permanent *mailbridge.PermanentError
	switch {
	case errors.As(err, &permanent):
		return reply(554, permanent.Status, "The postmaster's mail server refuses it: %v", err)
	case err != nil:
		return reply(451, "4.4.1", "The postmaster's mail server does not take it now, try again later")
	}
	t.server.log.Info("mail went on to the postmaster", "client", t.client.String(), "from", t.from, "octets", len(message))
	return reply(250, mailbridge.S2_0_0Delivered, "passed on to the postmaster")
}
