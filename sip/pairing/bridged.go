package pairing

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// bridged: both sides have answered and nobody asks for anything.
type bridged struct{}

func (bridged) String() string { return "bridged" }

func (s bridged) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		return m.accept(now, ev, s)
	case FaxHeard:
		return m.faxHeard(now)
	}
	return s
}

// accept takes an offer while no other one is under way. It is answered at once
// when it tells the other side nothing new, else when that side has answered.
// from is the state to stay in when nothing changes.
func (m *Machine) accept(now time.Time, o Offered, from state) state {
	l := &m.legs[o.Leg]
	if len(o.SDP) == 0 {
		m.emit(Answer{Leg: o.Leg, Status: statusOK, SDP: l.said.InForce})
		return awaiting{leg: o.Leg, from: from, until: now.Add(offerTime)}
	}
	d, err := sdp.Parse(o.SDP)
	if err != nil {
		m.emit(Answer{Leg: o.Leg, Status: statusNotAcceptable})
		return from
	}
	if l.repeats(d) {
		m.emit(Answer{Leg: o.Leg, Status: statusOK, SDP: l.said.InForce})
		return from
	}
	to := o.Leg.Other()
	if wantsFax(d) {
		if next, done := m.acceptFax(o, d, from); done {
			return next
		}
	}
	if l.said.Matches(d) && m.legs[to].said.Holds(m.cfg.Local, m.rewrite(d, to, nil)...) {
		// The peer has moved: for the other side nothing has.
		l.remote = d
		m.emit(Answer{Leg: o.Leg, Status: statusOK, SDP: l.said.InForce})
		m.openMedia()
		return from
	}
	said := m.say(to, d, nil)
	m.emit(Offer{Leg: to, SDP: said})
	return forwarding{from: o.Leg, offer: d, said: said, until: now.Add(offerTime)}
}

// offerTime is more than the 32 s after which the transaction itself reports
// that nothing came (RFC 3261 17.1.1.2, timer B).
const offerTime = 40 * time.Second
