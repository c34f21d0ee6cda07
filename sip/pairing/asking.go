package pairing

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// asking: a fax was heard, and the legs are asked for T.38, first B and then A.
type asking struct {
	to     Leg
	said   []byte    // our offer; nil: it is put off
	until  time.Time // of the answer or, when it is put off, of the offer
	glares int
}

func (s asking) String() string {
	if s.said == nil {
		return "backing off before " + s.to.String() + " is asked for T.38"
	}
	return "asking " + s.to.String() + " for T.38"
}

// ask asks a leg for T.38, or goes on where it is not to be asked.
func (m *Machine) ask(now time.Time, to Leg) state {
	if m.legs[to].noT38 {
		return m.askNext(now, to)
	}
	return m.askAgain(now, asking{to: to})
}

func (m *Machine) askAgain(now time.Time, s asking) state {
	terms := m.cfg.Legs[s.to].T38
	if other, ok := imageOf(m.legs[s.to.Other()].remote); ok {
		terms = other.T38 // it is the two ends that have to agree
	}
	local, err := sdp.Parse(m.legs[s.to].said.InForce)
	if err != nil {
		return bridged{}
	}
	s.said = m.say(s.to, m.ownFax(s.to, local.MediaDescriptions, terms), nil)
	s.until = now.Add(offerTime)
	m.emit(Offer{Leg: s.to, SDP: s.said})
	return s
}

func (s asking) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		return s.offered(m, now, ev)
	case Answered:
		if ev.Leg == s.to && ev.Status >= 200 && s.said != nil {
			return s.answered(m, now, ev)
		}
	}
	return s
}

// offered takes an offer of the peers: who asks for T.38 while the other leg is
// asked for it has its answer when that has answered.
func (s asking) offered(m *Machine, now time.Time, ev Offered) state {
	if s.said == nil {
		return m.accept(now, ev, bridged{})
	}
	d, err := sdp.Parse(ev.SDP)
	if err != nil || ev.Leg == s.to || !wantsFax(d) || m.legs[ev.Leg].repeats(d) {
		m.busy(ev.Leg)
		return s
	}
	return forwarding{from: ev.Leg, offer: d, said: s.said, until: s.until}
}

func (s asking) answered(m *Machine, now time.Time, ev Answered) state {
	l := &m.legs[s.to]
	d, err := sdp.Parse(ev.SDP)
	switch {
	case gone(ev.Status):
		return m.giveUp(ev.Status, "the other side has lost the call")
	case ev.Status == statusRequestPending && s.glares < maxGlares,
		ev.Status == statusServerError && ev.RetryAfter > 0 && s.glares < maxGlares:
		return asking{to: s.to, until: now.Add(m.backOff(s.to)), glares: s.glares + 1}
	case ev.Status < 300 && err == nil && wantsFax(d):
		l.agree(s.said, d)
	case ev.Status < 300 && err == nil:
		// Port 0, or audio: it has lost what it had.
		l.noT38 = true
		l.agree(s.said, d)
	default:
		l.noT38 = true
	}
	return m.askNext(now, s.to)
}

// askNext goes on when a leg has said whether it has T.38.
func (m *Machine) askNext(now time.Time, asked Leg) state {
	_, has := imageOf(m.legs[asked].remote)
	if asked == B && (has && m.cfg.Fax != Gateway || !has && m.bridgeable(B)) {
		return m.ask(now, A)
	}
	return m.settle(now)
}

// settle opens what the legs have agreed to; a leg that has nothing of it goes
// back to audio.
func (m *Machine) settle(now time.Time) state {
	var fax, voice [2]bool
	for l := range m.legs {
		_, fax[l] = imageOf(m.legs[l].remote)
		_, voice[l] = audioOf(m.legs[l].remote)
	}
	m.asked = !fax[A] && !fax[B]
	for _, l := range []Leg{B, A} {
		alone := fax[l] && !fax[l.Other()] && !m.bridgeable(l.Other())
		if alone || !fax[l] && !voice[l] {
			m.asked = m.asked || alone
			return m.restore(now, l)
		}
	}
	m.openMedia()
	return bridged{}
}

// restore takes a leg back to audio.
func (m *Machine) restore(now time.Time, l Leg) state {
	return m.offerAgain(now, reconciling{to: l, tell: m.legs[l.Other()].voice})
}

func (s asking) deadline() time.Time { return s.until }

func (s asking) expired(m *Machine, now time.Time) state {
	if s.said == nil {
		return m.askAgain(now, s)
	}
	return m.giveUp(statusTimeout, "an offer was never answered")
}
