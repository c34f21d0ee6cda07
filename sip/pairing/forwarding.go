package pairing

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// forwarding: the offer of one leg waits for what the other leg says.
type forwarding struct {
	from  Leg
	offer *sdp.Description
	said  []byte // as the other leg was told
	until time.Time
}

func (s forwarding) String() string { return "forwarding an offer of " + s.from.String() }

func (s forwarding) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		m.busy(ev.Leg)
	case Answered:
		if ev.Leg != s.from && ev.Status >= 200 {
			return s.answered(m, now, ev)
		}
	}
	return s
}

func (s forwarding) answered(m *Machine, now time.Time, ev Answered) state {
	to := s.from.Other()
	if ev.Status >= 300 {
		return s.refused(m, ev)
	}
	d, err := sdp.Parse(ev.SDP)
	if err != nil {
		m.emit(Answer{Leg: s.from, Status: statusNotAcceptable})
		return bridged{}
	}
	if wantsFax(s.offer) && !wantsFax(d) && m.bridgeable(to) {
		// Port 0, or audio in an answer to T.38: it will not have it, and has lost its
		// audio with that.
		m.legs[to].noT38 = true
		m.legs[to].agree(s.said, d)
		m.answerAlone(s.from, s.offer)
		return m.restore(now, to)
	}
	m.legs[to].agree(s.said, d)
	answer := m.say(s.from, d, s.offer)
	m.legs[s.from].agree(answer, s.offer)
	m.emit(Answer{Leg: s.from, Status: statusOK, SDP: answer})
	m.openMedia()
	return bridged{}
}

// refused passes a refusal on: the session stays as it was (RFC 3261 14.1). A
// 491 as well: each side knows whether it made its leg's call and so how long to
// wait, and after glare one of them is first.
func (s forwarding) refused(m *Machine, ev Answered) state {
	fax := wantsFax(s.offer)
	status := ev.Status
	switch {
	case gone(status):
		// The dialog is gone (RFC 3261 12.2.1.2).
		m.emit(Answer{Leg: s.from, Status: statusServerError})
		return m.giveUp(status, "the other side has lost the call")
	case status == statusRequestPending, status == statusServerError && ev.RetryAfter > 0:
		status = statusRequestPending
	case fax && m.bridgeable(s.from.Other()):
		m.legs[s.from.Other()].noT38 = true
		m.answerAlone(s.from, s.offer)
		m.openMedia()
		return bridged{}
	case fax || status < 400:
		// The words in which T.38 is refused are many; this one is understood.
		status = statusNotAcceptable
	}
	m.emit(Answer{Leg: s.from, Status: status})
	return bridged{}
}

func gone(status int) bool { return status == statusTimeout || status == statusGone }

func (s forwarding) deadline() time.Time { return s.until }

func (s forwarding) expired(m *Machine, _ time.Time) state {
	m.emit(Answer{Leg: s.from, Status: statusServerError})
	return m.giveUp(statusTimeout, "an offer was never answered")
}
