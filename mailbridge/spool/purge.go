package spool

import (
	"context"
	"fmt"
	"time"
)

// purge deletes the messages and pages of the faxes that ended longer than
// Options.Keep ago. What is left is the history.
func (s *Spool) purge(ctx context.Context, _ purgeTask) (time.Time, error) {
	if s.opts.Keep < 0 {
		return time.Time{}, nil
	}
	before := micros(s.now().Add(-s.opts.Keep))
	deleted := 0
	for _, p := range []struct{ table, column, list string }{
		{"fax_message", "submission", `SELECT submission FROM fax_message d WHERE ` + sent("d.submission")},
		{"fax_page", "owner", `SELECT DISTINCT owner FROM fax_page d WHERE ` + sent("d.owner")},
		{"fax_page", "owner", `SELECT DISTINCT owner FROM fax_page d WHERE EXISTS
			(SELECT 1 FROM fax_received r WHERE r.id = d.owner AND r.ended > 0 AND r.ended < $1)`},
	} {
		ids, err := all(ctx, s.db.read(), column[string], p.list, before)
		if err != nil {
			return time.Time{}, fmt.Errorf("looking for what to purge: %w", err)
		}
		for _, id := range ids {
			// One at a time: a call that confirms a page must not wait long.
			err := s.update(ctx, func(ctx context.Context, t tx) error {
				_, err := t.exec(ctx, `DELETE FROM `+p.table+` WHERE `+p.column+` = $1`, id)
				return err
			})
			if err != nil {
				return time.Time{}, fmt.Errorf("purging %s: %w", id, err)
			}
			deleted++
		}
	}
	if deleted > 0 {
		s.opts.Logger.Info("old documents were purged", "documents", deleted)
	}
	return time.Time{}, nil
}

// sent is the condition that every job of a submission ended before $1 and
// every report of it was sent.
func sent(id string) string {
	return `EXISTS (SELECT 1 FROM fax_job j WHERE j.submission = ` + id + `)
		AND NOT EXISTS (SELECT 1 FROM fax_job j LEFT JOIN fax_report r ON r.job = j.id
			WHERE j.submission = ` + id + ` AND (j.ended = 0 OR j.ended >= $1 OR r.ended = 0))`
}
