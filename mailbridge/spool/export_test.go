package spool

import "testing"

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
