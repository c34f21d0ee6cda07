package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
)

// Look opens the spool for reading, also while another process works on it: its
// history and what waits. Whatever would change it fails.
func Look(ctx context.Context, o Options) (*Spool, error) {
	o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	db, err := lookInto(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	return &Spool{opts: o, db: db, now: time.Now}, nil
}

func lookInto(ctx context.Context, o Options) (*looking, error) {
	if o.Database != "" {
		pool, err := pgxpool.New(ctx, o.Database)
		if err == nil {
			err = pool.Ping(ctx)
		}
		if err != nil {
			return nil, errors.New("the database cannot be reached, or its address cannot be read") // which may hold a password
		}
		return &looking{postgresReader{pool}, func() error { pool.Close(); return nil }}, nil
	}
	file := o.Path
	if info, err := os.Stat(file); filepath.Ext(file) != ".db" || err == nil && info.IsDir() {
		file = filepath.Join(file, "pagebridge.db")
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	switch _, err := os.Stat(file); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no %s: nothing was ever received or sent with this spool", file)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%s may not be read; it belongs to the user that pagebridge runs as", file)
	case err != nil:
		return nil, err
	}
	db, err := openHandle(ctx, file, 2, "mode=ro", "_pragma=busy_timeout(10000)", "_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("opening %s for reading: %w", file, err)
	}
	return &looking{sqliteReader{db}, db.Close}, nil
}

// looking is a database that is only read.
type looking struct {
	reader querier
	end    func() error
}

var errLooking = errors.New("spool: it was opened for reading")

func (l *looking) update(context.Context, func(tx) error) error { return errLooking }
func (l *looking) read() querier                                { return l.reader }
func (l *looking) newClient(*river.Config) (client, error)      { return nil, errLooking }
func (l *looking) wake(queue string, pause time.Duration)       {}
func (l *looking) poll() time.Duration                          { return time.Second }
func (l *looking) close() error                                 { return l.end() }
