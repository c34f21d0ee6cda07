package negotiation

import "time"

// backingOff: our re-INVITE met the peer's (491) and is sent again at the time
// until, unless the peer's brings what we want before that.
type backingOff struct {
	want  kind
	why   string
	until time.Time
}

func (backingOff) String() string { return "backing off after glare" }

func (s backingOff) handle(m *Machine, now time.Time, ev Event) state {
	if ev, ok := ev.(Offered); ok {
		return m.accept(now, ev, s)
	}
	return s
}

func (s backingOff) deadline(*Machine) time.Time { return s.until }

func (s backingOff) expired(m *Machine, now time.Time) state { return m.offer(now, s.want, s.why) }
