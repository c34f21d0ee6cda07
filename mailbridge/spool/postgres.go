package spool

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// postgresDB is the database on PostgreSQL, for an office whose other data live
// there too. As on SQLite one process works on it, and all updates stand in one
// queue: the lock of each transaction sees to that.
type postgresDB struct {
	pool   *pgxpool.Pool
	lock   *pgx.Conn // holds the lock that says whose spool it is
	driver *riverpgxv5.Driver
	insert *river.Client[pgx.Tx]
}

// The advisory locks, of the database that the URL names: any numbers will do.
const (
	lockOwner  = 0x70_61_67_65_01
	lockUpdate = 0x70_61_67_65_02
)

// openPostgres opens the database that a URL names (see Options.Database).
func openPostgres(ctx context.Context, url string, log *slog.Logger) (_ *postgresDB, err error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the database's address cannot be read: %w", err) // without its password
	}
	where := fmt.Sprintf("the database %s at %s", config.ConnConfig.Database, config.ConnConfig.Host)
	config.MaxConns = max(config.MaxConns, 8)
	config.ConnConfig.RuntimeParams["application_name"] = "pagebridge"
	// A commit that is not on disk is not accepted mail, whatever the server's
	// own setting.
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "on"
	d := &postgresDB{}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.lock, err = pgx.ConnectConfig(ctx, config.ConnConfig.Copy()); err != nil {
		return nil, fmt.Errorf("%s cannot be reached: %w", where, err)
	}
	if err := takeLock(ctx, d.lock); err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	if d.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("%s cannot be reached: %w", where, err)
	}
	d.driver = riverpgxv5.New(d.pool)
	m, err := rivermigrate.New(d.driver, &rivermigrate.Config{Logger: log})
	if err != nil {
		return nil, err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, fmt.Errorf("migrating the tables of the queue in %s: %w", where, err)
	}
	// River tells of a queue's new tasks only once in this time: what comes within
	// it would lie until somebody looks.
	const untold = time.Millisecond
	d.insert, err = river.NewClient(d.driver, &river.Config{Logger: log, FetchCooldown: untold})
	return d, err
}

// takeLock takes the lock that the server gives back when this process dies. The
// process before may be on its last steps.
func takeLock(ctx context.Context, c *pgx.Conn) error {
	for try := 0; ; try++ {
		var ours bool
		if err := c.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(lockOwner)).Scan(&ours); err != nil || ours {
			return err
		}
		if try == 10 {
			return fmt.Errorf("it is in use by another process; only one may work on a spool: stop it or give this one a database of its own")
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *postgresDB) update(ctx context.Context, f func(tx) error) error {
	return pgx.BeginFunc(ctx, d.pool, func(t pgx.Tx) error {
		if _, err := t.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(lockUpdate)); err != nil {
			return err
		}
		return f(postgresTx{postgresReader{t}, t, d.insert})
	})
}

func (d *postgresDB) read() querier { return postgresReader{d.pool} }

func (d *postgresDB) newClient(c *river.Config) (client, error) {
	return river.NewClient(d.driver, c)
}

func (d *postgresDB) poll() time.Duration { return time.Second }

// wake does nothing: the server notifies, and River looks by itself.
func (d *postgresDB) wake(string, time.Duration) {}

func (d *postgresDB) close() error {
	if d.pool != nil {
		d.pool.Close()
	}
	if d.lock == nil {
		return nil
	}
	// The lock goes last, and even if the server does not answer any more.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return d.lock.Close(ctx)
}

type postgresReader struct {
	q interface {
		Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	}
}

func (r postgresReader) query(ctx context.Context, query string, args ...any) (rows, error) {
	rs, err := r.q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return postgresRows{rs}, nil
}

type postgresRows struct{ pgx.Rows }

func (r postgresRows) Close() error {
	r.Rows.Close()
	return r.Rows.Err()
}

type postgresTx struct {
	postgresReader
	tx     pgx.Tx
	insert *river.Client[pgx.Tx]
}

func (t postgresTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := t.tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (t postgresTx) enqueue(ctx context.Context, task river.JobArgs) error {
	_, err := t.insert.InsertTx(ctx, t.tx, task, nil)
	return err
}
