package spool

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Usage counts the jobs that an account has had accepted since then, and the
// pages that they were made into, however they ended. An account that ends with
// a slash is all those that begin with it.
func (s *Spool) Usage(ctx context.Context, account string, since time.Time) (jobs, pages int, err error) {
	condition := `s.account = $2`
	if strings.HasSuffix(account, "/") {
		condition = `substr(s.account, 1, length($2)) = $2`
	}
	_, err = one(ctx, s.db.read(), func(rs rows) (_ int, err error) { return 0, rs.Scan(&jobs, &pages) },
		`SELECT count(*), coalesce(sum(j.pages), 0) FROM fax_job j JOIN fax_submission s ON s.id = j.submission
			WHERE j.created >= $1 AND `+condition, micros(since), account)
	if err != nil {
		return 0, 0, fmt.Errorf("spool: counting the faxes of %s: %w", account, err)
	}
	return jobs, pages, nil
}
