package spool

import (
	"context"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// queueReceipt queues the disposition notification of a fax that went through, if its
// sender asked for one.
func (s *Spool) queueReceipt(ctx context.Context, t tx, j *jobRow) error {
	var sub mailbridge.Submission // without its message, which may be large
	record, err := one(ctx, t, column[string], `SELECT record FROM fax_submission WHERE id = $1`, j.SubmissionID)
	if err == nil {
		err = decode(record, &sub)
	}
	if err != nil || !sub.Receipt {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO fax_receipt (job, state, created) VALUES ($1, $2, $3)`, j.ID, Queued, micros(s.now()))
	if err != nil {
		return err
	}
	return t.enqueue(ctx, receiptTask{j.ID})
}

// receipt sends it.
func (s *Spool) receipt(ctx context.Context, task receiptTask) (time.Time, error) {
	m := &mailRow{table: "fax_receipt", key: "job = $1 AND $2 = 0", id: task.Job}
	if err := m.load(ctx, s.db.read(), "''"); err != nil {
		return time.Time{}, err
	}
	r, err := getReportContent(ctx, s.db.read(), task.Job)
	if err != nil {
		return time.Time{}, err
	}
	r.Receipt = true
	return s.send(ctx, m, task.Job, "receipt to <"+r.Submission.ReturnPath+">", func(ctx context.Context) error {
		return s.work.Notify(ctx, r)
	})
}
