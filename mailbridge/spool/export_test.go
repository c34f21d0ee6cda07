package spool

import (
	"fmt"
	"testing"
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
