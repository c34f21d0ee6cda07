package negotiation

import "time"

// faxing: the fax runs over G.711 audio.
type faxing struct{}

func (faxing) String() string { return "fax over audio" }

func (s faxing) handle(m *Machine, now time.Time, ev Event) state {
	if ev, ok := ev.(Offered); ok {
		return m.accept(now, ev, s)
	}
	return s
}
