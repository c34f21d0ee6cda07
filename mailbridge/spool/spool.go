package spool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// Spool is the durable queue with its documents and history. All methods may
// be called at the same time.
type Spool struct {
	// Set by Open; immutable.
	opts Options
	db   database
	now  func() time.Time
	// client is this process in River's tables. In ours it is node, which changes
	// when others took it for dead.
	client string
	node   atomic.Pointer[string]

	// The jobs that this process is calling, so that no job has two calls even
	// if River takes one for lost.
	calling sync.Map // of job id to the context.CancelCauseFunc of its call

	// What is tried again until it succeeds or the spool is closed.
	late  sync.WaitGroup
	open  context.Context // ends with Close
	close context.CancelFunc

	mu     sync.Mutex // guards what follows
	work   mailbridge.Work
	queue  client // nil when stopped
	closed bool
}

// Open opens the spool, makes or migrates its tables, and takes up what the
// process that had it before left unfinished. It fails with a sentence for the
// administrator if the path cannot be written or another process has it.
func Open(ctx context.Context, o Options) (*Spool, error) {
	o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	db, where, err := openDatabase(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	s, err := open(ctx, o, db)
	if err != nil {
		db.close()
		return nil, fmt.Errorf("spool: opening %s: %w", where, err)
	}
	return s, nil
}

// openDatabase opens the database that the options name; where is its name for
// people.
func openDatabase(ctx context.Context, o Options) (db database, where string, err error) {
	if o.Database == "" {
		d, err := openSQLite(ctx, o.Path, quiet(o.Logger))
		return d, o.Path, err
	}
	d, err := openPostgres(ctx, o.Database, quiet(o.Logger))
	return d, "the database", err // its URL may hold a password
}

// open is Open on any database.
func open(ctx context.Context, o Options, db database) (*Spool, error) {
	s := &Spool{opts: o, db: newGrouped(db), now: o.Now}
	s.open, s.close = context.WithCancel(context.WithoutCancel(ctx))
	if err := migrate(ctx, s.db); err != nil {
		return nil, err
	}
	if err := s.begin(ctx); err != nil {
		return nil, fmt.Errorf("taking up what was left unfinished: %w", err)
	}
	s.late.Go(s.watch)
	return s, nil
}

// Start begins to work: jobs that are due run at once. What a function of w is
// missing for waits until a later Start has it, such as received faxes when
// there is no relay. ctx only carries values; Stop is what ends the work.
// Accept and Receive work before Start too.
func (s *Spool) Start(ctx context.Context, w mailbridge.Work) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("spool: it is closed")
	}
	if s.queue != nil {
		return errors.New("spool: it was started before")
	}
	s.work = w
	c, err := s.db.newClient(s.riverConfig(s.workers()))
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if err := c.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("spool: starting the queue: %w", err)
	}
	s.queue = c
	s.db.wake("purge", time.Second) // River makes its task when it has begun
	return nil
}

func (s *Spool) workers() *river.Workers {
	ws := river.NewWorkers()
	const mail = 15 * time.Minute // longer than RFC 5321 4.5.3.2 lets one command take
	river.AddWorker(ws, &worker[renderTask]{s: s, timeout: 30 * time.Minute, do: s.render})
	river.AddWorker(ws, &worker[callTask]{s: s, timeout: s.opts.CallTimeout, do: s.call})
	river.AddWorker(ws, &worker[deliverTask]{s: s, timeout: mail, do: s.deliver})
	river.AddWorker(ws, &worker[notifyTask]{s: s, timeout: mail, do: s.notify})
	river.AddWorker(ws, &worker[delayTask]{s: s, timeout: mail, do: s.delayed})
	river.AddWorker(ws, &worker[receiptTask]{s: s, timeout: mail, do: s.receipt})
	river.AddWorker(ws, &worker[purgeTask]{s: s, timeout: 10 * time.Minute, do: s.purge})
	return ws
}

// Stop begins no more jobs and waits for those under way; when ctx ends first
// their contexts are cancelled: calls hang up and are made again after the
// next Start. It may be called more than once.
func (s *Spool) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue == nil {
		return nil
	}
	err := s.queue.Stop(ctx)
	if err != nil && ctx.Err() != nil {
		// hangUp is how long a call may take to hang up and be recorded.
		const hangUp = 30 * time.Second
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), hangUp)
		defer cancel()
		err = s.queue.StopAndCancel(hard)
	}
	if err != nil {
		return fmt.Errorf("spool: stopping: %w", err)
	}
	s.queue = nil
	return nil
}

// Close cancels the work that Stop has not ended, and closes the database.
func (s *Spool) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := s.Stop(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return err
	}
	s.closed = true
	if s.close != nil { // nil: it was opened to look only
		s.close()
	}
	s.late.Wait()
	return errors.Join(err, s.db.close())
}

// update runs f in a transaction that the end of ctx does not cut short: what
// a peer was promised, or what already happened, must be written down.
func (s *Spool) update(ctx context.Context, f func(context.Context, tx) error) error {
	// patience is for a disk that hangs, not for one that is slow.
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return s.db.update(ctx, func(t tx) error { return f(ctx, t) })
}

// insist is update for what must not be forgotten, such as that a fax was
// delivered: it tries until it succeeds or stop ends.
func (s *Spool) insist(stop context.Context, f func(context.Context, tx) error) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 30*time.Second) {
		err := s.update(stop, f)
		if err == nil || stop.Err() != nil {
			return err
		}
		s.opts.Logger.Error("the spool cannot be written; trying again", "err", err, "pause", pause)
		select {
		case <-time.After(pause):
		case <-stop.Done():
		}
	}
}
