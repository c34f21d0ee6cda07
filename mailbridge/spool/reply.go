package spool

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// What comes back about the mails with received faxes. Each mail has a key, which
// stands in its return path.

// newReplyKey makes one that nobody can guess, of letters and digits whose case does
// not matter.
func newReplyKey() string { return strings.ToLower(rand.Text()) }

// delivery is a mail, by its key.
type delivery struct {
	received, mailbox string
	n                 int
}

func deliveryOf(ctx context.Context, q querier, key string) (*delivery, error) {
	if key == "" {
		return nil, ErrNotFound
	}
	return one(ctx, q, func(rs rows) (*delivery, error) {
		d := &delivery{}
		return d, rs.Scan(&d.received, &d.n, &d.mailbox)
	}, `SELECT received, n, mailbox FROM fax_delivery WHERE reply_key = $1`, strings.ToLower(key))
}

// KnowsReplyKey tells whether a key is that of a mail of ours (ErrNotFound).
func (s *Spool) KnowsReplyKey(ctx context.Context, key string) error {
	_, err := deliveryOf(ctx, s.db.read(), key)
	return err
}

// Reply writes down what came back about the mail with a key. When it returns without
// an error that is on disk. A fax whose mail is lost goes to the postmaster, once for
// each mailbox; what comes twice changes nothing.
func (s *Spool) Reply(ctx context.Context, key string, replies []mailbridge.Reply) error {
	err := s.update(ctx, func(ctx context.Context, t tx) error {
		d, err := deliveryOf(ctx, t, key)
		if err != nil {
			return err
		}
		for _, r := range replies {
			if err := s.reply(ctx, t, d, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("spool: writing a reply down: %w", err)
	}
	return nil
}

func (s *Spool) reply(ctx context.Context, t tx, d *delivery, r mailbridge.Reply) error {
	mailbox := d.of(r.Recipient)
	if err := s.remember(ctx, t, mailbox, r.Features); err != nil {
		return err
	}
	isNew, err := t.exec(ctx, `INSERT INTO fax_reply (received, n, recipient, kind, at, status, said)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		d.received, d.n, mailbox, r.Kind, micros(s.now()), r.Status, r.Said)
	if err != nil || isNew == 0 {
		return err
	}
	log := s.opts.Logger.With("job", d.received, "mailbox", mailbox, "reply", r.Kind, "status", r.Status, "said", r.Said)
	what := fmt.Sprintf("mail to <%s>: %s", mailbox, r.Kind)
	if r.Recipient != "" && !strings.EqualFold(r.Recipient, mailbox) {
		what += " at <" + r.Recipient + ">"
	}
	if err := s.note(ctx, t, d.received, "%s", strings.TrimSpace(what+" "+string(r.Status)+" "+r.Said)); err != nil {
		return err
	}
	if !r.Lost() {
		log.Info("a reply to a mail came")
		return nil
	}
	log.Warn("a mail did not arrive, says a reply")
	return s.takeBack(ctx, t, d, mailbox, r.Said)
}

// of finds to which of the mailboxes of one mail an address belongs. A mail to one only
// may have been passed on to another address.
func (d *delivery) of(recipient string) string {
	var all []string
	for m := range strings.SplitSeq(d.mailbox, ",") {
		if m = strings.TrimSpace(m); strings.EqualFold(m, recipient) {
			return m
		}
		all = append(all, m)
	}
	if len(all) == 1 || recipient == "" {
		return d.mailbox
	}
	return recipient
}

// takeBack makes of a delivery one that failed after all.
func (s *Spool) takeBack(ctx context.Context, t tx, d *delivery, mailbox, why string) error {
	before, err := one(ctx, t, column[int], `SELECT count(*) FROM fax_delivery WHERE received = $1 AND returned = $2`, d.received, mailbox)
	if err != nil || before > 0 {
		return err
	}
	_, err = t.exec(ctx, `UPDATE fax_delivery SET state = $3, error = $4 WHERE received = $1 AND n = $2`, d.received, d.n, Failed, why)
	if err != nil {
		return err
	}
	pages, err := one(ctx, t, column[int], `SELECT count(*) FROM fax_page WHERE owner = $1`, d.received)
	if err != nil {
		return err
	}
	if pages == 0 {
		s.opts.Logger.Error("a fax whose mail came back is not kept any more", "job", d.received, "mailbox", mailbox)
		if err := s.note(ctx, t, d.received, "cannot be returned to the postmaster: its pages are not kept any more"); err != nil {
			return err
		}
		return endReceived(ctx, t, d.received)
	}
	if _, err := t.exec(ctx, `UPDATE fax_received SET state = $2, ended = 0 WHERE id = $1`, d.received, Queued); err != nil {
		return err
	}
	if err := s.returnFax(ctx, t, d.received, mailbox, why); err != nil {
		return err
	}
	return endReceived(ctx, t, d.received) // unless the postmaster gets it
}

// remember keeps what a mailbox says that it takes: the next fax can be of that.
func (s *Spool) remember(ctx context.Context, t tx, mailbox, features string) error {
	if features == "" || strings.Contains(mailbox, ",") {
		return nil
	}
	_, err := t.exec(ctx, `INSERT INTO fax_features (mailbox, features, at) VALUES ($1, $2, $3)
		ON CONFLICT (mailbox) DO UPDATE SET features = excluded.features, at = excluded.at`,
		strings.ToLower(mailbox), features, micros(s.now()))
	return err
}

// getFeatures gives what a mailbox takes, "" if it has not said so.
func getFeatures(ctx context.Context, q querier, mailbox string) (string, error) {
	features, err := one(ctx, q, column[string], `SELECT features FROM fax_features WHERE mailbox = $1`, strings.ToLower(mailbox))
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return features, err
}

func getReplies(ctx context.Context, q querier, received string, n int) ([]DeliveryReply, error) {
	return all(ctx, q, func(rs rows) (r DeliveryReply, err error) {
		var at int64
		err = rs.Scan(&at, &r.Recipient, &r.Kind, &r.Status, &r.Said)
		r.Time = fromMicros(at)
		return r, err
	}, `SELECT at, recipient, kind, status, said FROM fax_reply WHERE received = $1 AND n = $2 ORDER BY at`, received, n)
}
