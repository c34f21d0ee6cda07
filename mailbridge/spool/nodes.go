package spool

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// Several processes may work on one PostgreSQL; each is a node. What a node has under
// way bears its name: attempts, receipts, River's running tasks. When its process
// dies the others find its name free, one of them seizes it and settles what it left,
// as the same process would after a restart.
//
//	node A ── holds the lock "A" by a session of the server ──┐
//	node B ── looks: is "A" free, for 5 s on end? ── seizes it: recover(A)
//
// A node that only lost its session (the server was started again, a cable was
// pulled) takes its lock back in that time. If it comes too late it finds that its
// row is gone, and takes another name; what it writes about the attempts and receipts
// that others have settled is refused.

// onlyNode is the node of a spool that has only one, and was that of every spool
// before there were nodes.
const onlyNode = "pagebridge"

const (
	watchEvery = 500 * time.Millisecond
	// goneFor is how long a name must be free: a server that starts again is back
	// with all its nodes in less.
	goneFor = 5 * time.Second
)

// begin enters this process and takes up what those before it left.
func (s *Spool) begin(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.client = *s.node.Load()
	if err := s.recover(ctx, onlyNode, onlyNode); err != nil {
		return err
	}
	// Whoever died on this machine is not waited for: this is its restart.
	others, err := s.others(ctx)
	if err != nil {
		return err
	}
	host := hostname()
	for _, n := range others {
		if n.host != host {
			continue
		}
		if _, err := s.takeOver(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// enter makes this process known under a new name.
func (s *Spool) enter(ctx context.Context) error {
	node, err := s.db.enter(ctx)
	if err != nil {
		return err
	}
	client := s.client
	if client == "" {
		client = node
	}
	err = s.update(ctx, func(ctx context.Context, t tx) error {
		_, err := t.exec(ctx, `INSERT INTO fax_node (node, client, host, started) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			node, client, hostname(), micros(s.now()))
		return err
	})
	if err == nil {
		s.node.Store(&node)
	}
	return err
}

func hostname() string {
	name, _ := os.Hostname()
	return name
}

// nodeRow is a row of fax_node.
type nodeRow struct{ node, client, host string }

func (s *Spool) others(ctx context.Context) ([]nodeRow, error) {
	return all(ctx, s.db.read(), func(rs rows) (n nodeRow, err error) {
		return n, rs.Scan(&n.node, &n.client, &n.host)
	}, `SELECT node, client, host FROM fax_node WHERE node <> $1`, *s.node.Load())
}

// takeOver settles what a node left, if it is gone.
func (s *Spool) takeOver(ctx context.Context, n nodeRow) (done bool, err error) {
	give, err := s.db.seize(ctx, n.node)
	if err != nil || give == nil {
		return false, err
	}
	defer give()
	s.opts.Logger.Info("taking up what another process left", "node", n.node)
	if err := s.recover(ctx, n.node, n.client); err != nil {
		return false, fmt.Errorf("taking up what %s left: %w", n.node, err)
	}
	return true, s.update(ctx, func(ctx context.Context, t tx) error {
		_, err := t.exec(ctx, `DELETE FROM fax_node WHERE node = $1`, n.node)
		return err
	})
}

// watch looks after what other processes do and want, until the spool is closed.
func (s *Spool) watch() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	free := map[string]time.Time{} // nodes, and since when their names are
	said := ""
	for {
		select {
		case <-tick.C:
		case <-s.open.Done():
			return
		}
		err := errors.Join(s.watchNodes(free), s.hangUpCancelled(), s.carryOrders())
		switch {
		case s.open.Err() != nil:
			return
		case err == nil:
			said = ""
		case err.Error() != said && !errors.Is(err, mailbridge.ErrFull): // once is enough
			said = err.Error()
			s.opts.Logger.Warn("the spool cannot be looked through", "err", err)
		}
	}
}

// watchNodes keeps this process known, and takes over from those that are gone.
func (s *Spool) watchNodes(free map[string]time.Time) error {
	ctx, cancel := context.WithTimeout(s.open, 30*time.Second)
	defer cancel()
	if err := s.db.stay(ctx); err != nil {
		clear(free)
		return err
	}
	known, err := one(ctx, s.db.read(), column[int], `SELECT count(*) FROM fax_node WHERE node = $1`, *s.node.Load())
	if err != nil {
		return err
	}
	if known == 0 {
		s.opts.Logger.Error("another process took this one for dead; it goes on under another name", "node", *s.node.Load())
		if err := s.enter(ctx); err != nil {
			return err
		}
	}
	others, err := s.others(ctx)
	if err != nil {
		return err
	}
	maps.DeleteFunc(free, func(node string, _ time.Time) bool {
		return !slices.ContainsFunc(others, func(n nodeRow) bool { return n.node == node })
	})
	for _, n := range others {
		if err := s.watchNode(ctx, n, free); err != nil {
			return err
		}
	}
	return nil
}

func (s *Spool) watchNode(ctx context.Context, n nodeRow, free map[string]time.Time) error {
	since, looked := free[n.node]
	if looked && time.Since(since) >= goneFor {
		_, err := s.takeOver(ctx, n)
		delete(free, n.node)
		return err
	}
	give, err := s.db.seize(ctx, n.node)
	if err != nil || give == nil {
		delete(free, n.node)
		return err
	}
	give()
	if !looked {
		free[n.node] = time.Now()
	}
	return nil
}

// hangUpCancelled ends the calls of this process whose faxes were cancelled by way of
// another.
func (s *Spool) hangUpCancelled() error {
	jobs, err := all(s.open, s.db.read(), column[string], `SELECT id FROM fax_job WHERE state = $1 AND cancelled = 1`, Calling)
	for _, job := range jobs {
		if hangUp, ok := s.calling.Load(job); ok {
			hangUp.(context.CancelCauseFunc)(errCancelled)
		}
	}
	return err
}
