package tsb85

import (
	"context"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// device is a whole terminal under test at the far end of a pipe. It runs in a
// goroutine of its own, which ends when the terminal has hung up or HangUp is
// called.
type device struct {
	conn   *pipe
	cancel context.CancelFunc
	done   chan struct{} // closed when the device is gone

	mu      sync.Mutex // guards what follows, and what a wire has been sent
	outcome t30.Outcome
	goneAt  time.Time
}

// terminal is t38.Run or audio.Run on the device's end of the pipe.
type terminal func(ctx context.Context, docs t38.Documents) (t30.Outcome, error)

func newDevice() device {
	return device{conn: newPipe(), done: make(chan struct{})}
}

// start runs the terminal; what it sends goes to the wire's conn.sent.
func (d *device) start(run terminal, cfg t30.Config, doc t30test.Document) {
	docs := t38.Documents{}
	if len(doc.Pages) > 0 {
		docs.Source = source(doc)
	}
	if cfg.Receives {
		docs.Sink = sink{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	go func() {
		defer close(d.done)
		defer cancel()
		o, _ := run(ctx, docs) // the outcome tells of the error too
		d.mu.Lock()
		defer d.mu.Unlock()
		d.outcome, d.goneAt = o, time.Now()
	}()
}

func (d *device) Now() time.Time { return time.Now() }

func (d *device) HangUp() { d.cancel() }

// Outcome is complete only when the device is gone; before, nothing has failed.
func (d *device) Outcome() t30.Outcome {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.outcome
}

// inbox is what the tester has heard and not yet looked at.
type inbox []t30test.Heard

func (in *inbox) note(ev t30.Event) {
	*in = append(*in, t30test.Heard{At: time.Now(), Event: ev})
}

// find looks for the first event that matches. To take it is to take what came
// before it as well: everything, if none matches.
func (in *inbox) find(match func(t30.Event) bool, take bool) (t30test.Heard, bool) {
	for i, h := range *in {
		if match(h.Event) {
			if take {
				*in = (*in)[i+1:]
			}
			return h, true
		}
	}
	if take {
		*in = nil
	}
	return t30test.Heard{}, false
}

// source is a document, sink a tray that keeps nothing: what the tester has sent
// it knows.
type source t30test.Document

func (s source) Page(_ context.Context, n int) (*t4.Page, error) {
	if n >= len(s.Pages) {
		return nil, nil
	}
	return s.Pages[n], nil
}
func (s source) Confirmed(context.Context, int) error { return nil }
func (s source) Begins(n int) bool                    { return s.NewAt[n] }

type sink struct{}

func (sink) Commit(context.Context, *t4.Page) error { return nil }
