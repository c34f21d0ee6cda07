package pairing

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// awaiting: the INVITE or re-INVITE of a leg had no offer; ours is in the 200,
// and the answer comes in the ACK (RFC 3261 13.2.1).
type awaiting struct {
	leg   Leg
	sent  []byte // what is to be in force with the answer; nil: what is
	from  state
	until time.Time
}

// offerLate answers A's INVITE without an offer with what B has answered.
func (m *Machine) offerLate(now time.Time, l Leg, d *sdp.Description) state {
	sent := m.say(l, d, nil)
	m.emit(Answer{Leg: l, Status: statusOK, SDP: sent})
	return awaiting{leg: l, sent: sent, from: bridged{}, until: now.Add(offerTime)}
}

func (s awaiting) String() string { return "awaiting the answer in an ACK of " + s.leg.String() }

func (s awaiting) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		m.busy(ev.Leg)
	case Answered:
		if ev.Leg == s.leg && ev.Status >= 200 {
			return s.answered(m, now, ev)
		}
	}
	return s
}

func (s awaiting) answered(m *Machine, now time.Time, ev Answered) state {
	l := &m.legs[s.leg]
	d, err := sdp.Parse(ev.SDP)
	if err != nil {
		if l.said.InForce == nil {
			return m.giveUp(statusNotAcceptable, "the INVITE had no offer and its ACK no answer")
		}
		return s.from // no answer: the session stays as it was
	}
	if s.sent == nil {
		s.sent = l.said.InForce
	}
	first := l.remote == nil
	same := !first && l.repeats(d)
	l.agree(s.sent, d)
	m.openMedia()
	to := s.leg.Other()
	switch a := activeLines(d); {
	case first && a.audio < 0 && a.image < 0:
		return m.giveUp(statusNotAcceptable, "the ACK's answer has no media that can pass through here")
	case first, same, m.legs[to].said.Holds(m.cfg.Local, m.rewrite(d, to, nil)...):
		return s.from
	}
	return m.reconcile(now, to)
}

func (s awaiting) deadline() time.Time { return s.until }

func (s awaiting) expired(m *Machine, _ time.Time) state {
	return m.giveUp(statusTimeout, "our offer in the 200 was never answered")
}
