package spool

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// settle ends an attempt with its outcome: the fax is delivered, or failed, or
// called again at the time that it gives back.
func (s *Spool) settle(ctx context.Context, t tx, a attemptRow, o mailbridge.Outcome) (time.Time, error) {
	j, err := getJob(ctx, t, a.job)
	if err != nil {
		return time.Time{}, err
	}
	o = allConfirmed(o, a.confirmed, j.Pages)
	o.Unsure = o.Unsure && !o.Delivered && a.confirmed == j.Pages-1
	if j.cancelled && !o.Delivered {
		o = cancelled(o)
	}
	if err := s.closeAttempt(ctx, t, a, o); err != nil {
		return time.Time{}, err
	}
	if !o.Delivered && o.Cause == CauseInterrupted {
		j.interrupted++
	}
	next, o := s.opts.Retry.decide(j, o, s.now())
	if next.IsZero() {
		return next, s.endJob(ctx, t, j, o)
	}
	s.opts.Logger.Info("the fax is tried again", "job", j.ID, "cause", o.Cause,
		"attempt", a.N, "next", next, "sentence", o.Sentence)
	o.Ladder = "" // it stands in the attempt
	record, err := encode(o)
	if err != nil {
		return next, err
	}
	_, err = t.exec(ctx, `UPDATE fax_job SET state = $2, next = $3, interrupted = $4, remote_id = $5, outcome = $6 WHERE id = $1`,
		j.ID, Queued, micros(next), j.interrupted, o.RemoteID, record)
	if err != nil {
		return next, err
	}
	return next, s.watchDelay(ctx, t, j)
}

func (s *Spool) closeAttempt(ctx context.Context, t tx, a attemptRow, o mailbridge.Outcome) error {
	o.Ladder = truncate(o.Ladder, maxLadder)
	record, err := encode(o)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE fax_attempt SET ended = $3, outcome = $4 WHERE job = $1 AND n = $2`,
		a.job, a.N, micros(s.now()), record)
	if err != nil {
		return err
	}
	return s.note(ctx, t, a.job, "call %d ended: %s %s", a.N, o.Status, o.Sentence)
}

// endJob makes an outcome final and queues the report of it, if one is wanted.
func (s *Spool) endJob(ctx context.Context, t tx, j *jobRow, o mailbridge.Outcome) error {
	state := Failed
	if o.Delivered {
		state = Delivered
	}
	o.Ladder = ""
	if err := s.sayTwice(ctx, t, j.ID, &o); err != nil {
		return err
	}
	record, err := encode(o)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE fax_job SET state = $2, ended = $3, next = 0, interrupted = $4,
		remote_id = $5, confirmed = $6, outcome = $7 WHERE id = $1`,
		j.ID, state, micros(s.now()), j.interrupted, o.RemoteID, o.Pages, record)
	if err != nil {
		return err
	}
	s.opts.Logger.Info("the fax is "+string(state), "job", j.ID, "number", j.Recipient.Destination.Number,
		"status", o.Status, "attempts", j.Attempts, "pages", o.Pages, "sentence", o.Sentence)
	if err := s.note(ctx, t, j.ID, "%s: %s %s", state, o.Status, o.Sentence); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM fax_delay WHERE job = $1 AND state = $2`, j.ID, Queued); err != nil {
		return err
	}
	if o.Delivered {
		if err := s.queueReceipt(ctx, t, j); err != nil {
			return err
		}
	}
	if !reportWanted(j.peer, j.Recipient.Notify, o.Delivered) {
		return nil
	}
	_, err = t.exec(ctx, `INSERT INTO fax_report (job, state, created) VALUES ($1, $2, $3)`,
		j.ID, Queued, micros(s.now()))
	if err != nil {
		return err
	}
	return t.enqueue(ctx, notifyTask{j.ID})
}

// sayTwice says so if an earlier call may have delivered the fax as well: it ended
// between the last page and its confirmation, or the process died between that and
// its record. That is the one way in which a fax arrives twice.
func (s *Spool) sayTwice(ctx context.Context, t tx, job string, o *mailbridge.Outcome) error {
	attempts, err := getAttempts(ctx, t, job)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		if !a.Outcome.Unsure {
			continue
		}
		how := "have arrived all the same"
		if o.Delivered {
			how = "have arrived twice"
		}
		o.Unsure = true
		o.Sentence = strings.TrimSuffix(o.Sentence, ".") + fmt.Sprintf(". It may %s: call %d ended when the confirmation of its last page was due.", how, a.N)
		return nil
	}
	return nil
}

// reportWanted: nothing is ever reported to the null return path (RFC 5321
// 4.5.5), and NOTIFY says the rest (RFC 3461 4.1).
func reportWanted(returnPath string, n mailbridge.Notify, delivered bool) bool {
	wanted := mailbridge.NotifyFailure
	if delivered {
		wanted = mailbridge.NotifySuccess
	}
	return returnPath != "" && n&mailbridge.NotifyNever == 0 && n&wanted != 0
}

// maxLadder bounds what is kept of what two terminals said to each other.
const maxLadder = 256 << 10

func truncate(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "\n(cut)"
	}
	return s
}
