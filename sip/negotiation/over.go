package negotiation

import "time"

// over: the call is given up, or gone.
type over struct{ gone bool }

func (s over) String() string {
	if s.gone {
		return "ended"
	}
	return "failed"
}

func (s over) handle(m *Machine, _ time.Time, ev Event) state {
	if _, ok := ev.(Offered); ok && !s.gone {
		m.emit(Answer{Status: statusNotAcceptable})
	}
	return s
}
