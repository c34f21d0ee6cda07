package spool

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
)

func openGrouped(t *testing.T) *grouped {
	t.Helper()
	db, err := openSQLite(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	g := newGrouped(db)
	t.Cleanup(func() { g.close() })
	if err := g.update(t.Context(), func(t tx) error {
		_, err := t.exec(context.Background(), `CREATE TABLE n (v bigint PRIMARY KEY)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return g
}

func insertN(v int) func(tx) error {
	return func(t tx) error {
		_, err := t.exec(context.Background(), `INSERT INTO n VALUES ($1)`, v)
		return err
	}
}

// together runs updates that all wait when the first may begin, and gives what
// became of each.
func together(t *testing.T, g *grouped, updates []func(tx) error) []error {
	t.Helper()
	g.turn <- struct{}{} // a group is on its way
	errs := make([]error, len(updates))
	var all sync.WaitGroup
	for i, u := range updates {
		all.Go(func() { errs[i] = g.update(t.Context(), u) })
	}
	for {
		g.mu.Lock()
		n := len(g.waiting)
		g.mu.Unlock()
		if n == len(updates) {
			break
		}
	}
	<-g.turn
	all.Wait()
	return errs
}

func (g *grouped) rows(t *testing.T) int {
	t.Helper()
	n, err := one(t.Context(), g.read(), column[int], `SELECT count(*) FROM n`)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestGroup: updates that wait together are one transaction, and each has its own
// end.
func TestGroup(t *testing.T) {
	g := openGrouped(t)
	counted := &transactions{database: g.database}
	g.database = counted
	odd := errors.New("odd")
	var updates []func(tx) error
	for i := range 100 {
		updates = append(updates, func(t tx) error {
			if err := insertN(i)(t); err != nil || i%2 == 1 {
				return errors.Join(err, odd)
			}
			return nil
		})
	}
	updates = append(updates, insertN(0)) // which somebody else has inserted, or will
	failed := 0
	for i, err := range together(t, g, updates) {
		switch {
		case i == 0 || i == 100:
			if err != nil {
				failed++
			}
		case i%2 == 1 != errors.Is(err, odd):
			t.Errorf("update %d: %v", i, err)
		}
	}
	if n := g.rows(t); n != 50 || failed != 1 || counted.n != 2 {
		t.Errorf("%d rows, want 50; %d of two equal rows failed; %d transactions, want 2", n, failed, counted.n)
	}
}

type transactions struct {
	database
	n int
}

func (c *transactions) update(ctx context.Context, f func(tx) error) error {
	c.n++
	return c.database.update(ctx, f)
}

// TestGroupFailsTogether: when the transaction is lost, nobody is told that his
// update is on disk.
func TestGroupFailsTogether(t *testing.T) {
	g := openGrouped(t)
	lost := func(t tx) error {
		_, err := t.exec(context.Background(), `ROLLBACK`)
		return errors.Join(err, errDisk)
	}
	for i, err := range together(t, g, []func(tx) error{insertN(1), lost, insertN(2)}) {
		if err == nil && g.rows(t) == 0 {
			t.Errorf("update %d was lost and is said to be on disk", i)
		}
	}
	if err := g.update(t.Context(), insertN(3)); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// TestGroupPanics: a fault in one update does not leave the others waiting.
func TestGroupPanics(t *testing.T) {
	g := openGrouped(t)
	func() {
		defer func() { _ = recover() }()
		_ = g.update(t.Context(), func(tx) error { panic("fault") })
	}()
	if err := g.update(t.Context(), insertN(1)); err != nil {
		t.Error(err)
	}
}

// TestGroupWithdraws: who gives up waiting is not carried out.
func TestGroupWithdraws(t *testing.T) {
	g := openGrouped(t)
	g.turn <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.update(ctx, insertN(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	<-g.turn
	if err := g.update(t.Context(), insertN(2)); err != nil || g.rows(t) != 1 {
		t.Errorf("%v, %d rows", err, g.rows(t))
	}
}
