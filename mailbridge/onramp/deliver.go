package onramp

import (
	"context"
	"errors"
	"net/mail"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Deliver sends a received fax to one mailbox, or to several with commas between
// as one message. One of them that is refused does not keep it from the others:
// then each gets its own. It is safe to repeat.
func (g *Gateway) Deliver(ctx context.Context, r *mailbridge.Received, pages []*t4.Page, mailbox string) error {
	err := g.deliver(ctx, r, pages, mailbox)
	to := mailboxes(mailbox)
	var permanent *mailbridge.PermanentError
	if len(to) < 2 || !errors.As(err, &permanent) {
		return err
	}
	var wrong []error
	for _, one := range to {
		err := g.deliver(ctx, r, pages, one)
		if err != nil && !errors.As(err, &permanent) {
			return err // tried again, for all: twice is better than never
		}
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// mailboxes are those of one message.
func mailboxes(list string) []string {
	addresses, err := mail.ParseAddressList(list)
	if err != nil || len(addresses) < 2 {
		return []string{list}
	}
	var to []string
	for _, a := range addresses {
		to = append(to, a.Address)
	}
	return to
}
