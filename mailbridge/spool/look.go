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
	return &Spool{opts: o, db: db, now: o.Now}, nil
}

// Command opens the spool to Send orders to the process that works on it.
func Command(ctx context.Context, o Options) (*Spool, error) {
	look, err := Look(ctx, o)
	if err != nil {
		return nil, err
	}
	db, err := commandOf(ctx, look)
	if err != nil {
		look.Close()
		return nil, fmt.Errorf("spool: %w", err)
	}
	look.db = db
	return look, nil
}

func commandOf(ctx context.Context, look *Spool) (database, error) {
	l := look.db.(*looking)
	if l.pool != nil {
		return &commanding{l, &postgresDB{pool: l.pool}}, nil
	}
	// busy_timeout: the process that works writes all the time.
	writer, err := openHandle(ctx, l.file, 1, "mode=rw", "_txlock=immediate", "_pragma=busy_timeout(10000)", "_pragma=synchronous(FULL)")
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", l.file, err)
	}
	return &commanding{l, &sqliteDB{writer: writer, bell: newBell()}}, nil
}

// commanding is a database in which only orders are left.
type commanding struct {
	*looking
	orders database
}

func (c *commanding) update(ctx context.Context, f func(tx) error) error {
	return c.orders.update(ctx, f)
}

func (c *commanding) close() error {
	if c.pool != nil {
		return c.looking.close()
	}
	return errors.Join(c.orders.close(), c.looking.close())
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
		return &looking{reader: postgresReader{pool}, end: func() error { pool.Close(); return nil }, pool: pool}, nil
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
	return &looking{reader: sqliteReader{db}, end: db.Close, file: file}, nil
}

// looking is a database that is only read.
type looking struct {
	reader querier
	end    func() error
	file   string        // of SQLite
	pool   *pgxpool.Pool // of PostgreSQL
}

var errLooking = errors.New("spool: it was opened for reading")

func (l *looking) update(context.Context, func(tx) error) error  { return errLooking }
func (l *looking) read() querier                                 { return l.reader }
func (l *looking) newClient(*river.Config) (client, error)       { return nil, errLooking }
func (l *looking) wake(queue string, pause time.Duration)        {}
func (l *looking) vacuum(context.Context) error                  { return errLooking }
func (l *looking) poll() time.Duration                           { return time.Second }
func (l *looking) enter(context.Context) (string, error)         { return "", errLooking }
func (l *looking) stay(context.Context) error                    { return errLooking }
func (l *looking) seize(context.Context, string) (func(), error) { return nil, errLooking }
func (l *looking) close() error                                  { return l.end() }
