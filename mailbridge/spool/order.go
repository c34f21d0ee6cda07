package spool

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// Order is what an administrator wants of one fax.
type Order string

// The orders: the methods of a Spool of the same names.
const (
	OrderCancel  Order = "cancel"
	OrderCallNow Order = "call"
	OrderHold    Order = "hold"
	OrderRelease Order = "release"
)

// ErrNobody means that an order waits: no process works on the spool now.
var ErrNobody = errors.New("nothing works on this spool now; the order is carried out when something does")

// orderLook is how often an answer is looked for.
const orderLook = 200 * time.Millisecond

// Send gives an order about a fax to the process that works on the spool, and waits
// for what that says. by names who wants it. It is for a spool opened with Command.
// Errors are ErrNobody, that of the order in words, and those of the database.
func (s *Spool) Send(ctx context.Context, o Order, fax, by string) error {
	id := rand.Text()
	err := s.update(ctx, func(ctx context.Context, t tx) error {
		_, err := t.exec(ctx, `INSERT INTO fax_order (id, created, fax, what, who) VALUES ($1, $2, $3, $4, $5)`,
			id, micros(s.now()), fax, o, by)
		return err
	})
	if err != nil {
		return fmt.Errorf("spool: leaving an order: %w", err)
	}
	for range 50 {
		select {
		case <-time.After(orderLook):
		case <-ctx.Done():
			return ctx.Err()
		}
		answer, err := one(ctx, s.db.read(), column[string], `SELECT answer FROM fax_order WHERE id = $1`, id)
		switch {
		case err != nil:
			return fmt.Errorf("spool: looking for the answer to an order: %w", err)
		case answer == done:
			return nil
		case answer != "" && answer != underWay:
			return errors.New(answer)
		}
	}
	return ErrNobody
}

// What stands in an order's answer besides errors.
const (
	underWay = "under way"
	done     = "done"
)

// orderRow is a row of fax_order.
type orderRow struct{ id, fax, what, who string }

// carryOrders carries out what was ordered.
func (s *Spool) carryOrders() error {
	list, err := all(s.open, s.db.read(), func(rs rows) (o orderRow, err error) {
		return o, rs.Scan(&o.id, &o.fax, &o.what, &o.who)
	}, `SELECT id, fax, what, who FROM fax_order WHERE answer = '' ORDER BY created LIMIT 20`)
	if err != nil {
		return err
	}
	for _, o := range list {
		mine := int64(0)
		err := s.update(s.open, func(ctx context.Context, t tx) (err error) { // of several processes one carries it out
			mine, err = t.exec(ctx, `UPDATE fax_order SET answer = $2 WHERE id = $1 AND answer = ''`, o.id, underWay)
			return err
		})
		if err != nil {
			return err
		}
		if mine == 0 {
			continue
		}
		answer := done
		if err := s.obey(o); err != nil {
			answer = err.Error()
		}
		err = s.update(s.open, func(ctx context.Context, t tx) error {
			_, err := t.exec(ctx, `UPDATE fax_order SET answer = $2 WHERE id = $1`, o.id, answer)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Spool) obey(o orderRow) error {
	switch Order(o.what) {
	case OrderCancel:
		return s.Cancel(s.open, o.fax, o.who)
	case OrderCallNow:
		return s.CallNow(s.open, o.fax)
	case OrderHold:
		return s.Hold(s.open, o.fax)
	case OrderRelease:
		return s.Release(s.open, o.fax)
	}
	return fmt.Errorf("there is no order %q", o.what)
}
