// Package machinetest plays the world around a pure machine of offers and
// answers, in virtual time: what sip/negotiation's and sip/pairing's tests share.
package machinetest

import (
	"strings"
	"testing"
	"time"
)

// Epoch is when conversations begin.
var Epoch = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// Text makes a description of lines that are separated by " | ".
func Text(lines string) []byte {
	return []byte(strings.ReplaceAll(lines, " | ", "\r\n") + "\r\n")
}

// A Machine takes events and gives effects.
type Machine[Event, Effect any] interface {
	Handle(now time.Time, ev Event)
	Advance(now time.Time)
	Deadline() time.Time
	Next() (Effect, bool)
	State() string
}

// A Conversation is one machine and the test that plays the world around it. The
// first argument of each want is why it must be so.
type Conversation[Event, Effect any] struct {
	t       testing.TB
	machine Machine[Event, Effect]
	now     time.Time
	sdp     string
}

// Converse begins one at the Epoch.
func Converse[Event, Effect any](t testing.TB, m Machine[Event, Effect]) *Conversation[Event, Effect] {
	return &Conversation[Event, Effect]{t: t, machine: m, now: Epoch}
}

// SDP is the last description that the machine said.
func (c *Conversation[Event, Effect]) SDP() string { return c.sdp }

// Now is the time.
func (c *Conversation[Event, Effect]) Now() time.Time { return c.now }

// Handle tells the machine of an event.
func (c *Conversation[Event, Effect]) Handle(ev Event) {
	c.t.Helper()
	c.WantIdle("everything is taken before the next event")
	c.machine.Handle(c.now, ev)
}

// Pass lets time go by and the timers run out that are due.
func (c *Conversation[Event, Effect]) Pass(d time.Duration) {
	end := c.now.Add(d)
	for range 100 {
		at := c.machine.Deadline()
		if at.IsZero() || at.After(end) {
			break
		}
		c.now = at
		c.machine.Advance(at)
	}
	c.now = end
}

// Next takes the next effect.
func (c *Conversation[Event, Effect]) Next(why string) Effect {
	c.t.Helper()
	e, ok := c.machine.Next()
	if !ok {
		c.t.Fatalf("%s: nothing happened (%s)", why, c.machine.State())
	}
	return e
}

// WantIdle wants no effect.
func (c *Conversation[Event, Effect]) WantIdle(why string) {
	c.t.Helper()
	if e, ok := c.machine.Next(); ok {
		c.t.Fatalf("%s: got %T %+v", why, e, e)
	}
}

// WantState wants the machine to be in a state.
func (c *Conversation[Event, Effect]) WantState(state string) {
	c.t.Helper()
	if got := c.machine.State(); got != state {
		c.t.Fatalf("the machine is in %q, want %q", got, state)
	}
}

// Said checks the lines of a description; "!" before one says that it must not
// be there.
func (c *Conversation[Event, Effect]) Said(why string, body []byte, lines []string) {
	c.t.Helper()
	c.sdp = string(body)
	for _, line := range lines {
		line, not := strings.CutPrefix(line, "!")
		if strings.Contains(c.sdp, line+"\r\n") == not {
			c.t.Fatalf("%s: line %q: there %v in\n%s", why, line, !not, c.sdp)
		}
	}
}
