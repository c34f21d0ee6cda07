package pairing

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// dialling: B has the call offered and A waits.
type dialling struct {
	invite []byte           // the body of A's INVITE; empty: it has no offer
	offer  *sdp.Description // the same, or what we have made up in its place
	said   []byte           // as B was told
	early  []byte           // the description in a provisional response of B
	until  time.Time
	// listened: A has been answered already, when it was listened to.
	listened bool
}

func (dialling) String() string { return "dialling" }

func (s dialling) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		if s.listened && ev.Leg == A {
			return m.acceptAlone(ev, s)
		}
		m.busy(ev.Leg)
	case Answered:
		if ev.Leg == B {
			return s.answered(m, now, ev)
		}
	case FaxHeard:
		m.heard = true
		if s.listened && m.cfg.Fax == Mailbox {
			return m.toMailbox(nil)
		}
	}
	return s
}

func (s dialling) answered(m *Machine, now time.Time, ev Answered) state {
	switch {
	case ev.Status < 200:
		return s.progressed(m, ev)
	case ev.Status >= 300:
		return s.refused(m, ev.Status, ev.Reason)
	}
	if len(ev.SDP) == 0 {
		ev.SDP = s.early // a reliable 18x holds the answer, and then the 200 may hold none
	}
	d, err := sdp.Parse(ev.SDP)
	if err != nil {
		m.emit(HangUp{Leg: B, Reason: "the answer has no usable description of its media: " + err.Error()})
		return s.refused(m, statusNotAcceptable, "")
	}
	m.legs[B].agree(s.said, d)
	if s.listened {
		m.openMedia()
		return m.nowBridged(now)
	}
	if len(s.invite) == 0 {
		return m.offerLate(now, A, d)
	}
	answer := m.say(A, d, s.offer)
	m.legs[A].agree(answer, s.offer)
	m.emit(Answer{Leg: A, Status: ev.Status, Reason: ev.Reason, SDP: answer})
	m.openMedia()
	return bridged{}
}

// progressed passes on ringing and early media. A's INVITE without an offer
// cannot have any: what we said in a 18x would be an offer there.
func (s dialling) progressed(m *Machine, ev Answered) state {
	if ev.Status == 100 {
		return s
	}
	var body []byte
	if d, err := sdp.Parse(ev.SDP); err == nil && len(ev.SDP) > 0 {
		s.early = ev.SDP
		if s.listened {
			m.legs[B].agree(s.said, d)
			m.openMedia()
			return s
		}
		if len(s.invite) > 0 {
			body = m.say(A, d, s.offer)
			m.legs[B].agree(s.said, d)
			m.legs[A].agree(body, s.offer)
		}
	}
	if s.listened {
		return s // A hears our own ringing
	}
	m.emit(Answer{Leg: A, Status: ev.Status, Reason: ev.Reason, SDP: body})
	if body != nil {
		m.openMedia()
	}
	return s
}

// refused tells A that B has not taken the call, or gives A's call back.
func (s dialling) refused(m *Machine, status int, reason string) state {
	if status < 400 { // a redirection is B's side's business
		status, reason = statusUnavailable, ""
	}
	m.closeMedia()
	switch {
	case s.listened && m.cfg.KeepRefused:
		return m.left(A, nil)
	case s.listened:
		m.emit(HangUp{Leg: A, Status: status, Reason: reason})
	case m.cfg.KeepRefused:
		m.emit(Refused{Status: status, Reason: reason, Offer: s.invite})
	default:
		m.emit(Answer{Leg: A, Status: status, Reason: reason})
	}
	return over{}
}

func (s dialling) deadline() time.Time { return s.until }

func (s dialling) expired(m *Machine, _ time.Time) state {
	const why = "no answer"
	m.emit(HangUp{Leg: B, Reason: why})
	return s.refused(m, statusUnavailable, why)
}
