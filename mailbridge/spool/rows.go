package spool

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// jobRow is a row of fax_job.
type jobRow struct {
	mailbridge.Job
	state       State
	peer        string
	ended, next time.Time
	interrupted int
	outcome     mailbridge.Outcome
	held        bool
	cancelled   bool
	aged        time.Time
}

const jobColumns = `id, submission, created, ended, state, peer, pages, confirmed,
	attempts, interrupted, next, recipient, outcome, held, cancelled, aged`

func scanJob(rs rows) (j *jobRow, err error) {
	j = &jobRow{}
	var created, ended, next, held, cancelled, aged int64
	var recipient, outcome string
	err = rs.Scan(&j.ID, &j.SubmissionID, &created, &ended, &j.state, &j.peer, &j.Pages, &j.Confirmed,
		&j.Attempts, &j.interrupted, &next, &recipient, &outcome, &held, &cancelled, &aged)
	if err != nil {
		return nil, err
	}
	j.Created, j.ended, j.next, j.aged = fromMicros(created), fromMicros(ended), fromMicros(next), fromMicros(aged)
	j.held, j.cancelled = held != 0, cancelled != 0
	if err := decode(recipient, &j.Recipient); err != nil {
		return nil, err
	}
	return j, decode(outcome, &j.outcome)
}

func getJob(ctx context.Context, q querier, id string) (*jobRow, error) {
	return one(ctx, q, scanJob, `SELECT `+jobColumns+` FROM fax_job WHERE id = $1`, id)
}

// attemptRow is a row of fax_attempt.
type attemptRow struct {
	mailbridge.Attempt
	job       string
	confirmed int
}

const attemptColumns = `job, n, started, ended, confirmed, outcome`

func scanAttempt(rs rows) (a attemptRow, err error) {
	var started, ended int64
	var outcome string
	if err = rs.Scan(&a.job, &a.N, &started, &ended, &a.confirmed, &outcome); err != nil {
		return a, err
	}
	a.Started, a.Ended = fromMicros(started), fromMicros(ended)
	return a, decode(outcome, &a.Outcome)
}

func getAttempts(ctx context.Context, q querier, job string) ([]mailbridge.Attempt, error) {
	list, err := all(ctx, q, scanAttempt,
		`SELECT `+attemptColumns+` FROM fax_attempt WHERE job = $1 ORDER BY n`, job)
	attempts := make([]mailbridge.Attempt, len(list))
	for i := range list {
		attempts[i] = list[i].Attempt
	}
	return attempts, err
}

// getSubmission gives a submission with its recipients and its message, which
// is nil when it has been purged.
func getSubmission(ctx context.Context, q querier, id string) (*mailbridge.Submission, error) {
	type row struct {
		record string
		body   []byte
	}
	r, err := one(ctx, q, func(rs rows) (r row, err error) {
		return r, rs.Scan(&r.record, &r.body)
	}, `SELECT s.record, m.body FROM fax_submission s
		LEFT JOIN fax_message m ON m.submission = s.id WHERE s.id = $1`, id)
	if err != nil {
		return nil, err
	}
	sub := &mailbridge.Submission{}
	if err := decode(r.record, sub); err != nil {
		return nil, err
	}
	sub.Message = r.body
	return sub, nil
}

// putPage stores a page; a page that is stored again replaces itself.
func putPage(ctx context.Context, t tx, owner string, n int, p *t4.Page) error {
	data := p.Data
	if data == nil {
		data = []byte{} // nil would be NULL
	}
	_, err := t.exec(ctx, `INSERT INTO fax_page
		(owner, n, coding, width, height, resolution, bad_rows, bad_run, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (owner, n) DO UPDATE SET coding = excluded.coding, width = excluded.width,
			height = excluded.height, resolution = excluded.resolution,
			bad_rows = excluded.bad_rows, bad_run = excluded.bad_run, data = excluded.data`,
		owner, n, int(p.Coding), p.Width, p.Rows, int(p.Resolution), p.BadRows, p.BadRun, data)
	if err != nil {
		return fmt.Errorf("storing page %d of %s: %w", n, owner, err)
	}
	return nil
}

const pageColumns = `coding, width, height, resolution, bad_rows, bad_run, data`

func scanPage(rs rows) (*t4.Page, error) {
	p := &t4.Page{}
	return p, rs.Scan(&p.Coding, &p.Width, &p.Rows, &p.Resolution, &p.BadRows, &p.BadRun, &p.Data)
}

func getPages(ctx context.Context, q querier, owner string) ([]*t4.Page, error) {
	return all(ctx, q, scanPage, `SELECT `+pageColumns+` FROM fax_page WHERE owner = $1 ORDER BY n`, owner)
}

// getPage gives page n, from 0; nil when it is not there or no longer.
func getPage(ctx context.Context, q querier, owner string, n int) (*t4.Page, error) {
	pages, err := all(ctx, q, scanPage, `SELECT `+pageColumns+` FROM fax_page WHERE owner = $1 AND n = $2`, owner, n)
	if err != nil || len(pages) == 0 {
		return nil, err
	}
	return pages[0], nil
}

// note adds to the story of a fax.
func (s *Spool) note(ctx context.Context, t tx, fax, format string, args ...any) error {
	_, err := t.exec(ctx, `INSERT INTO fax_event (fax, at, what) VALUES ($1, $2, $3)`,
		fax, micros(s.now()), fmt.Sprintf(format, args...))
	return err
}

// encode makes the JSON of a record.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func decode(s string, v any) error {
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return fmt.Errorf("a record in the database cannot be read: %w", err)
	}
	return nil
}
