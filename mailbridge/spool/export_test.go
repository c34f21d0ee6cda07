package spool

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Pragmas asks SQLite how it writes.
func Pragmas(t *testing.T, s *Spool) (journalMode string, synchronous int) {
	t.Helper()
	err := s.db.update(t.Context(), func(tx tx) (err error) {
		if journalMode, err = one(t.Context(), tx, column[string], `PRAGMA journal_mode`); err != nil {
			return err
		}
		synchronous, err = one(t.Context(), tx, column[int], `PRAGMA synchronous`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return journalMode, synchronous
}

// Room limits the pages of an SQLite file to those that it has now and n more.
func Room(t *testing.T, s *Spool, n int) {
	t.Helper()
	err := s.db.update(t.Context(), func(tx tx) error {
		pages, err := one(t.Context(), tx, column[int], `PRAGMA page_count`)
		if err == nil {
			_, err = one(t.Context(), tx, column[int], fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+n))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// GoneFor is how long a node must be gone.
const GoneFor = goneFor

// LoseLocks ends the session that says that a node lives, for as long as the test
// does.
func LoseLocks(t *testing.T, s *Spool) {
	t.Helper()
	s.close() // it looks no more by itself
	s.late.Wait()
	d := s.db.(*grouped).database.(*postgresDB)
	if err := d.locks.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// WatchNodes lets a node look once.
func WatchNodes(s *Spool) error {
	s.open, s.close = context.WithCancel(context.Background())
	return s.watchNodes(map[string]time.Time{})
}

// Purge purges now.
func Purge(t *testing.T, s *Spool) error {
	_, err := s.purge(t.Context(), purgeTask{})
	return err
}

// CallAgain makes another task of a job, as River does when it takes one for lost.
func CallAgain(t *testing.T, s *Spool, job string) {
	t.Helper()
	err := s.db.update(t.Context(), func(t tx) error { return t.enqueue(context.Background(), callTask{job}) })
	if err != nil {
		t.Fatal(err)
	}
}
