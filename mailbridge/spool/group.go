package spool

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// grouped is a database whose updates stand in one queue, first come first
// served. Those that wait while a commit is on its way to the disk share the
// next one: a sync costs the same for one mail as for twenty. The pool of
// database/sql serves those who wait for its one connection at random, so with
// many of us there River would find its queries timed out; now it meets one.
type grouped struct {
	database
	turn chan struct{} // holds an element while a group is on its way

	mu      sync.Mutex
	waiting []*update // guarded by mu
}

// maxGroup bounds how much is lost at once when a commit fails.
const maxGroup = 64

// update is one update of a group.
type update struct {
	do   func(tx) error
	err  error         // set before done is closed
	done chan struct{} // closed when it is known what became of it
}

func newGrouped(db database) *grouped {
	return &grouped{database: db, turn: make(chan struct{}, 1)}
}

// update is a database's. Each f of a group succeeds or fails by itself; only
// what fails the transaction fails all.
func (g *grouped) update(ctx context.Context, f func(tx) error) error {
	u := &update{do: f, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, u)
	g.mu.Unlock()
	for {
		select {
		case <-u.done:
			return named(u.err)
		case g.turn <- struct{}{}:
			g.lead(ctx)
		case <-ctx.Done():
			if g.withdraw(u) {
				return context.Cause(ctx)
			}
			<-u.done
			return named(u.err)
		}
	}
}

// withdraw takes an update out of the queue, if it is still in it.
func (g *grouped) withdraw(u *update) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, w := range g.waiting {
		if w == u {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// lead carries out those who wait now, in one transaction, and gives the turn
// back. ctx is of one of them: the others do not depend on its end.
func (g *grouped) lead(ctx context.Context) {
	defer func() { <-g.turn }()
	g.mu.Lock()
	n := min(len(g.waiting), maxGroup)
	group := g.waiting[:n:n]
	g.waiting = append([]*update(nil), g.waiting[n:]...)
	g.mu.Unlock()
	if n == 0 {
		return
	}
	err := errors.New("the transaction broke") // unless it ends
	defer func() {
		for _, u := range group {
			if u.err == nil {
				u.err = err
			}
			close(u.done)
		}
	}()
	err = g.database.update(context.WithoutCancel(ctx), func(t tx) error { return carryOut(ctx, t, group) })
}

// carryOut runs the updates of a group, each in a savepoint of its own; one that
// is alone needs none.
func carryOut(ctx context.Context, t tx, group []*update) error {
	if len(group) == 1 {
		return group[0].do(t)
	}
	ctx = context.WithoutCancel(ctx)
	for _, u := range group {
		if _, err := t.exec(ctx, "SAVEPOINT one"); err != nil {
			return err
		}
		if u.err = u.do(t); u.err != nil {
			// What broke may have been the transaction: then this fails.
			if _, err := t.exec(ctx, "ROLLBACK TO SAVEPOINT one"); err != nil {
				return fmt.Errorf("%w; it broke the transaction: %w", u.err, err)
			}
		}
		if _, err := t.exec(ctx, "RELEASE SAVEPOINT one"); err != nil {
			return err
		}
	}
	return nil
}
