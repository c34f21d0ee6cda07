package spool

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

const (
	// vacuumStep is how many pages of the file, of 4 kB, are given back while others
	// wait.
	vacuumStep = 250
	// freeShare is how much of the file may be free: it will be filled again.
	freeShare = 10
)

// vacuum shortens the file. One from before the file could be shortened stays as it is,
// and what is free in it is used again.
func (d *sqliteDB) vacuum(ctx context.Context) error {
	mode, err := d.pragma(ctx, "auto_vacuum")
	if err != nil || mode != 2 {
		return err
	}
	for {
		free, err := d.pragma(ctx, "freelist_count")
		if err != nil {
			return err
		}
		pages, err := d.pragma(ctx, "page_count")
		if err != nil || free*freeShare <= pages || free < vacuumStep {
			return err
		}
		if _, err := d.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", vacuumStep)); err != nil {
			return err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// smallFile is how many pages are written anew in a second or so.
const smallFile = 50_000

// makeShrinkable writes a file anew that is from before files could be shortened, if
// that does not take long. A disk that has no room for it is no reason not to open.
func (d *sqliteDB) makeShrinkable(ctx context.Context, log *slog.Logger) error {
	mode, err := d.pragma(ctx, "auto_vacuum")
	if err != nil || mode == 2 {
		return err
	}
	pages, err := d.pragma(ctx, "page_count")
	if err != nil || pages > smallFile {
		return err
	}
	if _, err := d.writer.ExecContext(ctx, "VACUUM"); err != nil {
		log.Warn("the spool's file cannot be made one that shrinks", "err", err)
	}
	return nil
}

func (d *sqliteDB) pragma(ctx context.Context, name string) (n int, err error) {
	return n, d.writer.QueryRowContext(ctx, "PRAGMA "+name).Scan(&n)
}
