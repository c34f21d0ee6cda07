package negotiation

import "time"

// idle: the called side, before the INVITE.
type idle struct{}

func (idle) String() string { return "idle" }

func (s idle) handle(m *Machine, now time.Time, ev Event) state {
	if ev, ok := ev.(Offered); ok {
		return m.accept(now, ev, s)
	}
	return s
}
