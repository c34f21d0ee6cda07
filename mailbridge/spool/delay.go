package spool

import (
	"context"
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// watchDelay queues the report that a fax is delayed for when it is, if its sender
// wants to know. A second call of it does nothing.
func (s *Spool) watchDelay(ctx context.Context, t tx, j *jobRow) error {
	n := j.Recipient.Notify
	if s.opts.DelayAfter < 0 || j.peer == "" || n&mailbridge.NotifyNever != 0 || n&mailbridge.NotifyDelay == 0 {
		return nil
	}
	have, err := one(ctx, t, column[int], `SELECT count(*) FROM fax_delay WHERE job = $1`, j.ID)
	if err != nil || have > 0 {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO fax_delay (job, state, created, next) VALUES ($1, $2, $3, $4)`,
		j.ID, Queued, micros(s.now()), micros(j.age().Add(s.opts.DelayAfter)))
	if err != nil {
		return err
	}
	return t.enqueue(ctx, delayTask{j.ID})
}

// delayed tells the sender that his fax is still tried. When the fax has ended, its
// own report tells more.
func (s *Spool) delayed(ctx context.Context, task delayTask) (time.Time, error) {
	m := &mailRow{table: "fax_delay", key: "job = $1 AND $2 = 0", id: task.Job}
	err := m.load(ctx, s.db.read(), "''")
	if errors.Is(err, ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	j, err := getJob(ctx, s.db.read(), task.Job)
	if err != nil || !j.ended.IsZero() {
		return time.Time{}, err
	}
	if j.held { // by hand: nobody is calling, and no report may say so
		return s.now().Add(10 * time.Minute), nil
	}
	r, err := getReportContent(ctx, s.db.read(), task.Job)
	if err != nil {
		return time.Time{}, err
	}
	r.Delayed, r.Until = true, j.age().Add(s.opts.Retry.MaxAge)
	return s.send(ctx, m, task.Job, "report of the delay to <"+r.Submission.ReturnPath+">", func(ctx context.Context) error {
		return s.work.Notify(ctx, r)
	})
}
