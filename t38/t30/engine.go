package t30

import "time"

// Engine is one terminal on one call. It is not safe for concurrent use: one
// goroutine owns it. New, Handle and Advance may add actions; take them all
// with Next before the next call.
type Engine struct {
	cfg      Config
	deadline time.Time
	actions  []Action
}

// New makes the terminal and starts phase A at now: the calling terminal
// begins its CNG, the called terminal its CED or, when Config.Answered says
// that the driver has sent CED already, its DIS.
func New(cfg Config, now time.Time) *Engine { return &Engine{cfg: cfg} }

// Handle tells the engine that ev happened at now.
func (e *Engine) Handle(now time.Time, ev Event) {}

// Deadline is the time at which Advance wants to be called, zero for never.
func (e *Engine) Deadline() time.Time { return e.deadline }

// Advance lets every timer that has run out by now take effect.
func (e *Engine) Advance(now time.Time) {}

// Next takes the next action, false when there is none.
func (e *Engine) Next() (Action, bool) { return nil, false }

// Outcome is how the call went so far; complete after Disconnect.
func (e *Engine) Outcome() Outcome { return Outcome{} }
