package spool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Receive opens a receipt for a fax that is about to come in. r.ID is ignored.
func (s *Spool) Receive(ctx context.Context, r mailbridge.Received) (*Receipt, error) {
	if r.Started.IsZero() {
		r.Started = s.now()
	}
	r.Pages, r.Complete = 0, false
	err := s.update(ctx, func(ctx context.Context, t tx) (err error) {
		r.ID, err = insertNew(idReceived, func(id string) (int64, error) {
			r.ID = id
			record, err := encode(r)
			if err != nil {
				return 0, err
			}
			return t.exec(ctx, `INSERT INTO fax_received (id, node, created, state, number, peer, record)
				VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
				id, *s.node.Load(), micros(r.Started), Receiving, r.Number, r.Caller, record)
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("spool: opening a receipt: %w", err)
	}
	return &Receipt{s: s, id: r.ID}, nil
}

// Receipt is one fax on its way in. If the process dies before Finish, what
// was committed is delivered as an incomplete fax by the next Open.
type Receipt struct {
	s  *Spool
	id string

	mu       sync.Mutex // guards what follows
	pages    int
	finished bool
}

// ID is the short id for people and logs.
func (r *Receipt) ID() string { return r.id }

// Commit stores the next page. When it returns without an error the page is
// on disk: only now may MCF be sent. The end of ctx does not cut it short.
func (r *Receipt) Commit(ctx context.Context, p *t4.Page) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finished {
		return errors.New("spool: a page after the end of its fax")
	}
	if p == nil {
		return errors.New("spool: no page to commit")
	}
	err := r.s.update(ctx, func(ctx context.Context, t tx) error {
		open, err := one(ctx, t, column[int], `SELECT count(*) FROM fax_received WHERE id = $1 AND state = $2`, r.id, Receiving)
		if err == nil && open == 0 {
			err = errTaken // it has been delivered without this page
		}
		if err != nil {
			return err
		}
		return putPage(ctx, t, r.id, r.pages, p)
	})
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	r.pages++
	return nil
}

// CommitPart stores what came of the page in which the call broke: Finish follows,
// with Cut.
func (r *Receipt) CommitPart(ctx context.Context, p *t4.Page) error { return r.Commit(ctx, p) }

// Finish ends the receipt and queues one delivery for each mailbox, in one
// transaction. From f it takes what was not known at first: RemoteID, Ended,
// BadRows, Complete, Outcome, and Mailboxes if there are any. A fax without
// pages only makes history. Another Finish does nothing: one that
// failed is tried again until it succeeds.
func (r *Receipt) Finish(ctx context.Context, f mailbridge.Received) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finished {
		return nil
	}
	err := r.s.update(ctx, func(ctx context.Context, t tx) error {
		return r.s.endReceipt(ctx, t, r.id, f)
	})
	r.finished = true
	if err == nil {
		return nil
	}
	// Its pages were confirmed: they must not wait for the next start.
	r.s.late.Go(func() {
		_ = r.s.insist(r.s.open, func(ctx context.Context, t tx) error { return r.s.endReceipt(ctx, t, r.id, f) })
	})
	return fmt.Errorf("spool: finishing receipt %s, which is tried again: %w", r.id, err)
}

func (s *Spool) endReceipt(ctx context.Context, t tx, id string, f mailbridge.Received) error {
	r, err := getReceived(ctx, t, id)
	if err != nil {
		return err
	}
	if r.State != Receiving {
		return nil
	}
	r.Pages, err = one(ctx, t, column[int], `SELECT count(*) FROM fax_page WHERE owner = $1`, id)
	if err != nil {
		return err
	}
	r.RemoteID, r.Ended, r.BadRows, r.Complete, r.Outcome = f.RemoteID, f.Ended, f.BadRows, f.Complete, f.Outcome
	r.Subaddress, r.Cut = f.Subaddress, f.Cut
	r.HoldPartial = r.HoldPartial || f.HoldPartial
	setDefault(&r.Ended, s.now())
	if len(f.Mailboxes) > 0 {
		r.Mailboxes = f.Mailboxes
	}
	slices.Sort(r.Mailboxes)
	r.Mailboxes = slices.Compact(r.Mailboxes)
	return s.queueDeliveries(ctx, t, r)
}

func (s *Spool) queueDeliveries(ctx context.Context, t tx, r *ReceivedRecord) error {
	state, held := Queued, 0
	switch {
	case r.Pages == 0:
		state = NoPages
	case len(r.Mailboxes) == 0:
		state = Failed
		s.opts.Logger.Error("a received fax has no mailbox to go to; its pages stay in the spool", "job", r.ID, "number", r.Number)
	case r.HoldPartial && !r.Complete:
		held = 1
		s.opts.Logger.Warn("a fax that broke off is held until it is released", "job", r.ID, "number", r.Number, "pages", r.Pages)
	}
	ladder := truncate(r.Outcome.Ladder, maxLadder)
	r.Outcome.Ladder = ""
	record, err := encode(r.Received)
	if err != nil {
		return err
	}
	ended := time.Time{}
	if state != Queued {
		ended = s.now()
	}
	_, err = t.exec(ctx, `UPDATE fax_received SET state = $2, ended = $3, remote_id = $4, pages = $5, record = $6, ladder = $7, held = $8 WHERE id = $1`,
		r.ID, state, micros(ended), r.RemoteID, r.Pages, record, ladder, held)
	if err != nil {
		return err
	}
	s.opts.Logger.Info("a fax came in", "job", r.ID, "call", r.Call, "number", r.Number,
		"caller", r.Caller, "pages", r.Pages, "complete", r.Complete, "mailboxes", len(r.Mailboxes))
	if err := s.note(ctx, t, r.ID, "received: %d pages, complete: %t %s", r.Pages, r.Complete, r.Outcome.Sentence); err != nil {
		return err
	}
	if state != Queued {
		return nil
	}
	if held != 0 {
		return s.note(ctx, t, r.ID, "held: it is incomplete")
	}
	if err := s.forward(ctx, t, r); err != nil {
		return err
	}
	return s.queueMails(ctx, t, r)
}

// queueMails queues a delivery for each mailbox.
func (s *Spool) queueMails(ctx context.Context, t tx, r *ReceivedRecord) error {
	for n, mailbox := range r.Mailboxes {
		_, err := t.exec(ctx, `INSERT INTO fax_delivery (received, n, mailbox, state, created, reply_key) VALUES ($1, $2, $3, $4, $5, $6)`,
			r.ID, n, mailbox, Queued, micros(s.now()), newReplyKey())
		if err != nil {
			return err
		}
		if err := t.enqueue(ctx, deliverTask{r.ID, n}); err != nil {
			return err
		}
	}
	return nil
}

// deliver hands a received fax to the relay, for one of its mailboxes.
func (s *Spool) deliver(ctx context.Context, task deliverTask) (time.Time, error) {
	m, err := getDelivery(ctx, s.db.read(), task.Received, task.N)
	if err != nil {
		return time.Time{}, err
	}
	return s.send(ctx, m, task.Received, "mail to <"+m.mailbox+">", func(ctx context.Context) error {
		r, err := getReceived(ctx, s.db.read(), task.Received)
		if err != nil {
			return err
		}
		pages, err := getPages(ctx, s.db.read(), task.Received)
		if err != nil {
			return err
		}
		if r.ReplyKey, r.Returned, err = getMail(ctx, s.db.read(), m); err != nil {
			return err
		}
		if r.Takes, err = getFeatures(ctx, s.db.read(), m.mailbox); err != nil {
			return err
		}
		return s.work.Deliver(ctx, &r.Received, pages, m.mailbox)
	})
}

// endReceived ends a received fax when none of its deliveries is left.
func endReceived(ctx context.Context, t tx, id string) error {
	_, err := t.exec(ctx, `UPDATE fax_received SET
			state = CASE WHEN EXISTS (SELECT 1 FROM fax_delivery WHERE received = $1 AND state = $2) THEN $2 ELSE $3 END,
			ended = (SELECT max(ended) FROM fax_delivery WHERE received = $1)
		WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM fax_delivery WHERE received = $1 AND state = $4)`,
		id, Failed, Delivered, Queued)
	return err
}
