package negotiation

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// offeredLate: the peer's INVITE or re-INVITE had no offer; ours is in the 200,
// and the answer comes in the ACK (RFC 3261 13.2.1).
type offeredLate struct {
	from   state
	until  time.Time
	silent bool // MediaSilent came meanwhile
}

// offerLate answers an INVITE without an offer: with audio when it opens the
// call, with what is in force in a re-INVITE, which thereby changes nothing.
func (m *Machine) offerLate(now time.Time, from state) state {
	offer := m.session.said.InForce
	if offer == nil {
		offer = m.session.said.Say(m.cfg.Local, m.audioLine(m.cfg.Codecs).Media())
	}
	m.session.pending = offer
	m.emit(Answer{Status: statusOK, SDP: offer})
	return offeredLate{from: from, until: now.Add(offerTime)}
}

func (offeredLate) String() string { return "awaiting the answer in ACK" }

func (s offeredLate) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		m.busy()
	case Answered:
		if ev.Status >= 200 {
			return s.answered(m, now, ev)
		}
	case ToneSent, FaxHeard:
		s.from = s.from.handle(m, now, ev) // no state makes an offer of these
	case MediaSilent:
		s.silent = true
	}
	return s
}

func (s offeredLate) answered(m *Machine, now time.Time, ev Answered) state {
	next := s.agreed(m, now, ev)
	if s.silent {
		next = next.handle(m, now, MediaSilent{})
	}
	return next
}

func (s offeredLate) agreed(m *Machine, now time.Time, ev Answered) state {
	d, err := sdp.Parse(ev.SDP)
	if err != nil {
		if m.session.said.InForce == nil {
			return m.fail(statusNotAcceptable, "the INVITE had no offer and its ACK no answer")
		}
		m.session.pending = nil // no answer: the session stays as it was
		return s.from
	}
	if m.session.repeats(d) {
		m.session.pending = nil
		return s.from
	}
	c := m.choose(d)
	first := m.session.said.InForce == nil
	m.session.agree(m.session.pending, d)
	if first && (c.kind == nothing || c.kind == removed) {
		return m.fail(statusNotAcceptable, "the ACK's answer has nothing that can carry a fax: "+c.why)
	}
	return m.enter(now, c, s.from)
}

func (s offeredLate) deadline(*Machine) time.Time { return s.until }

func (s offeredLate) expired(m *Machine, now time.Time) state {
	return m.fail(statusTimeout, "our offer in the 200 was never answered")
}
