package pairing

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// wantsFax tells whether a description is of T.38 and of no audio beside it.
func wantsFax(d *sdp.Description) bool {
	a := activeLines(d)
	return a.image >= 0 && a.audio < 0
}

// acceptFax takes an offer of T.38 that the other leg need not hear of. It
// reports false for one that is to be passed on.
func (m *Machine) acceptFax(o Offered, d *sdp.Description, from state) (next state, done bool) {
	to := o.Leg.Other()
	switch {
	case m.cfg.Fax == Mailbox:
		if o.Leg == B {
			m.emit(Answer{Leg: B, Status: statusNotAcceptable})
			return m.toMailbox(nil), true
		}
		return m.toMailbox(o.SDP), true
	case m.bridgeable(to) && (m.cfg.Fax == Gateway || m.legs[to].noT38):
		m.answerAlone(o.Leg, d)
		m.openMedia()
		return from, true
	case m.cfg.Fax == AudioOnly || m.legs[o.Leg].noT38 && m.cfg.Fax == Relay || m.cfg.Legs[to].NoT38:
		m.emit(Answer{Leg: o.Leg, Status: statusNotAcceptable})
		return from, true
	}
	return nil, false
}

// answerAlone answers an offer of T.38 for ourselves.
func (m *Machine) answerAlone(l Leg, offer *sdp.Description) {
	answer := m.say(l, m.ownFax(l, offer.MediaDescriptions, m.cfg.Legs[l].T38), offer)
	m.legs[l].agree(answer, offer)
	m.emit(Answer{Leg: l, Status: statusOK, SDP: answer})
}

// ownFax is a description in which we speak T.38, with as many lines as these:
// it stands in the first line of its own kind, else in the first that has a port
// (RFC 3264 8).
func (m *Machine) ownFax(l Leg, lines []*sdp.Media, terms sdp.T38) *sdp.Description {
	image := sdp.Image{Addr: m.udptl(l), T38: terms}.Media()
	at := -1
	for i, line := range lines {
		if sdp.IsT38(line) {
			at = i
			break
		}
		if at < 0 && line.MediaName.Port.Value != 0 {
			at = i
		}
	}
	said := []*sdp.Media{image}
	if at >= 0 {
		said = make([]*sdp.Media, len(lines))
		for i, line := range lines {
			said[i] = sdp.Refuse(line)
		}
		said[at] = image
	}
	return sdp.Compose(sdp.Origin{}, m.cfg.Local, said...)
}

// toMailbox gives A away, as a fax to be received; offer is A's that has no
// answer yet.
func (m *Machine) toMailbox(offer []byte) state {
	m.closeMedia()
	m.emit(HangUp{Leg: B, Status: statusUnavailable, Reason: "it is a fax, and goes to a mailbox"})
	return m.left(A, offer)
}

// faxHeard turns a call into a fax that nobody has asked to.
func (m *Machine) faxHeard(now time.Time) state {
	switch {
	case m.cfg.Fax == Mailbox:
		return m.toMailbox(nil)
	case m.cfg.Fax == AudioOnly, m.asked, m.audio == nil:
		return bridged{}
	}
	return m.ask(now, B)
}

// nowBridged is where a call goes on whose A was answered before B.
func (m *Machine) nowBridged(now time.Time) state {
	if m.heard {
		return m.faxHeard(now)
	}
	return bridged{}
}
