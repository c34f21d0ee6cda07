package spool

import (
	"context"
	"fmt"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// History lists faxes, newest first.
func (s *Spool) History(ctx context.Context, f Filter) ([]Fax, error) {
	out := `SELECT id, 'out', created, state, number, peer, remote_id, pages, attempts, next, held, outcome FROM fax_job`
	in := `SELECT id, 'in', created, state, number, peer, remote_id, pages, 0, 0, held, record FROM fax_received`
	where, args := f.where()
	sql := out + where + ` UNION ALL ` + in + where
	switch f.Direction {
	case Out:
		sql = out + where
	case In:
		sql = in + where
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	sql += fmt.Sprintf(` ORDER BY 3 DESC, 1 LIMIT %d`, min(limit, 10_000))
	list, err := all(ctx, s.db.read(), scanFax, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("spool: reading the history: %w", err)
	}
	return list, nil
}

// where is the filter in SQL.
func (f *Filter) where() (sql string, args []any) {
	var terms []string
	term := func(clause string, arg any) {
		args = append(args, arg)
		terms = append(terms, fmt.Sprintf("%s $%d", clause, len(args)))
	}
	if f.State != "" {
		term("state =", f.State)
	}
	if f.Number != "" {
		term("number =", f.Number)
	}
	if f.Peer != "" {
		term("peer =", f.Peer)
	}
	if f.Open {
		term("ended =", 0)
	}
	if !f.Since.IsZero() {
		term("created >=", micros(f.Since))
	}
	if !f.Before.IsZero() {
		term("created <", micros(f.Before))
	}
	if len(terms) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args
}

func scanFax(rs rows) (f Fax, err error) {
	var created, next, held int64
	var record string
	err = rs.Scan(&f.ID, &f.Direction, &created, &f.State, &f.Number, &f.Peer, &f.RemoteID,
		&f.Pages, &f.Attempts, &next, &held, &record)
	if err != nil {
		return f, err
	}
	f.Time, f.Next, f.Held = fromMicros(created), fromMicros(next), held != 0
	if f.Direction == In {
		var r mailbridge.Received
		err = decode(record, &r)
		f.Sentence = r.Outcome.Sentence
		return f, err
	}
	var o mailbridge.Outcome
	err = decode(record, &o)
	f.Sentence = o.Sentence
	return f, err
}

// Job finds a job by its id; ErrNotFound if there is none.
func (s *Spool) Job(ctx context.Context, id string) (*JobRecord, error) {
	q := s.db.read()
	j, err := getJob(ctx, q, id)
	if err != nil {
		return nil, err
	}
	r := &JobRecord{Job: j.Job, State: j.state, ReturnPath: j.peer, Held: j.held, Next: j.next, Ended: j.ended, Outcome: j.outcome}
	if r.History, err = getAttempts(ctx, q, id); err != nil {
		return nil, err
	}
	r.Events, err = getEvents(ctx, q, id)
	return r, err
}

// Jobs gives the ids of the jobs of a submission, in the order of its
// recipients.
func (s *Spool) Jobs(ctx context.Context, submission string) ([]string, error) {
	return all(ctx, s.db.read(), column[string],
		`SELECT id FROM fax_job WHERE submission = $1 ORDER BY position`, submission)
}

// Received finds a received fax by its id; ErrNotFound if there is none.
func (s *Spool) Received(ctx context.Context, id string) (*ReceivedRecord, error) {
	q := s.db.read()
	r, err := getReceived(ctx, q, id)
	if err != nil {
		return nil, err
	}
	if r.Deliveries, err = getDeliveries(ctx, q, id); err != nil {
		return nil, err
	}
	r.Events, err = getEvents(ctx, q, id)
	return r, err
}

// Document gives the pages of a submission or of a received fax by its id; none
// when they have been purged.
func (s *Spool) Document(ctx context.Context, id string) (*mailbridge.Document, error) {
	pages, err := getPages(ctx, s.db.read(), id)
	return &mailbridge.Document{ID: id, Pages: pages}, err
}

// getReceived reads a received fax without its deliveries and events.
func getReceived(ctx context.Context, q querier, id string) (*ReceivedRecord, error) {
	return one(ctx, q, func(rs rows) (*ReceivedRecord, error) {
		r := &ReceivedRecord{}
		var record, ladder string
		var held int64
		if err := rs.Scan(&r.State, &record, &ladder, &held); err != nil {
			return nil, err
		}
		r.Held = held != 0
		err := decode(record, &r.Received)
		r.Outcome.Ladder = ladder
		return r, err
	}, `SELECT state, record, ladder, held FROM fax_received WHERE id = $1`, id)
}

func getDeliveries(ctx context.Context, q querier, id string) ([]Delivery, error) {
	type row struct {
		Delivery
		n int
	}
	list, err := all(ctx, q, func(rs rows) (d row, err error) {
		var next int64
		err = rs.Scan(&d.n, &d.Mailbox, &d.State, &d.Tries, &next, &d.Error)
		d.Next = fromMicros(next)
		return d, err
	}, `SELECT n, mailbox, state, tries, next, error FROM fax_delivery WHERE received = $1 ORDER BY n`, id)
	if err != nil {
		return nil, err
	}
	var deliveries []Delivery
	for _, d := range list {
		if d.Replies, err = getReplies(ctx, q, id, d.n); err != nil {
			return nil, err
		}
		deliveries = append(deliveries, d.Delivery)
	}
	return deliveries, nil
}

func getEvents(ctx context.Context, q querier, id string) ([]Event, error) {
	return all(ctx, q, func(rs rows) (e Event, err error) {
		var at int64
		err = rs.Scan(&at, &e.What)
		e.Time = fromMicros(at)
		return e, err
	}, `SELECT at, what FROM fax_event WHERE fax = $1 ORDER BY at`, id)
}

// Counts tells how many faxes are in which state.
func (s *Spool) Counts(ctx context.Context) (c Counts, err error) {
	for _, t := range []struct {
		table string
		into  *map[State]int
	}{
		{"fax_job", &c.Jobs}, {"fax_received", &c.Received},
		{"fax_delivery", &c.Deliveries}, {"fax_report", &c.Reports},
	} {
		if *t.into, err = s.count(ctx, t.table); err != nil {
			return c, fmt.Errorf("spool: counting: %w", err)
		}
	}
	return c, nil
}

func (s *Spool) count(ctx context.Context, table string) (map[State]int, error) {
	counts := map[State]int{}
	_, err := all(ctx, s.db.read(), func(rs rows) (_ int, err error) {
		var state State
		var n int
		err = rs.Scan(&state, &n)
		counts[state] = n
		return 0, err
	}, `SELECT state, count(*) FROM `+table+` GROUP BY state`)
	return counts, err
}
