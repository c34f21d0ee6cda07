package spool

import (
	"context"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// returnFax queues a received fax for the postmaster, because mail with it could not
// be delivered to a mailbox. What cannot be delivered to the postmaster either is not
// returned again.
func (s *Spool) returnFax(ctx context.Context, t tx, id, mailbox, why string) error {
	to := s.opts.Postmaster
	if to == "" || strings.EqualFold(to, mailbox) {
		return nil
	}
	n, err := one(ctx, t, column[int], `SELECT max(n) + 1 FROM fax_delivery WHERE received = $1`, id)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO fax_delivery (received, n, mailbox, state, created, returned, why)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, id, n, to, Queued, micros(s.now()), mailbox, why)
	if err != nil {
		return err
	}
	if err := s.note(ctx, t, id, "returned to the postmaster <%s>: <%s> cannot be reached", to, mailbox); err != nil {
		return err
	}
	return t.enqueue(ctx, deliverTask{id, n})
}

// getMail gives the key of a delivery, and why it goes to the postmaster; nil for the
// others.
func getMail(ctx context.Context, q querier, m *mailRow) (replyKey string, _ *mailbridge.Returned, err error) {
	r, err := one(ctx, q, func(rs rows) (r mailbridge.Returned, err error) {
		return r, rs.Scan(&replyKey, &r.Mailbox, &r.Why)
	}, `SELECT reply_key, returned, why FROM fax_delivery WHERE received = $1 AND n = $2`, m.id, m.n)
	if err != nil || r.Mailbox == "" {
		return replyKey, nil, err
	}
	return replyKey, &r, nil
}
