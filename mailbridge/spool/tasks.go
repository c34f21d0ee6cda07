package spool

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// The tasks are what River keeps: which row of ours to look at. Each kind has
// its own queue, so that calls, which take minutes, hold up nothing else.

type renderTask struct {
	Submission string `json:"submission"`
}

type callTask struct {
	Job string `json:"job"`
}

type deliverTask struct {
	Received string `json:"received"`
	N        int    `json:"n"` // which mailbox
}

type notifyTask struct {
	Job string `json:"job"`
}

type delayTask struct {
	Job string `json:"job"`
}

type receiptTask struct {
	Job string `json:"job"`
}

type purgeTask struct{}

func (renderTask) Kind() string  { return "render" }
func (callTask) Kind() string    { return "call" }
func (deliverTask) Kind() string { return "deliver" }
func (notifyTask) Kind() string  { return "notify" }
func (delayTask) Kind() string   { return "delay" }
func (receiptTask) Kind() string { return "receipt" }
func (purgeTask) Kind() string   { return "purge" }

func (renderTask) InsertOpts() river.InsertOpts  { return taskOpts("render") }
func (callTask) InsertOpts() river.InsertOpts    { return taskOpts("call") }
func (deliverTask) InsertOpts() river.InsertOpts { return taskOpts("deliver") }
func (notifyTask) InsertOpts() river.InsertOpts  { return taskOpts("notify") }
func (delayTask) InsertOpts() river.InsertOpts   { return taskOpts("notify") }
func (receiptTask) InsertOpts() river.InsertOpts { return taskOpts("notify") }
func (purgeTask) InsertOpts() river.InsertOpts   { return taskOpts("purge") }

// taskOpts: River must never give a task up, however often the database failed
// it; when to give up is decided on our rows.
func taskOpts(queue string) river.InsertOpts {
	return river.InsertOpts{Queue: queue, MaxAttempts: 30_000}
}

// worker runs the tasks of one kind. do gives the time at which the task is to
// run again, or the zero time when it is done; an error is a fault of our own,
// such as a full disk, and the task runs again soon.
type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	s       *Spool
	timeout time.Duration
	do      func(ctx context.Context, task T) (next time.Time, err error)
}

// Timeout must be finite: River takes a task that runs longer for lost.
func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	next, err := w.do(ctx, job.Args)
	if err != nil {
		w.s.db.wake(job.Queue, soonAfter(job.JobRow))
		return err
	}
	if next.IsZero() {
		return nil
	}
	pause := max(0, next.Sub(w.s.now()))
	w.s.db.wake(job.Queue, pause)
	return river.JobSnooze(pause)
}

// guard makes an error of a panic in the work: it must not take the process
// with it.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// soon is River's policy for tasks that failed with an error.
type soon struct{ now func() time.Time }

func (s soon) NextRetry(job *rivertype.JobRow) time.Time {
	return s.now().Add(soonAfter(job))
}

func soonAfter(job *rivertype.JobRow) time.Duration {
	return 250 * time.Millisecond << min(len(job.Errors), 10)
}

func (s *Spool) riverConfig(workers *river.Workers) *river.Config {
	queues := map[string]river.QueueConfig{"purge": {MaxWorkers: 1, FetchPollInterval: 5 * time.Second}}
	for _, q := range []struct {
		name    string
		worked  bool
		workers int
	}{
		{"render", s.work.Render != nil, s.opts.MaxRenders},
		{"call", s.work.Call != nil, s.opts.MaxCalls},
		{"deliver", s.work.Deliver != nil, s.opts.MaxDeliveries},
		{"notify", s.work.Notify != nil, s.opts.MaxDeliveries},
	} {
		if q.worked {
			queues[q.name] = river.QueueConfig{MaxWorkers: q.workers}
		}
	}
	return &river.Config{
		ID:            s.client,
		Logger:        quiet(s.opts.Logger),
		Workers:       workers,
		RetryPolicy:   soon{s.now},
		FetchCooldown: 10 * time.Millisecond,
		// How late a task may run whose pause has ended; new ones are fetched
		// at once.
		FetchPollInterval: s.db.poll(),
		Queues:            queues,
		PeriodicJobs: []*river.PeriodicJob{river.NewPeriodicJob(
			river.PeriodicInterval(time.Hour),
			func() (river.JobArgs, *river.InsertOpts) { return purgeTask{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true},
		)},
	}
}

// quiet lets only River's warnings and errors through.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(warnings{log.Handler()}) }

type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }
func (w warnings) WithGroup(n string) slog.Handler      { return warnings{w.Handler.WithGroup(n)} }
