package spool_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/mailbridge/spool/spooltest"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	spooltest.Run(t, func(t *testing.T) spooltest.Place {
		dir := t.TempDir()
		return func(o *spool.Options) { o.Path = dir }
	})
}

func open(t testing.TB, path string) (*spool.Spool, error) {
	t.Helper()
	return spool.Open(context.Background(), spool.Options{Path: path, Logger: slog.New(slog.DiscardHandler)})
}

// TestOpenSaysWhatIsWrong: an administrator reads these.
func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	garbage := filepath.Join(dir, "garbage.db")
	newer := filepath.Join(dir, "newer.db")
	locked := filepath.Join(dir, "locked.db")
	write(t, file, []byte("x"))
	write(t, garbage, bytes.Repeat([]byte("not a database. "), 1000))
	makeNewer(t, newer)
	s, err := open(t, locked)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	for _, c := range []struct{ why, path, want string }{
		{"no path", "", "no path"},
		{"a folder under a file", filepath.Join(file, "spool"), "cannot be made"},
		{"a path that is a device", os.DevNull, "cannot be made"},
		{"not a database", garbage, "file is not a database"},
		{"a newer release", newer, "newer release"},
		{"in use", locked, "in use by another process"},
	} {
		s, err := open(t, c.path)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), filepath.Base(c.path)) && c.path != "" {
			t.Errorf("%s: %v; want %q and the path", c.why, err, c.want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := open(t, locked); err != nil {
		t.Errorf("after Close: %v", err)
	} else if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := spool.Open(context.Background(), spool.Options{Path: dir, MaxCalls: -1}); err == nil || !strings.Contains(err.Error(), "MaxCalls") {
		t.Errorf("MaxCalls -1: %v", err)
	}
}

func TestUnwritableFolder(t *testing.T) {
	if os.Geteuid() <= 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, dir); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("a folder without the right to write: %v", err)
	}
}

// TestPathWithOddLetters: the path is part of a URI inside.
func TestPathWithOddLetters(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a b", "50%?#&=ü")
	s, err := open(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(t.Context(), mailbridge.Submission{Recipients: make([]mailbridge.Recipient, 1)}); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(filepath.Join(dir, "pagebridge.db"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the mail: %v", info.Mode())
	}
}

// TestDurable: a commit is on disk in the sense of SQLite's synchronous=FULL,
// and the journal is a write-ahead log.
func TestDurable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool.db")
	s, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if mode, sync := spool.Pragmas(t, s); mode != "wal" || sync != 2 {
		t.Errorf("journal_mode %s, synchronous %d; want wal, 2", mode, sync)
	}
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// makeNewer makes a spool of a release that does not exist yet.
func makeNewer(t *testing.T, file string) {
	t.Helper()
	s, err := open(t, file)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`INSERT INTO fax_schema VALUES (1000)`); err != nil {
		t.Fatal(err)
	}
}

// TestVacuum: the file becomes shorter when documents are purged.
func TestVacuum(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "spool.db")
	o := spool.Options{Path: path, Logger: slog.New(slog.DiscardHandler)}
	s, err := spool.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		r, err := s.Receive(t.Context(), mailbridge.Received{})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			p := page()
			p.Data = make([]byte, 250_000)
			if err := r.Commit(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Finish(t.Context(), mailbridge.Received{}); err != nil { // to nobody
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	o.KeepOctets = 2_000_000
	if s, err = spool.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := spool.Purge(t, s); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if after := size(); before < 8_000_000 || after > 3_500_000 {
		t.Errorf("the file has %d octets, before it had %d", after, before)
	}
}

// TestOldFileShrinks: a file from before is made one that becomes shorter.
func TestOldFileShrinks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`PRAGMA journal_mode=WAL`, `CREATE TABLE old (n)`, `INSERT INTO old VALUES (7)`} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = sql.Open("sqlite", path); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var mode, n int
	if err := db.QueryRow(`PRAGMA auto_vacuum`).Scan(&mode); err != nil || mode != 2 {
		t.Errorf("auto_vacuum is %d, %v", mode, err)
	}
	if err := db.QueryRow(`SELECT n FROM old`).Scan(&n); err != nil || n != 7 {
		t.Errorf("what was in it: %d, %v", n, err)
	}
}
