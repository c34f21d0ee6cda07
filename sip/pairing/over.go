package pairing

import "time"

// over: the call has ended, or is no longer the machine's business.
type over struct{}

func (over) String() string { return "over" }

func (s over) handle(m *Machine, _ time.Time, ev Event) state { return s }
