package spool

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqliteDB is the database on SQLite: one file, one process.
type sqliteDB struct {
	lock   *sql.DB // holds the lock file for as long as it is open
	writer *sql.DB // one connection: all writes stand in its queue
	reader *sql.DB
	bell   *bell
	driver bellDriver
	insert *river.Client[*sql.Tx] // only inserts; lives from open to close
}

// openSQLite opens or makes the file that path names (see Options.Path).
func openSQLite(ctx context.Context, path string, log *slog.Logger) (_ *sqliteDB, err error) {
	file, err := sqliteFile(path)
	if err != nil {
		return nil, err
	}
	d := &sqliteDB{bell: newBell()}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.lock, err = lockFile(ctx, file+".lock"); err != nil {
		return nil, err
	}
	// immediate: a transaction that will write takes the lock at its begin and
	// never finds at its end that another was faster.
	d.writer, err = openHandle(ctx, file, 1, "_txlock=immediate",
		// auto_vacuum=INCREMENTAL must come before there is anything in the file.
		"_pragma=busy_timeout(10000)", "_pragma=auto_vacuum(2)", "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)",
		"_pragma=journal_size_limit(67108864)")
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", file, err)
	}
	if err := syncFolder(filepath.Dir(file)); err != nil {
		return nil, err
	}
	if err := d.makeShrinkable(ctx, log); err != nil {
		return nil, fmt.Errorf("opening %s: %w", file, err)
	}
	d.driver = bellDriver{riversqlite.New(d.writer), d.bell}
	if err := d.migrateRiver(ctx, log); err != nil {
		return nil, fmt.Errorf("opening %s: %w", file, err)
	}
	d.reader, err = openHandle(ctx, file, 4, "mode=ro", "_pragma=busy_timeout(10000)", "_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("opening %s for reading: %w", file, err)
	}
	d.insert, err = river.NewClient(d.driver, &river.Config{Logger: log})
	return d, err
}

// sqliteFile makes the folder and says which file in it is meant.
func sqliteFile(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	file := path
	if info, err := os.Stat(path); filepath.Ext(path) != ".db" || err == nil && info.IsDir() {
		file = filepath.Join(path, "pagebridge.db")
	}
	// 0700: the spool holds other people's mail.
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", fmt.Errorf("the folder %s cannot be made: %w", filepath.Dir(file), plain(err))
	}
	// SQLite would only say "unable to open database file (14)".
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", fmt.Errorf("%s cannot be written: %w; it and its folder must belong to the user that runs this", file, plain(err))
	}
	return file, f.Close()
}

// plain takes the path, which is named already, out of an error.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// lockFile takes the lock that says whose spool it is. It is an empty SQLite
// database in an exclusive transaction: a lock that works wherever SQLite does
// and that the system takes back when the process dies.
func lockFile(ctx context.Context, file string) (*sql.DB, error) {
	// A second: the process before may be on its last steps.
	db, err := openHandle(ctx, file, 1, "_pragma=busy_timeout(1000)")
	if err == nil {
		_, err = db.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if err == nil {
		return db, nil
	}
	if db != nil {
		db.Close()
	}
	if strings.Contains(err.Error(), "SQLITE_BUSY") {
		return nil, fmt.Errorf("%s is in use by another process; only one may work on a spool: stop it or give this one a folder of its own",
			strings.TrimSuffix(file, ".lock"))
	}
	return nil, fmt.Errorf("taking the lock %s: %w", file, err)
}

// openHandle opens a file with SQLite's and the driver's parameters, and tries
// the connection.
func openHandle(ctx context.Context, file string, conns int, params ...string) (*sql.DB, error) {
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") { // C:/…
		path = "/" + path
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: strings.Join(params, "&")}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// syncFolder puts the names of new files on disk. Windows knows no such thing.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && os.PathSeparator == '/' {
		return fmt.Errorf("syncing %s: %w", dir, plain(err))
	}
	return nil
}

func (d *sqliteDB) migrateRiver(ctx context.Context, log *slog.Logger) error {
	m, err := rivermigrate.New(d.driver, &rivermigrate.Config{Logger: log})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrating the tables of the queue: %w", err)
	}
	return nil
}

func (d *sqliteDB) update(ctx context.Context, f func(tx) error) error {
	t, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback()
	queues := map[string]bool{}
	if err := f(sqliteTx{sqliteReader{t}, t, d.insert, queues}); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return err
	}
	for queue := range queues {
		d.bell.ring(queue)
	}
	return nil
}

func (d *sqliteDB) poll() time.Duration { return 5 * time.Second }

func (d *sqliteDB) wake(queue string, pause time.Duration) { d.bell.ringLater(queue, pause) }

func (d *sqliteDB) read() querier { return sqliteReader{d.reader} }

func (d *sqliteDB) newClient(c *river.Config) (client, error) {
	return river.NewClient(d.driver, c)
}

// enter: there is no other process.
func (d *sqliteDB) enter(context.Context) (string, error)         { return onlyNode, nil }
func (d *sqliteDB) stay(context.Context) error                    { return nil }
func (d *sqliteDB) seize(context.Context, string) (func(), error) { return func() {}, nil }

func (d *sqliteDB) close() error {
	var errs []error
	// The lock goes last: whoever gets it finds the file at rest.
	for _, db := range []*sql.DB{d.reader, d.writer, d.lock} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

type sqliteReader struct {
	q interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (r sqliteReader) query(ctx context.Context, query string, args ...any) (rows, error) {
	rs, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err // a nil *sql.Rows must not become a rows
	}
	return rs, nil
}

type sqliteTx struct {
	sqliteReader
	tx     *sql.Tx
	insert *river.Client[*sql.Tx]
	queues map[string]bool // those that got a task
}

func (t sqliteTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t sqliteTx) enqueue(ctx context.Context, task river.JobArgs) error {
	t.queues[task.Kind()] = true // its queue has the same name
	_, err := t.insert.InsertTx(ctx, t.tx, task, nil)
	return err
}
