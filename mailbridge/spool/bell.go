package spool

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// bellDriver is River's driver for SQLite with a bell in place of the table of
// notifications, which would be written with each task and read 20 times a
// second. One process works on a spool in SQLite: whoever enqueues can ring.
type bellDriver struct {
	*riversqlite.Driver
	bell *bell
}

// SupportsListenNotify: the database itself tells nobody.
func (d bellDriver) SupportsListenNotify() bool { return false }

// GetListener gives River the other end of the bell.
func (d bellDriver) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &bellListener{d.bell, p.Schema}
}

// bell says which queues have something to do.
type bell struct {
	mu     sync.Mutex
	queues map[string]bool // rung and not yet heard; guarded by mu
	rung   chan struct{}   // holds an element when there are any
}

func newBell() *bell { return &bell{queues: map[string]bool{}, rung: make(chan struct{}, 1)} }

func (b *bell) ring(queue string) {
	b.mu.Lock()
	b.queues[queue] = true
	b.mu.Unlock()
	select {
	case b.rung <- struct{}{}:
	default:
	}
}

// settled is how long River takes to write down that a task is to run again: on
// a good day, and on a bad one.
var settled = []time.Duration{150 * time.Millisecond, 1500 * time.Millisecond}

// ringLater rings when a task comes due whose pause is short. Those of long
// pauses are found by River's scheduler.
func (b *bell) ringLater(queue string, pause time.Duration) {
	if pause > 10*time.Second {
		return
	}
	for _, d := range settled {
		time.AfterFunc(pause+d, func() { b.ring(queue) })
	}
}

// heard takes a queue out.
func (b *bell) heard() (queue string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for queue := range b.queues {
		delete(b.queues, queue)
		return queue, true
	}
	return "", false
}

// bellListener is a riverdriver.Listener. A ring that gets lost is no harm: River
// also looks by itself.
type bellListener struct {
	bell   *bell
	schema string
}

func (*bellListener) Close(context.Context) error            { return nil }
func (*bellListener) Connect(context.Context) error          { return nil }
func (*bellListener) Listen(context.Context, string) error   { return nil }
func (*bellListener) Ping(context.Context) error             { return nil }
func (l *bellListener) Schema() string                       { return l.schema }
func (*bellListener) SetAfterConnectExec(string)             {}
func (*bellListener) Unlisten(context.Context, string) error { return nil }
func (l *bellListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		if queue, ok := l.bell.heard(); ok {
			return &riverdriver.Notification{Topic: "river_insert", Payload: fmt.Sprintf(`{"queue":%q}`, queue)}, nil
		}
		select {
		case <-l.bell.rung:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
