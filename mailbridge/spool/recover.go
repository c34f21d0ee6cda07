package spool

import (
	"context"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// recover settles what a process left unfinished when it died: node is its name in
// our tables, client that in River's.
func (s *Spool) recover(ctx context.Context, node, client string) error {
	if err := s.recoverReceipts(ctx, node); err != nil {
		return err
	}
	if err := s.recoverAttempts(ctx, node); err != nil {
		return err
	}
	return s.recoverTasks(ctx, client)
}

// recoverReceipts delivers what was committed of the faxes that were coming
// in: their pages were confirmed to the peer.
func (s *Spool) recoverReceipts(ctx context.Context, node string) error {
	ids, err := all(ctx, s.db.read(), column[string],
		`SELECT id FROM fax_received WHERE state = $1 AND node = $2`, Receiving, node)
	if err != nil {
		return err
	}
	for _, id := range ids {
		s.opts.Logger.Warn("a fax was coming in when this system stopped", "job", id)
		err := s.update(ctx, func(ctx context.Context, t tx) error {
			o := interrupted(0)
			o.Retry, o.Unsure = false, false
			o.Sentence = "the call was cut off because this system stopped; these are the pages that had arrived"
			return s.endReceipt(ctx, t, id, mailbridge.Received{Outcome: o})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recoverAttempts ends the calls that were under way.
func (s *Spool) recoverAttempts(ctx context.Context, node string) error {
	jobs, err := all(ctx, s.db.read(), column[string],
		`SELECT job FROM fax_attempt WHERE node = $1 AND ended = 0`, node)
	if err != nil {
		return err
	}
	for _, job := range jobs {
		s.opts.Logger.Warn("a call was under way when this system stopped", "job", job)
		if err := s.settleOpen(ctx, job, node); err != nil {
			return err
		}
	}
	return nil
}

// settleOpen settles an attempt that its node makes no more.
func (s *Spool) settleOpen(ctx context.Context, job, node string) error {
	const open = `SELECT ` + attemptColumns + ` FROM fax_attempt WHERE job = $1 AND ended = 0 AND node = $2`
	list, err := all(ctx, s.db.read(), scanAttempt, open, job, node)
	if err != nil || len(list) == 0 {
		return err
	}
	return s.update(ctx, func(ctx context.Context, t tx) error {
		list, err := all(ctx, t, scanAttempt, open, job, node)
		if err != nil {
			return err
		}
		for _, a := range list {
			if _, err := s.settle(ctx, t, a, interrupted(a.confirmed)); err != nil {
				return err
			}
		}
		return nil
	})
}

// recoverTasks makes the tasks that were running available again. River itself
// would take hours to believe that their worker is dead. The lease on River's
// leadership is ended likewise: without a leader nothing that is scheduled
// runs.
func (s *Spool) recoverTasks(ctx context.Context, client string) error {
	c, err := s.db.newClient(&river.Config{Logger: quiet(s.opts.Logger)})
	if err != nil {
		return err
	}
	running, err := c.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).First(10_000))
	if err != nil {
		return err
	}
	return s.update(ctx, func(ctx context.Context, t tx) error {
		for _, job := range running.Jobs {
			by := job.AttemptedBy
			if len(by) == 0 || by[len(by)-1] != client {
				continue
			}
			_, err := t.exec(ctx, `UPDATE river_job SET state = 'available' WHERE id = $1 AND state = 'running'`, job.ID)
			if err != nil {
				return err
			}
		}
		_, err := t.exec(ctx, `DELETE FROM river_leader WHERE leader_id = $1`, client)
		return err
	})
}
