package spool

import (
	"context"
	"fmt"
	"time"
)

// purge deletes what is done and is kept no longer: documents by Options.Keep and
// KeepOctets, then the history by KeepHistory, and gives the room back.
func (s *Spool) purge(ctx context.Context, _ purgeTask) (time.Time, error) {
	for _, step := range []struct {
		what string
		do   func(context.Context) (int, error)
	}{
		{"old documents were purged", s.purgeOld},
		{"documents were purged because there were too many", s.purgeMost},
		{"old faxes were taken out of the history", s.forget},
		{"old orders were deleted", s.forgetOrders},
	} {
		n, err := step.do(ctx)
		if err != nil {
			return time.Time{}, fmt.Errorf("purging: %w", err)
		}
		if n > 0 {
			s.opts.Logger.Info(step.what, "number", n)
		}
	}
	if err := s.db.vacuum(ctx); err != nil {
		return time.Time{}, fmt.Errorf("giving room back: %w", err)
	}
	return time.Time{}, nil
}

// finished is a submission or a received fax all of which is done.
type finished struct {
	id     string
	octets int64 // of its message and pages
}

func scanFinished(rs rows) (f finished, err error) { return f, rs.Scan(&f.id, &f.octets) }

// finishedSQL lists those that were done before $1, the first ones first.
const finishedSQL = `SELECT id, octets FROM (
	SELECT s.id AS id, (SELECT max(j.ended) FROM fax_job j WHERE j.submission = s.id) AS done,
		CAST(coalesce((SELECT length(m.body) FROM fax_message m WHERE m.submission = s.id), 0) +
		coalesce((SELECT sum(length(p.data)) FROM fax_page p WHERE p.owner = s.id), 0) AS bigint) AS octets
	FROM fax_submission s
	WHERE EXISTS (SELECT 1 FROM fax_job j WHERE j.submission = s.id)
		AND NOT EXISTS (SELECT 1 FROM fax_job j LEFT JOIN fax_report r ON r.job = j.id
			LEFT JOIN fax_receipt m ON m.job = j.id
			WHERE j.submission = s.id AND (j.ended = 0 OR j.ended >= $1 OR r.ended = 0 OR m.ended = 0))
	UNION ALL
	SELECT r.id, r.ended,
		CAST(coalesce((SELECT sum(length(p.data)) FROM fax_page p WHERE p.owner = r.id), 0) AS bigint)
	FROM fax_received r WHERE r.ended > 0 AND r.ended < $1
) AS done_faxes`

// purgeOld deletes the documents of what was done longer than Keep ago.
func (s *Spool) purgeOld(ctx context.Context) (int, error) {
	if s.opts.Keep < 0 {
		return 0, nil
	}
	list, err := all(ctx, s.db.read(), scanFinished, finishedSQL+` WHERE octets > 0 ORDER BY done`, micros(s.now().Add(-s.opts.Keep)))
	if err != nil {
		return 0, err
	}
	return s.each(ctx, list, deleteDocument)
}

// purgeMost deletes documents of what is done until the others have room in KeepOctets.
func (s *Spool) purgeMost(ctx context.Context) (int, error) {
	if s.opts.KeepOctets <= 0 {
		return 0, nil
	}
	have, err := one(ctx, s.db.read(), column[int64], `SELECT CAST(coalesce((SELECT sum(length(body)) FROM fax_message), 0) +
		coalesce((SELECT sum(length(data)) FROM fax_page), 0) AS bigint)`)
	if err != nil || have <= s.opts.KeepOctets {
		return 0, err
	}
	list, err := all(ctx, s.db.read(), scanFinished, finishedSQL+` WHERE octets > 0 ORDER BY done`, micros(s.now()))
	if err != nil {
		return 0, err
	}
	n := 0
	for ; n < len(list) && have > s.opts.KeepOctets; n++ {
		have -= list[n].octets
	}
	if have > s.opts.KeepOctets {
		s.opts.Logger.Warn("faxes that are not done have more documents than keep_size allows", "octets", have)
	}
	return s.each(ctx, list[:n], deleteDocument)
}

// forget deletes the history of what was done longer than KeepHistory ago, with what
// is left of its documents.
func (s *Spool) forget(ctx context.Context) (int, error) {
	if s.opts.KeepHistory == 0 {
		return 0, nil
	}
	list, err := all(ctx, s.db.read(), scanFinished, finishedSQL+` ORDER BY done`, micros(s.now().Add(-s.opts.KeepHistory)))
	if err != nil {
		return 0, err
	}
	return s.each(ctx, list, func(ctx context.Context, t tx, id string) error {
		if err := deleteDocument(ctx, t, id); err != nil {
			return err
		}
		for _, where := range historyOf {
			if _, err := t.exec(ctx, `DELETE FROM `+where, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// historyOf is where the history of a submission or a received fax stands: what hangs
// on others before these.
var historyOf = []string{
	`fax_event WHERE fax = $1 OR fax IN (SELECT id FROM fax_job WHERE submission = $1)`,
	`fax_attempt WHERE job IN (SELECT id FROM fax_job WHERE submission = $1)`,
	`fax_report WHERE job IN (SELECT id FROM fax_job WHERE submission = $1)`,
	`fax_receipt WHERE job IN (SELECT id FROM fax_job WHERE submission = $1)`,
	`fax_delay WHERE job IN (SELECT id FROM fax_job WHERE submission = $1)`,
	`fax_job WHERE submission = $1`,
	`fax_submission WHERE id = $1`,
	`fax_reply WHERE received = $1`,
	`fax_delivery WHERE received = $1`,
	`fax_received WHERE id = $1`,
}

func deleteDocument(ctx context.Context, t tx, id string) error {
	_, err := t.exec(ctx, `DELETE FROM fax_message WHERE submission = $1`, id)
	if err == nil {
		_, err = t.exec(ctx, `DELETE FROM fax_page WHERE owner = $1`, id)
	}
	return err
}

// each deletes one at a time: a call that confirms a page must not wait long.
func (s *Spool) each(ctx context.Context, list []finished, do func(context.Context, tx, string) error) (int, error) {
	for n, f := range list {
		err := s.update(ctx, func(ctx context.Context, t tx) error { return do(ctx, t, f.id) })
		if err != nil {
			return n, fmt.Errorf("%s: %w", f.id, err)
		}
	}
	return len(list), nil
}

// forgetOrders deletes orders that were carried out, or that nobody cares for any more.
func (s *Spool) forgetOrders(ctx context.Context) (n int, err error) {
	err = s.update(ctx, func(ctx context.Context, t tx) error {
		gone, err := t.exec(ctx, `DELETE FROM fax_order WHERE created < $1`, micros(s.now().Add(-7*24*time.Hour)))
		n = int(gone)
		return err
	})
	return n, err
}
