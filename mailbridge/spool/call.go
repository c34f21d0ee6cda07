package spool

import (
	"context"
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// call makes one attempt of a job and writes down what follows from it.
func (s *Spool) call(ctx context.Context, task callTask) (time.Time, error) {
	ctx, hangUp := context.WithCancelCause(ctx)
	defer hangUp(nil)
	if _, busy := s.calling.LoadOrStore(task.Job, hangUp); busy {
		// River took a call that outlasts its timeout for lost.
		return s.now().Add(time.Minute), nil
	}
	defer s.calling.Delete(task.Job)

	// An attempt that is still open here is one whose end could not be written.
	if err := s.settleOpen(ctx, task.Job, *s.node.Load()); err != nil {
		return time.Time{}, err
	}
	j, err := getJob(ctx, s.db.read(), task.Job)
	if err != nil {
		return time.Time{}, err
	}
	if !j.ended.IsZero() || j.held { // Release makes another task
		return time.Time{}, nil
	}
	if j.next.After(s.now()) {
		return j.next, nil
	}
	pages, err := getPages(ctx, s.db.read(), j.SubmissionID)
	if err != nil {
		return time.Time{}, err
	}
	if err := s.beginAttempt(ctx, j); err != nil {
		switch {
		case errors.Is(err, ErrEnded), errors.Is(err, ErrHeld): // just now
			return time.Time{}, nil
		case errors.Is(err, errElsewhere):
			return s.now().Add(time.Minute), nil
		}
		return time.Time{}, err
	}
	s.opts.Logger.Info("call", "job", j.ID, "number", j.Recipient.Destination.Number,
		"attempt", j.Attempts, "pages", j.Pages)
	o := s.dial(ctx, j, pages)
	if errors.Is(ctx.Err(), context.Canceled) && o.Retry {
		o.Cause = CauseInterrupted // it is we who broke it off: no fault of the number
	}
	return s.endAttempt(ctx, j.ID, j.Attempts, o)
}

func (s *Spool) dial(ctx context.Context, j *jobRow, pages []*t4.Page) (o mailbridge.Outcome) {
	c := &confirmations{s: s, job: j.ID, attempt: j.Attempts, seen: map[int]bool{}}
	job := j.Job // a copy, which may be kept
	err := guard(func() error {
		o = s.work.Call(ctx, &job, pages, func(n int) error { return c.confirm(ctx, n) })
		return nil
	})
	if err != nil {
		s.opts.Logger.Error("a call broke", "job", j.ID, "err", err)
		o = mailbridge.Outcome{Status: mailbridge.S4_3_0System, Cause: "fault", Retry: true,
			Sentence: "the call ended by a fault of this system"}
	}
	return o
}

// errElsewhere means that another process is calling.
var errElsewhere = errors.New("the fax is being sent by another process")

// errTaken means that another process has taken this one for dead and goes on with
// what it did.
var errTaken = errors.New("another process has taken over what this one was doing")

// beginAttempt notes that a call is under way before it is dialled: if the
// process dies now, it is known.
func (s *Spool) beginAttempt(ctx context.Context, j *jobRow) error {
	j.Attempts++
	j.Confirmed = 0
	return s.update(ctx, func(ctx context.Context, t tx) error {
		now, err := openJob(ctx, t, j.ID)
		switch {
		case err != nil:
		case now.held:
			err = ErrHeld
		case now.state == Calling:
			err = errElsewhere
		}
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `UPDATE fax_job SET state = $2, attempts = $3, confirmed = 0, next = 0 WHERE id = $1`,
			j.ID, Calling, j.Attempts)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO fax_attempt (job, n, node, started) VALUES ($1, $2, $3, $4)`,
			j.ID, j.Attempts, *s.node.Load(), micros(s.now()))
		if err != nil {
			return err
		}
		return s.note(ctx, t, j.ID, "call %d begins", j.Attempts)
	})
}

// confirmations counts the pages that the peer confirmed in one attempt.
type confirmations struct {
	s       *Spool
	job     string
	attempt int
	seen    map[int]bool // a page that is confirmed twice counts once
}

// confirm writes down that page n arrived. It is on disk when confirm returns.
func (c *confirmations) confirm(ctx context.Context, n int) error {
	c.seen[n] = true
	return c.s.update(ctx, func(ctx context.Context, t tx) error {
		open, err := t.exec(ctx, `UPDATE fax_attempt SET confirmed = $3 WHERE job = $1 AND n = $2 AND ended = 0`,
			c.job, c.attempt, len(c.seen))
		if err == nil && open == 0 {
			err = errTaken
		}
		if err == nil {
			_, err = t.exec(ctx, `UPDATE fax_job SET confirmed = $2 WHERE id = $1`, c.job, len(c.seen))
		}
		return err
	})
}

// endAttempt writes down how an attempt ended and what follows, in one
// transaction, and gives the time of the next call if there is one.
func (s *Spool) endAttempt(ctx context.Context, job string, n int, o mailbridge.Outcome) (next time.Time, err error) {
	err = s.insist(ctx, func(ctx context.Context, t tx) error {
		a, err := one(ctx, t, scanAttempt,
			`SELECT `+attemptColumns+` FROM fax_attempt WHERE job = $1 AND n = $2`, job, n)
		if err != nil {
			return err
		}
		if !a.Ended.IsZero() {
			next, err = s.endedBefore(ctx, t, job, o)
			return err
		}
		next, err = s.settle(ctx, t, a, o)
		return err
	})
	return next, err
}

// endedBefore is the end of an attempt whose end stands in the database: a commit
// that reported an error had succeeded, or another process took this one for dead.
// A fax that has arrived all the same is called no more.
func (s *Spool) endedBefore(ctx context.Context, t tx, job string, o mailbridge.Outcome) (time.Time, error) {
	j, err := getJob(ctx, t, job)
	if err != nil || !j.ended.IsZero() || !o.Delivered || j.state != Queued {
		if j == nil {
			return time.Time{}, err
		}
		return j.next, err
	}
	return time.Time{}, s.endJob(ctx, t, j, o)
}
