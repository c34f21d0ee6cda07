package spool

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// mailRow is a row of fax_delivery or fax_report: mail that must reach the
// relay. The two live alike.
type mailRow struct {
	table   string // of the row
	key     string // its WHERE clause, of $1 and $2
	id      string // $1
	n       int    // $2: the mailbox; 0 for a report
	mailbox string
	state   State
	created time.Time
	next    time.Time
	tries   int
}

func getDelivery(ctx context.Context, q querier, received string, n int) (*mailRow, error) {
	m := &mailRow{table: "fax_delivery", key: "received = $1 AND n = $2", id: received, n: n}
	return m, m.load(ctx, q, "mailbox")
}

func getReport(ctx context.Context, q querier, job string) (*mailRow, error) {
	m := &mailRow{table: "fax_report", key: "job = $1 AND $2 = 0", id: job}
	return m, m.load(ctx, q, "''")
}

func (m *mailRow) load(ctx context.Context, q querier, mailbox string) error {
	_, err := one(ctx, q, func(rs rows) (_ int, err error) {
		var created, next int64
		err = rs.Scan(&m.mailbox, &m.state, &created, &next, &m.tries)
		m.created, m.next = fromMicros(created), fromMicros(next)
		return 0, err
	}, `SELECT `+mailbox+`, state, created, next, tries FROM `+m.table+` WHERE `+m.key, m.id, m.n)
	return err
}

// send runs hand, which hands the mail to the relay, and writes down what
// follows. fax is whose story it belongs to.
func (s *Spool) send(ctx context.Context, m *mailRow, fax, what string, hand func(context.Context) error) (time.Time, error) {
	if m.state != Queued {
		return time.Time{}, nil
	}
	if m.next.After(s.now()) {
		return m.next, nil
	}
	m.tries++
	err := s.update(ctx, func(ctx context.Context, t tx) error {
		_, err := t.exec(ctx, `UPDATE `+m.table+` SET tries = $3 WHERE `+m.key, m.id, m.n, m.tries)
		return err
	})
	if err != nil {
		return time.Time{}, err
	}
	err = guard(func() error { return hand(ctx) })
	state, next := s.follow(ctx, m, err)
	s.logMail(state, what, fax, next, m.tries, err)
	sentence := ""
	if err != nil {
		sentence = truncate(err.Error(), 4096)
	}
	return next, s.insist(ctx, func(ctx context.Context, t tx) error {
		return s.endTry(ctx, t, m, fax, what, state, next, sentence)
	})
}

// follow says what follows from a try to hand mail over.
func (s *Spool) follow(ctx context.Context, m *mailRow, err error) (State, time.Time) {
	var permanent *mailbridge.PermanentError
	switch {
	case err == nil:
		return Delivered, time.Time{}
	case errors.As(err, &permanent):
		return Failed, time.Time{}
	case ctx.Err() != nil: // it is we who broke it off
		return Queued, s.now()
	}
	next := s.opts.MailRetry.next(m.created, m.tries, s.now())
	if next.IsZero() {
		return Failed, next
	}
	return Queued, next
}

func (s *Spool) endTry(ctx context.Context, t tx, m *mailRow, fax, what string, state State, next time.Time, sentence string) error {
	ended := time.Time{}
	if state != Queued {
		ended = s.now()
	}
	_, err := t.exec(ctx, `UPDATE `+m.table+` SET state = $3, next = $4, ended = $5, error = $6 WHERE `+m.key,
		m.id, m.n, state, micros(next), micros(ended), sentence)
	if err != nil {
		return err
	}
	came := string(state)
	if state == Delivered { // what its mail servers make of it is another matter
		came = "handed over"
	}
	if err := s.note(ctx, t, fax, "%s", strings.TrimSpace(what+": "+came+" "+sentence)); err != nil {
		return err
	}
	if m.table == "fax_delivery" && state != Queued {
		if state == Failed {
			if err := s.returnFax(ctx, t, m.id, m.mailbox, sentence); err != nil {
				return err
			}
		}
		return endReceived(ctx, t, m.id)
	}
	return nil
}

// logMail: mail that is lost is the postmaster's business.
func (s *Spool) logMail(state State, what, fax string, next time.Time, tries int, err error) {
	log := s.opts.Logger.With("job", fax, "mail", what, "tries", tries)
	switch state {
	case Delivered:
		log.Info("mail was handed over")
	case Failed:
		log.Error("mail cannot be delivered and is given up", "err", err)
	default:
		log.Warn("mail was not taken for now", "err", err, "next", next)
	}
}

// notify sends the report of a job.
func (s *Spool) notify(ctx context.Context, task notifyTask) (time.Time, error) {
	m, err := getReport(ctx, s.db.read(), task.Job)
	if err != nil {
		return time.Time{}, err
	}
	r, err := getReportContent(ctx, s.db.read(), task.Job)
	if err != nil {
		return time.Time{}, err
	}
	return s.send(ctx, m, task.Job, "report to <"+r.Submission.ReturnPath+">", func(ctx context.Context) error {
		return s.work.Notify(ctx, r)
	})
}

func getReportContent(ctx context.Context, q querier, job string) (*mailbridge.Report, error) {
	j, err := getJob(ctx, q, job)
	if err != nil {
		return nil, err
	}
	sub, err := getSubmission(ctx, q, j.SubmissionID)
	if err != nil {
		return nil, err
	}
	attempts, err := getAttempts(ctx, q, job)
	if err != nil {
		return nil, err
	}
	first, err := getPage(ctx, q, j.SubmissionID, 0)
	if err != nil {
		return nil, err
	}
	return &mailbridge.Report{Submission: *sub, Job: j.Job, Outcome: j.outcome, Attempts: attempts, FirstPage: first}, nil
}
