package spool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// What an administrator may be told who wants something of a job.
var (
	ErrEnded = errors.New("the fax is done already")
	ErrHeld  = errors.New("the fax is held; release it first")
	ErrCame  = errors.New("the fax came in: it can be released or cancelled while it is held, and nothing else")
)

// CauseCancelled is the cause of a fax that an administrator stopped.
const CauseCancelled = "cancelled"

// errCancelled ends the context of a call whose job is cancelled.
var errCancelled = errors.New("the fax was cancelled")

// Cancel ends a job that is not done: it is called no more, a call under way
// hangs up, and its sender is told. by names who wants it, for the history. A
// fax whose last page was confirmed meanwhile is delivered. Of received faxes only
// one that is held can be cancelled: it goes nowhere then. Errors are
// ErrNotFound, ErrEnded and those of the database.
func (s *Spool) Cancel(ctx context.Context, job, by string) error {
	if strings.HasPrefix(job, idReceived) {
		return s.discard(ctx, job, by)
	}
	err := s.update(ctx, func(ctx context.Context, t tx) error {
		j, err := openJob(ctx, t, job)
		if err != nil {
			return err
		}
		if err := s.note(ctx, t, job, "cancelled by %s", by); err != nil {
			return err
		}
		if j.state == Calling {
			// The attempt says how far the fax came when it has hung up.
			_, err := t.exec(ctx, `UPDATE fax_job SET cancelled = 1 WHERE id = $1`, job)
			return err
		}
		return s.endJob(ctx, t, j, cancelled(mailbridge.Outcome{Pages: j.Confirmed}))
	})
	if err != nil {
		return fmt.Errorf("spool: cancelling %s: %w", job, err)
	}
	s.opts.Logger.Info("the fax was cancelled", "job", job, "by", by)
	if hangUp, ok := s.calling.Load(job); ok {
		hangUp.(context.CancelCauseFunc)(errCancelled)
	}
	return nil
}

// cancelled makes an outcome that of a fax that was stopped.
func cancelled(o mailbridge.Outcome) mailbridge.Outcome {
	o.Status, o.Cause, o.Retry = mailbridge.S5_0_0Cancelled, CauseCancelled, false
	o.Sentence = "The fax was cancelled by the administrator of the fax service."
	return o
}

// CallNow calls a job at once that waits for its next call; one whose call is
// under way, or that is not yet rendered, is in good hands. Errors are
// ErrNotFound, ErrEnded, ErrHeld and those of the database.
func (s *Spool) CallNow(ctx context.Context, job string) error {
	return s.control(ctx, job, "called now instead of later", func(ctx context.Context, t tx, j *jobRow) error {
		if j.held {
			return ErrHeld
		}
		if j.state != Queued || j.next.IsZero() {
			return nil
		}
		if _, err := t.exec(ctx, `UPDATE fax_job SET next = 0 WHERE id = $1`, job); err != nil {
			return err
		}
		return t.enqueue(ctx, callTask{job}) // the task that waits will find nothing left to do
	})
}

// Hold keeps a job from being called until Release. A call under way goes on.
func (s *Spool) Hold(ctx context.Context, job string) error {
	return s.control(ctx, job, "held", func(ctx context.Context, t tx, _ *jobRow) error {
		_, err := t.exec(ctx, `UPDATE fax_job SET held = 1 WHERE id = $1`, job)
		return err
	})
}

// Release lets a job be called again that is held, or sends a received fax that is
// held to its mailboxes. The age of a job counts from now: it shall not be given up
// because it was held.
func (s *Spool) Release(ctx context.Context, job string) error {
	if strings.HasPrefix(job, idReceived) {
		return s.releaseReceived(ctx, job)
	}
	return s.control(ctx, job, "released", func(ctx context.Context, t tx, j *jobRow) error {
		if !j.held {
			return nil
		}
		_, err := t.exec(ctx, `UPDATE fax_job SET held = 0, aged = $2 WHERE id = $1`, job, micros(s.now()))
		if err != nil || j.state != Queued {
			return err
		}
		return t.enqueue(ctx, callTask{job})
	})
}

// control changes a job that is not done.
func (s *Spool) control(ctx context.Context, job, what string, f func(context.Context, tx, *jobRow) error) error {
	err := s.update(ctx, func(ctx context.Context, t tx) error {
		j, err := openJob(ctx, t, job)
		if err == nil {
			err = f(ctx, t, j)
		}
		if err == nil {
			err = s.note(ctx, t, job, "%s", what)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("spool: job %s is not %s: %w", job, what, err)
	}
	s.opts.Logger.Info("the fax is "+what, "job", job)
	return nil
}

func openJob(ctx context.Context, t tx, id string) (*jobRow, error) {
	if strings.HasPrefix(id, idReceived) {
		return nil, ErrCame
	}
	j, err := getJob(ctx, t, id)
	if err == nil && !j.ended.IsZero() {
		err = ErrEnded
	}
	return j, err
}

// age is when the time of a job began for Retry.MaxAge.
func (j *jobRow) age() time.Time {
	if j.aged.IsZero() {
		return j.Created
	}
	return j.aged
}
