package spool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// maxRenderCrashes is how often a document may take this process with it.
const maxRenderCrashes = 5

// renderRow is what rendering needs to know of a fax_submission.
type renderRow struct {
	created, next        time.Time
	rendering, rendered  bool
	renders, interrupted int
}

func getRender(ctx context.Context, q querier, id string) (renderRow, error) {
	return one(ctx, q, func(rs rows) (r renderRow, err error) {
		var created, next, rendering, rendered int64
		err = rs.Scan(&created, &next, &rendering, &rendered, &r.renders, &r.interrupted)
		r.rendering, r.rendered = rendering != 0, rendered != 0
		r.created, r.next = fromMicros(created), fromMicros(next)
		return r, err
	}, `SELECT created, next, rendering, rendered, renders, interrupted
		FROM fax_submission WHERE id = $1`, id)
}

// render makes the pages of a submission and queues its calls. It does so once:
// every call of every job sends the same pages.
func (s *Spool) render(ctx context.Context, task renderTask) (time.Time, error) {
	id := task.Submission
	row, err := getRender(ctx, s.db.read(), id)
	if err != nil {
		return time.Time{}, err
	}
	if row.rendered {
		return time.Time{}, nil
	}
	if row.next.After(s.now()) {
		return row.next, nil
	}
	sub, err := getSubmission(ctx, s.db.read(), id)
	if err != nil {
		return time.Time{}, err
	}
	if row, err = s.beginRender(ctx, id); err != nil {
		return time.Time{}, err
	}
	if row.interrupted >= maxRenderCrashes {
		return time.Time{}, s.unusable(ctx, sub, &mailbridge.PermanentError{
			Status: mailbridge.S5_6_3Conversion,
			Err:    errors.New("the document cannot be made into pages: each try ended with a crash"),
		})
	}
	var pages []*t4.Page
	err = guard(func() (err error) {
		pages, err = s.work.Render(ctx, sub)
		return err
	})
	return s.settleRender(ctx, sub, row, pages, err)
}

// beginRender notes that pages are being made, so that a crash leaves a trace.
func (s *Spool) beginRender(ctx context.Context, id string) (row renderRow, err error) {
	err = s.update(ctx, func(ctx context.Context, t tx) error {
		// rendering is still set if the last one did not end.
		_, err := t.exec(ctx, `UPDATE fax_submission
			SET interrupted = interrupted + rendering, rendering = 1, renders = renders + 1
			WHERE id = $1`, id)
		if err == nil {
			row, err = getRender(ctx, t, id)
		}
		return err
	})
	return row, err
}

func (s *Spool) settleRender(ctx context.Context, sub *mailbridge.Submission, row renderRow, pages []*t4.Page, err error) (time.Time, error) {
	var permanent *mailbridge.PermanentError
	switch {
	case err == nil && usable(pages):
		return time.Time{}, s.queueCalls(ctx, sub, pages)
	case err == nil:
		return time.Time{}, s.unusable(ctx, sub, &mailbridge.PermanentError{
			Status: mailbridge.S5_6_1Unusable,
			Err:    errors.New("the mail has nothing in it that can be faxed"),
		})
	case errors.As(err, &permanent):
		return time.Time{}, s.unusable(ctx, sub, permanent)
	}
	next := s.now()
	if ctx.Err() == nil { // else it is we who broke it off
		policy := MailRetry{s.opts.MailRetry.Delays, s.opts.Retry.MaxAge}
		next = policy.next(row.created, row.renders, next)
	}
	s.opts.Logger.Warn("rendering failed for now", "submission", sub.ID, "err", err, "next", next)
	if next.IsZero() {
		return next, s.unusable(ctx, sub, &mailbridge.PermanentError{Status: mailbridge.S4_3_0System, Err: err})
	}
	return next, s.insist(ctx, func(ctx context.Context, t tx) error {
		_, err := t.exec(ctx, `UPDATE fax_submission SET rendering = 0, next = $2 WHERE id = $1`,
			sub.ID, micros(next))
		return err
	})
}

func usable(pages []*t4.Page) bool {
	for _, p := range pages {
		if p == nil {
			return false
		}
	}
	return len(pages) > 0
}

func (s *Spool) queueCalls(ctx context.Context, sub *mailbridge.Submission, pages []*t4.Page) error {
	err := s.insist(ctx, func(ctx context.Context, t tx) error {
		for n, p := range pages {
			if err := putPage(ctx, t, sub.ID, n, p); err != nil {
				return err
			}
		}
		if err := keepWarnings(ctx, t, sub); err != nil {
			return err
		}
		return s.queueJobs(ctx, t, sub.ID, len(pages), "rendered")
	})
	if err == nil {
		s.opts.Logger.Info("rendered", "submission", sub.ID, "pages", len(pages), "jobs", len(sub.Recipients))
	}
	return err
}

// keepWarnings stores what the report will say about the pages.
func keepWarnings(ctx context.Context, t tx, sub *mailbridge.Submission) error {
	if len(sub.Warnings) == 0 {
		return nil
	}
	kept := *sub
	kept.Message = nil
	record, err := encode(kept)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE fax_submission SET record = $2 WHERE id = $1`, sub.ID, record)
	return err
}

// queueJobs queues the calls of a submission whose pages are stored; how says
// where they come from.
func (s *Spool) queueJobs(ctx context.Context, t tx, id string, pages int, how string) error {
	return s.eachOpenJob(ctx, t, id, func(j *jobRow) error {
		// The age of a fax that waits as its sender wants counts from then.
		at := j.Recipient.Wishes.NotBefore
		if !at.After(s.now()) {
			at = time.Time{}
		}
		_, err := t.exec(ctx, `UPDATE fax_job SET state = $2, pages = $3, next = CAST($4 AS bigint), aged = CASE WHEN CAST($4 AS bigint) > 0 THEN CAST($4 AS bigint) ELSE aged END WHERE id = $1`,
			j.ID, Queued, pages, micros(at))
		if err != nil {
			return err
		}
		if err := s.note(ctx, t, j.ID, "%s: %d pages", how, pages); err != nil {
			return err
		}
		return t.enqueue(ctx, callTask{j.ID})
	})
}

// unusable fails the jobs of a submission that has no pages.
func (s *Spool) unusable(ctx context.Context, sub *mailbridge.Submission, p *mailbridge.PermanentError) error {
	s.opts.Logger.Warn("nothing can be faxed", "submission", sub.ID, "status", p.Status, "err", p.Err)
	o := mailbridge.Outcome{Status: p.Status, Sentence: p.Error(), Cause: "unusable"}
	return s.insist(ctx, func(ctx context.Context, t tx) error {
		return s.eachOpenJob(ctx, t, sub.ID, func(j *jobRow) error {
			return s.endJob(ctx, t, j, o)
		})
	})
}

// eachOpenJob runs f for the jobs that wait for the pages of a submission, and
// marks it rendered.
func (s *Spool) eachOpenJob(ctx context.Context, t tx, id string, f func(*jobRow) error) error {
	_, err := t.exec(ctx, `UPDATE fax_submission SET rendering = 0, rendered = 1 WHERE id = $1`, id)
	if err != nil {
		return err
	}
	jobs, err := all(ctx, t, scanJob, `SELECT `+jobColumns+` FROM fax_job
		WHERE submission = $1 AND state = $2 ORDER BY position`, id, Accepted)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if err := f(j); err != nil {
			return fmt.Errorf("job %s: %w", j.ID, err)
		}
	}
	return nil
}
