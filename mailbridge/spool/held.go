package spool

import (
	"context"
	"fmt"
)

// Received faxes that are held: those whose call broke off, where the configuration
// wants somebody to look at them first.

// releaseReceived sends a fax that is held to its mailboxes. One that is not held is
// on its way already.
func (s *Spool) releaseReceived(ctx context.Context, id string) error {
	return s.controlReceived(ctx, id, "released", func(ctx context.Context, t tx, r *ReceivedRecord) error {
		if !r.Held {
			return nil
		}
		if _, err := t.exec(ctx, `UPDATE fax_received SET held = 0 WHERE id = $1`, id); err != nil {
			return err
		}
		return s.queueMails(ctx, t, r)
	})
}

// discard ends a fax that is held. Its pages stay for Options.Keep.
func (s *Spool) discard(ctx context.Context, id, by string) error {
	return s.controlReceived(ctx, id, "discarded by "+by, func(ctx context.Context, t tx, r *ReceivedRecord) error {
		if !r.Held {
			return fmt.Errorf("%w, or on its way to its mailboxes", ErrEnded)
		}
		_, err := t.exec(ctx, `UPDATE fax_received SET held = 0, state = $2, ended = $3 WHERE id = $1`, id, Failed, micros(s.now()))
		return err
	})
}

// controlReceived changes a received fax that is not done.
func (s *Spool) controlReceived(ctx context.Context, id, what string, f func(context.Context, tx, *ReceivedRecord) error) error {
	err := s.update(ctx, func(ctx context.Context, t tx) error {
		r, err := getReceived(ctx, t, id)
		if err != nil {
			return err
		}
		if r.State != Queued {
			return ErrEnded
		}
		if err := f(ctx, t, r); err != nil {
			return err
		}
		return s.note(ctx, t, id, "%s", what)
	})
	if err != nil {
		return fmt.Errorf("spool: fax %s is not %s: %w", id, what, err)
	}
	s.opts.Logger.Info("the fax is "+what, "job", id)
	return nil
}
