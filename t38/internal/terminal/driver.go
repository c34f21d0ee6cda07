package terminal

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Desk is where documents are asked for. Each request is answered by
// Driver.Answer.
type Desk interface {
	Fetch(n int)
	Confirm(n int)
	Commit(page *t4.Page)
}

// Driver owns an engine: it gives it events and carries its actions out, in
// order. It is pure.
type Driver struct {
	Engine *t30.Engine
	// Ended: the engine has disconnected.
	Ended bool

	desk       Desk
	line       func(t30.Action) // a Transmit action, TransmitNothing or Listen
	held       []t30.Action     // taken from the engine, not yet carried out
	confirming bool             // nothing is carried out until the desk has answered
}

// Start makes the engine of a terminal. line is given what concerns the line.
func (d *Driver) Start(cfg t30.Config, now time.Time, desk Desk, line func(t30.Action)) {
	d.desk, d.line = desk, line
	d.Engine = t30.New(cfg, now)
	d.Drain()
}

// Handle gives the engine an event.
func (d *Driver) Handle(now time.Time, ev t30.Event) {
	d.Engine.Handle(now, ev)
	d.Drain()
}

// Advance lets the engine's timers run out.
func (d *Driver) Advance(now time.Time) {
	d.Engine.Advance(now)
	d.Drain()
}

// Answer takes an answer of the desk.
func (d *Driver) Answer(now time.Time, a Answer) {
	if !a.Confirmed {
		d.Handle(now, a.Event)
		return
	}
	d.confirming = false
	if a.Err != nil {
		// The peer has the page, the store does not know: to go on would send
		// it again one day, to stop sends only the rest again.
		d.Engine.Handle(now, t30.PageUnavailable{Err: a.Err})
	}
	d.Drain()
}

// CallEnded ends the procedure, whatever it waits for.
func (d *Driver) CallEnded(now time.Time) {
	d.confirming = false
	d.Handle(now, t30.CallEnded{})
}

// Drain takes the engine's actions and carries them out. Whoever gives the
// engine events itself calls it after each.
func (d *Driver) Drain() {
	for a, more := d.Engine.Next(); more; a, more = d.Engine.Next() {
		d.held = append(d.held, a)
	}
	for len(d.held) > 0 && !d.confirming {
		a := d.held[0]
		d.held = append(d.held[:0], d.held[1:]...)
		d.carryOut(a)
	}
}

func (d *Driver) carryOut(a t30.Action) {
	switch a := a.(type) {
	case t30.FetchPage:
		d.desk.Fetch(a.N)
	case t30.ConfirmPage:
		d.confirming = true
		d.desk.Confirm(a.N)
	case t30.CommitPage:
		d.desk.Commit(a.Page)
	case t30.Disconnect:
		d.Ended = true
	default:
		d.line(a)
	}
}
