package pairing

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// orphaned: the other leg has ended, this one is to be kept, and our offer there
// has no answer yet.
type orphaned struct {
	leg   Leg
	said  []byte
	until time.Time
}

// leave gives the leg to whoever serves it now, as soon as nothing of ours is
// under way there.
func (m *Machine) leave(l Leg) state {
	switch s := m.state.(type) {
	case forwarding:
		if s.from == l {
			return m.left(l, sdp.Marshal(s.offer))
		}
		return orphaned{leg: l, said: s.said, until: s.until}
	case reconciling:
		if s.to == l && s.said != nil {
			return orphaned{leg: l, said: s.said, until: s.until}
		}
	case asking:
		if s.to == l && s.said != nil {
			return orphaned{leg: l, said: s.said, until: s.until}
		}
	case awaiting:
		if s.leg == l {
			sent := s.sent
			if sent == nil {
				sent = m.legs[l].said.InForce
			}
			return orphaned{leg: l, said: sent, until: s.until}
		}
	}
	return m.left(l, nil)
}

func (m *Machine) left(l Leg, offer []byte) state {
	leg := &m.legs[l]
	m.emit(Left{Leg: l, Local: leg.said.InForce, Remote: sdp.Marshal(leg.remote), Version: leg.said.Origin.Version, Offer: offer})
	return over{}
}

func (s orphaned) String() string { return "alone on " + s.leg.String() }

func (s orphaned) handle(m *Machine, _ time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		if ev.Leg == s.leg {
			m.busy(ev.Leg)
		}
	case Answered:
		if ev.Leg != s.leg || ev.Status < 200 {
			return s
		}
		if d, err := sdp.Parse(ev.SDP); err == nil && ev.Status < 300 {
			m.legs[s.leg].agree(s.said, d)
		}
		return m.left(s.leg, nil)
	}
	return s
}

func (s orphaned) deadline() time.Time { return s.until }

func (s orphaned) expired(m *Machine, _ time.Time) state {
	m.emit(HangUp{Leg: s.leg, Status: statusTimeout, Reason: "an offer was never answered"})
	return over{}
}
