package spool

import (
	"context"
	"errors"
	"fmt"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// Accept stores a submission and a job for each of its recipients. When it
// returns without an error all of it is on disk: only now may SMTP say 250.
// sub.ID is ignored; the id given to it is returned.
func (s *Spool) Accept(ctx context.Context, sub mailbridge.Submission) (id string, err error) {
	if len(sub.Recipients) == 0 {
		return "", errors.New("spool: a submission without recipients")
	}
	if sub.Received.IsZero() {
		sub.Received = s.now()
	}
	sub.Recipients = append([]mailbridge.Recipient(nil), sub.Recipients...)
	for i := range sub.Recipients {
		setDefault(&sub.Recipients[i].Notify, s.opts.DefaultNotify)
	}
	err = s.update(ctx, func(ctx context.Context, t tx) error {
		if sub.ID, err = s.insertSubmission(ctx, t, sub); err != nil {
			return err
		}
		for i := range sub.Recipients {
			if err := s.insertJob(ctx, t, &sub, i); err != nil {
				return err
			}
		}
		return t.enqueue(ctx, renderTask{sub.ID})
	})
	if err != nil {
		return "", fmt.Errorf("spool: storing a submission: %w", err)
	}
	return sub.ID, nil
}

func (s *Spool) insertSubmission(ctx context.Context, t tx, sub mailbridge.Submission) (string, error) {
	message := sub.Message
	if message == nil {
		message = []byte{}
	}
	sub.Message = nil
	id, err := insertNew(idSubmission, func(id string) (int64, error) {
		sub.ID = id
		record, err := encode(&sub)
		if err != nil {
			return 0, err
		}
		return t.exec(ctx, `INSERT INTO fax_submission (id, created, account, record) VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, id, micros(sub.Received), sub.Account, record)
	})
	if err != nil {
		return "", err
	}
	_, err = t.exec(ctx, `INSERT INTO fax_message (submission, body) VALUES ($1, $2)`, id, message)
	return id, err
}

func (s *Spool) insertJob(ctx context.Context, t tx, sub *mailbridge.Submission, i int) error {
	rcpt := sub.Recipients[i]
	record, err := encode(rcpt)
	if err != nil {
		return err
	}
	id, err := insertNew(idJob, func(id string) (int64, error) {
		return t.exec(ctx, `INSERT INTO fax_job
			(id, submission, position, created, state, number, peer, recipient)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
			id, sub.ID, i, micros(sub.Received), Accepted, rcpt.Destination.Number, sub.ReturnPath, record)
	})
	if err != nil {
		return err
	}
	return s.note(ctx, t, id, "accepted from <%s> for %s", sub.ReturnPath, rcpt.Address)
}

// insertNew makes ids until insert changes a row with one.
func insertNew(kind string, insert func(id string) (int64, error)) (string, error) {
	for range 100 {
		id := newID(kind)
		n, err := insert(id)
		if err != nil {
			return "", err
		}
		if n == 1 {
			return id, nil
		}
	}
	return "", errors.New("no free id was found: the history is full")
}
