package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// faulty is a database whose commits fail now and then, some of them though
// the commit took place: that is what a full disk or a lost connection does.
type faulty struct {
	database
	mu   sync.Mutex
	rate float64 // of updates that fail; guarded by mu
}

var errDisk = errors.New("disk I/O error")

func (f *faulty) update(ctx context.Context, do func(tx) error) error {
	f.mu.Lock()
	rate := f.rate
	f.mu.Unlock()
	before, after := rand.Float64() < rate, rand.Float64() < rate
	err := f.database.update(ctx, func(t tx) error {
		if err := do(t); err != nil {
			return err
		}
		if before {
			return errDisk
		}
		return nil
	})
	if err == nil && after {
		err = errDisk
	}
	return err
}

func (f *faulty) set(rate float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rate = rate
}

func openFaulty(t *testing.T) (*Spool, *faulty) {
	t.Helper()
	at := []time.Duration{0}
	o := Options{Path: t.TempDir(), Logger: slog.New(slog.DiscardHandler),
		Retry:     Retry{Delays: map[string][]time.Duration{"": at, CauseInterrupted: at}},
		MailRetry: MailRetry{Delays: at},
	}
	o.withDefaults()
	db, err := openSQLite(t.Context(), o.Path, quiet(o.Logger))
	if err != nil {
		t.Fatal(err)
	}
	f := &faulty{database: db}
	s, err := open(t.Context(), o, f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, f
}

// machines is a world of fax machines and mailboxes that checks what it sees.
type machines struct {
	t        *testing.T
	mu       sync.Mutex
	whole    map[string]bool // jobs whose every page was confirmed
	reported map[string]bool
	mailed   map[string]int
}

func (m *machines) work() mailbridge.Work {
	return mailbridge.Work{
		Render: func(context.Context, *mailbridge.Submission) ([]*t4.Page, error) {
			return []*t4.Page{{Rows: 1}, {Rows: 2}}, nil
		},
		Call: m.call,
		Deliver: func(_ context.Context, r *mailbridge.Received, pages []*t4.Page, mailbox string) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.mailed[r.ID] = len(pages)
			return nil
		},
		Notify: func(_ context.Context, r *mailbridge.Report) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.reported[r.Job.ID] = true; !r.Outcome.Delivered {
				m.t.Errorf("job %s: %s", r.Job.ID, r.Outcome.Sentence)
			}
			return nil
		},
	}
}

func (m *machines) call(_ context.Context, j *mailbridge.Job, pages []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
	m.mu.Lock()
	again := m.whole[j.ID]
	m.mu.Unlock()
	if again {
		m.t.Errorf("job %s is called after every page of it was confirmed", j.ID)
	}
	for i := range pages {
		if err := confirmed(i); err != nil {
			return mailbridge.Outcome{Status: mailbridge.S4_3_0System, Cause: "spool", Retry: true}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.whole[j.ID] = true
	return mailbridge.Outcome{Delivered: true, Status: mailbridge.S2_0_0Delivered}
}

// TestFaultyDisk: what a failing disk breaks is done again, and no promise is
// broken meanwhile.
func TestFaultyDisk(t *testing.T) {
	t.Parallel()
	s, disk := openFaulty(t)
	s.opts.Retry.MaxAttempts = 1000
	m := &machines{t: t, whole: map[string]bool{}, reported: map[string]bool{}, mailed: map[string]int{}}
	if err := s.Start(t.Context(), m.work()); err != nil {
		t.Fatal(err)
	}
	disk.set(0.15)
	accepted, committed := 0, map[string]int{}
	for i := range 20 {
		_, err := s.Accept(t.Context(), mailbridge.Submission{ReturnPath: "a@example.com", Recipients: make([]mailbridge.Recipient, 1)})
		if err == nil {
			accepted++
		}
		if r, err := s.Receive(t.Context(), mailbridge.Received{Mailboxes: []string{fmt.Sprint(i)}}); err == nil {
			committed[r.ID()] = receivePages(t, r, 3)
		}
	}
	disk.set(0.05)
	for end := time.Now().Add(time.Minute); !idle(t, s); {
		if time.Now().After(end) {
			c, _ := s.Counts(t.Context())
			t.Fatalf("the work does not end: %+v", c)
		}
		time.Sleep(10 * time.Millisecond)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.reported) < accepted {
		t.Errorf("%d accepted, %d reported", accepted, len(m.reported))
	}
	for id, pages := range committed {
		if m.mailed[id] < pages {
			t.Errorf("%d pages of %s were confirmed, %d mailed", pages, id, m.mailed[id])
		}
	}
}

// receivePages commits pages as a peer sends them, again when one was not
// confirmed, and gives how many were.
func receivePages(t *testing.T, r *Receipt, n int) int {
	confirmed := 0
	for i := range n {
		for range 50 {
			if r.Commit(t.Context(), &t4.Page{Rows: i}) == nil {
				confirmed++
				break
			}
		}
	}
	for range 50 {
		if r.Finish(t.Context(), mailbridge.Received{Complete: true}) == nil {
			return confirmed
		}
	}
	t.Error("no Finish succeeded")
	return confirmed
}

func idle(t *testing.T, s *Spool) bool {
	c, err := s.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, counts := range []map[State]int{c.Jobs, c.Deliveries, c.Reports} {
		if counts[Accepted]+counts[Queued]+counts[Calling] > 0 {
			return false
		}
	}
	return c.Received[Queued] == 0
}

// TestSettleTwice: a commit that reported an error may have taken place.
func TestSettleTwice(t *testing.T) {
	s, _ := openFaulty(t)
	id, err := s.Accept(t.Context(), mailbridge.Submission{ReturnPath: "a@example.com", Recipients: make([]mailbridge.Recipient, 1)})
	if err != nil {
		t.Fatal(err)
	}
	sub, err := getSubmission(t.Context(), s.db.read(), id)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.queueCalls(t.Context(), sub, []*t4.Page{{}}); err != nil {
			t.Fatal(err)
		}
	}
	jobs, err := s.Jobs(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	j, err := getJob(t.Context(), s.db.read(), jobs[0])
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 2; n++ {
		if err := s.beginAttempt(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		o := interrupted(0)
		if n == 2 {
			o = mailbridge.Outcome{Delivered: true}
		}
		first, err := s.endAttempt(t.Context(), j.ID, n, o)
		if err != nil {
			t.Fatal(err)
		}
		second, err := s.endAttempt(t.Context(), j.ID, n, o)
		if err != nil || !second.Equal(first.Truncate(time.Microsecond)) {
			t.Errorf("attempt %d, ended twice: next %v, then %v, %v", n, first, second, err)
		}
	}
	j, err = getJob(t.Context(), s.db.read(), j.ID)
	if err != nil || j.interrupted != 1 || j.state != Delivered {
		t.Errorf("job %+v, %v", j, err)
	}
}
