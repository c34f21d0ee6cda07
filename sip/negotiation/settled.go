package negotiation

import "time"

// settled: the peer has left T.38, for audio or for nothing, as it does when
// the fax is over. What it asks for is accepted; nothing is asked of it.
type settled struct{}

func (settled) String() string { return "after T.38" }

func (s settled) handle(m *Machine, now time.Time, ev Event) state {
	if ev, ok := ev.(Offered); ok {
		return m.accept(now, ev, s)
	}
	return s
}
