package spool

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// named makes mailbridge.ErrFull of what a database says when its disk is full.
func named(err error) error {
	if err != nil && full(err) {
		return fmt.Errorf("%w: %w", mailbridge.ErrFull, err)
	}
	return err
}

const (
	sqliteFull   = 13      // SQLITE_FULL
	postgresFull = "53100" // disk_full
)

func full(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		return lite.Code()&0xFF == sqliteFull // the rest is the extended code
	case errors.As(err, &pg):
		return pg.Code == postgresFull
	}
	return errors.Is(err, syscall.ENOSPC)
}
