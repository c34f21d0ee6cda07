package pairing

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// reconciling: one side has answered an offer of ours in a way that the other
// side must hear of, in an offer of our own.
type reconciling struct {
	to     Leg
	said   []byte    // our offer; nil: it is put off
	until  time.Time // of the answer or, when it is put off, of the offer
	glares int
	tell   *sdp.Description // what we offer; nil: what the other side has said last
}

// maxGlares is how often in a row an offer is put off.
const maxGlares = 6

// reconcile tells the leg what the other one has said last.
func (m *Machine) reconcile(now time.Time, to Leg) state {
	return m.offerAgain(now, reconciling{to: to})
}

func (m *Machine) offerAgain(now time.Time, s reconciling) state {
	tell := s.tell
	if tell == nil {
		tell = m.legs[s.to.Other()].remote
	}
	s.said = m.say(s.to, tell, nil)
	s.until = now.Add(offerTime)
	m.emit(Offer{Leg: s.to, SDP: s.said})
	return s
}

func (s reconciling) String() string {
	if s.said == nil {
		return "backing off after glare on " + s.to.String()
	}
	return "telling " + s.to.String() + " what the other side has said"
}

func (s reconciling) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		if s.said != nil {
			m.busy(ev.Leg)
			return s
		}
		// What is new in it goes on to the other side, and ours with it.
		return m.accept(now, ev, s)
	case Answered:
		if ev.Leg == s.to && ev.Status >= 200 && s.said != nil {
			return s.answered(m, now, ev)
		}
	}
	return s
}

func (s reconciling) answered(m *Machine, now time.Time, ev Answered) state {
	switch {
	case ev.Status < 300:
		if d, err := sdp.Parse(ev.SDP); err == nil {
			m.legs[s.to].agree(s.said, d)
			m.openMedia()
		}
	case gone(ev.Status):
		return m.giveUp(ev.Status, "the other side has lost the call")
	case ev.Status == statusRequestPending && s.glares < maxGlares:
		return reconciling{to: s.to, until: now.Add(m.backOff(s.to)), glares: s.glares + 1, tell: s.tell}
	}
	return bridged{} // refused: each side keeps what it has agreed to
}

// backOff is how long to wait after 491 (RFC 3261 14.1): the owner of the
// Call-ID, which we are on leg B, 2.1 to 4 s, the other side 0 to 2 s, both in
// units of 10 ms.
func (m *Machine) backOff(l Leg) time.Duration {
	const unit = 10 * time.Millisecond
	if l == B {
		return 2100*time.Millisecond + time.Duration(m.cfg.Rand(191))*unit
	}
	return time.Duration(m.cfg.Rand(201)) * unit
}

func (s reconciling) deadline() time.Time { return s.until }

func (s reconciling) expired(m *Machine, now time.Time) state {
	if s.said == nil {
		return m.offerAgain(now, s)
	}
	return m.giveUp(statusTimeout, "an offer was never answered")
}
