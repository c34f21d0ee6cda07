package negotiation

import "time"

// faxing: the fax runs over G.711 audio. A gateway on the way that hears its
// first signals may still ask for T.38, and gets it unless the policy forbids.
type faxing struct{ why string }

func (faxing) String() string { return "fax over audio" }

func (s faxing) handle(m *Machine, now time.Time, ev Event) state {
	if ev, ok := ev.(Offered); ok {
		return m.accept(now, ev, s)
	}
	return s
}
