package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// postgresDB is the database on PostgreSQL, for an office whose other data live
// there too, or for one that has several processes at work. All updates of all of
// them stand in one queue, as on SQLite: the lock of each transaction sees to that.
type postgresDB struct {
	pool   *pgxpool.Pool
	config *pgx.ConnConfig
	locks  *pgx.Conn // whose session holds the locks of this process; nil: it broke
	number int32     // which lock says that this process lives
	driver *riverpgxv5.Driver
	insert *river.Client[pgx.Tx]
}

// The advisory locks, of the database that the URL names: any numbers will do.
const (
	lockOwner   = 0x70_61_67_65_01 // shared by all; releases without nodes take it alone
	lockUpdate  = 0x70_61_67_65_02
	lockMigrate = 0x70_61_67_65_03
	lockNodes   = 0x70_61_67_65 // with a number of 32 bits
)

// openPostgres opens the database that a URL names (see Options.Database).
func openPostgres(ctx context.Context, url string, log *slog.Logger) (_ *postgresDB, err error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the database's address cannot be read: %w", err) // without its password
	}
	where := fmt.Sprintf("the database %s at %s", config.ConnConfig.Database, config.ConnConfig.Host)
	config.MaxConns = max(config.MaxConns, 8)
	setSession(config.ConnConfig.RuntimeParams)
	d := &postgresDB{config: config.ConnConfig.Copy()}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if err := d.connect(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	if d.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("%s cannot be reached: %w", where, err)
	}
	d.driver = riverpgxv5.New(d.pool)
	if err := d.migrateRiver(ctx, log); err != nil {
		return nil, fmt.Errorf("migrating the tables of the queue in %s: %w", where, err)
	}
	// River tells of a queue's new tasks only once in this time: what comes within
	// it would lie until somebody looks.
	const untold = time.Millisecond
	d.insert, err = river.NewClient(d.driver, &river.Config{Logger: log, FetchCooldown: untold})
	return d, err
}

// setSession sets what holds for our sessions, whatever the server's own settings
// are.
func setSession(params map[string]string) {
	params["application_name"] = "pagebridge"
	// A commit that is not on disk is not accepted mail.
	params["synchronous_commit"] = "on"
	// A machine that is gone without a word is noticed in 15 s instead of 2 h: till
	// then its locks are held.
	params["tcp_keepalives_idle"] = "5"
	params["tcp_keepalives_interval"] = "5"
	params["tcp_keepalives_count"] = "2"
	// One that hangs in a transaction holds up all others.
	params["idle_in_transaction_session_timeout"] = "30s"
}

// migrateRiver makes River's tables; of processes that begin at the same time one
// does, and the others find it done.
func (d *postgresDB) migrateRiver(ctx context.Context, log *slog.Logger) error {
	if _, err := d.locks.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(lockMigrate)); err != nil {
		return err
	}
	m, err := rivermigrate.New(d.driver, &rivermigrate.Config{Logger: log})
	if err == nil {
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	_, unlock := d.locks.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(lockMigrate))
	return errors.Join(err, unlock)
}

// connect opens the session that holds this process's locks. A release that knows no
// nodes may be on its last steps.
func (d *postgresDB) connect(ctx context.Context) error {
	c, err := pgx.ConnectConfig(ctx, d.config.Copy())
	if err != nil {
		return fmt.Errorf("it cannot be reached: %w", err)
	}
	for try := 0; ; try++ {
		var ours bool
		if err = c.QueryRow(ctx, `SELECT pg_try_advisory_lock_shared($1)`, int64(lockOwner)).Scan(&ours); err != nil {
			break
		}
		if ours {
			d.locks = c
			return nil
		}
		if try == 10 {
			err = errors.New("it is in use by another process, of an older release that wants it for itself: stop that first")
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
			continue
		case <-ctx.Done():
			err = ctx.Err()
		}
		break
	}
	c.Close(context.WithoutCancel(ctx))
	return err
}

// enter takes the lock of a new name.
func (d *postgresDB) enter(ctx context.Context) (string, error) {
	for range 100 {
		number := rand.Int32()
		give, err := d.tryLock(ctx, number)
		if err != nil {
			return "", err
		}
		if give != nil {
			d.number = number
			return nodeName(number), nil
		}
	}
	return "", errors.New("no free name was found for this process")
}

func nodeName(number int32) string { return fmt.Sprintf("%s-%08x", onlyNode, number) }

// stay takes the lock back when the session broke.
func (d *postgresDB) stay(ctx context.Context) error {
	if d.locks != nil && d.locks.Ping(ctx) == nil {
		return nil
	}
	if d.locks != nil {
		_ = d.locks.Close(ctx)
		d.locks = nil
	}
	if err := d.connect(ctx); err != nil {
		return fmt.Errorf("the database: %w", err)
	}
	give, err := d.tryLock(ctx, d.number)
	if err == nil && give == nil {
		err = errors.New("another process is taking over from this one")
	}
	if err != nil { // another try begins anew
		_ = d.locks.Close(ctx)
		d.locks = nil
	}
	return err
}

func (d *postgresDB) seize(ctx context.Context, node string) (func(), error) {
	var number int32
	if _, err := fmt.Sscanf(strings.TrimPrefix(node, onlyNode+"-"), "%08x", &number); err != nil {
		return func() {}, nil // of no process that there could be
	}
	return d.tryLock(ctx, number)
}

// tryLock gives nil when another session has the lock.
func (d *postgresDB) tryLock(ctx context.Context, number int32) (give func(), err error) {
	locks := d.locks
	if locks == nil {
		return nil, errors.New("the database cannot be reached")
	}
	var ours bool
	err = locks.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, $2)`, int32(lockNodes), number).Scan(&ours)
	if err != nil || !ours {
		return nil, err
	}
	return func() {
		_, _ = locks.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1, $2)`, int32(lockNodes), number)
	}, nil
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

// vacuum is the server's own business.
func (d *postgresDB) vacuum(context.Context) error { return nil }

// wake does nothing: the server notifies, and River looks by itself.
func (d *postgresDB) wake(string, time.Duration) {}

func (d *postgresDB) close() error {
	if d.pool != nil {
		d.pool.Close()
	}
	if d.locks == nil {
		return nil
	}
	// The locks go last, and even if the server does not answer any more.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return d.locks.Close(ctx)
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
