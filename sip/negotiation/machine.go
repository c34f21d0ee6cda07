package negotiation

import "time"

// Machine negotiates the media of one call. It is not safe for concurrent use:
// one goroutine owns it. New, Handle and Advance may add effects; take them all
// with Next before the next call.
type Machine struct {
	cfg      Config
	deadline time.Time
	effects  []Effect
}

// New makes the machine of a call. On the calling side its first effect is the
// Offer that goes into the INVITE.
func New(cfg Config, now time.Time) *Machine { return &Machine{cfg: cfg} }

// Handle tells the machine that ev happened at now.
func (m *Machine) Handle(now time.Time, ev Event) {}

// Deadline is the time at which Advance wants to be called, zero for never.
func (m *Machine) Deadline() time.Time { return m.deadline }

// Advance lets every timer that has run out by now take effect.
func (m *Machine) Advance(now time.Time) {}

// Next takes the next effect, false when there is none.
func (m *Machine) Next() (Effect, bool) { return nil, false }

// State names where the machine is, for logs.
func (m *Machine) State() string { return "" }
