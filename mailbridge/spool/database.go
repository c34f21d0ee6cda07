package spool

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
)

// ErrNotFound means that the spool has no fax of that id.
var ErrNotFound = errors.New("spool: no such fax")

// database is all that the spool asks of SQLite, and would ask of another: the
// statements are the same, only the types of the transactions differ.
type database interface {
	// update runs f in a transaction. When it returns nil, what f did is on
	// disk; otherwise none of it happened.
	update(ctx context.Context, f func(tx) error) error
	// read gives what is committed, without waiting for an update.
	read() querier
	// newClient makes the client that works. Closing the database is up to
	// the caller and comes after stopping the client.
	newClient(*river.Config) (client, error)
	// wake lets a queue be looked at when a task of it comes due that is to run
	// again after a pause.
	wake(queue string, pause time.Duration)
	// enter gives this process a name that no other has. As long as it lives and
	// reaches the database nobody can seize that.
	enter(ctx context.Context) (node string, err error)
	// stay sees to it that this is still so; after an error it is not.
	stay(ctx context.Context) error
	// seize takes the name of a process that is gone, so that it cannot come back
	// before give is called; nil: it lives, or another has seized it.
	seize(ctx context.Context, node string) (give func(), err error)
	// vacuum gives the room of what was deleted back to the disk, a little at a time.
	vacuum(ctx context.Context) error
	// poll is how often River must look for tasks by itself.
	poll() time.Duration
	close() error
}

// querier reads. Statements name their arguments $1, $2, ….
type querier interface {
	query(ctx context.Context, sql string, args ...any) (rows, error)
}

// tx is one transaction.
type tx interface {
	querier
	// exec gives the number of rows that changed.
	exec(ctx context.Context, sql string, args ...any) (int64, error)
	// enqueue inserts a job for River that is due now.
	enqueue(ctx context.Context, task river.JobArgs) error
}

type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// client is the part of a River client that does not name its transactions.
type client interface {
	Start(context.Context) error
	Stop(context.Context) error
	StopAndCancel(context.Context) error
	JobList(context.Context, *river.JobListParams) (*river.JobListResult, error)
}

// all collects the rows of a statement.
func all[T any](ctx context.Context, q querier, scan func(rows) (T, error), sql string, args ...any) ([]T, error) {
	rs, err := q.query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	var list []T
	for rs.Next() {
		v, err := scan(rs)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rs.Err()
}

// one gives the only row of a statement, or ErrNotFound.
func one[T any](ctx context.Context, q querier, scan func(rows) (T, error), sql string, args ...any) (T, error) {
	list, err := all(ctx, q, scan, sql, args...)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return list[0], nil
}

// column scans a row of one column.
func column[T any](rs rows) (v T, err error) {
	err = rs.Scan(&v)
	return v, err
}

// micros is how a time stands in the tables: microseconds since 1970, 0 for
// the zero time. Every database can compare them.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us)
}
