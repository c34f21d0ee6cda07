package pairing

import (
	"net/netip"
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// idle: before the INVITE.
type idle struct{}

func (idle) String() string { return "idle" }

func (s idle) handle(m *Machine, now time.Time, ev Event) state {
	o, ok := ev.(Offered)
	if !ok || o.Leg != A {
		return s
	}
	d := m.ownAudio()
	if len(o.SDP) > 0 {
		var err error
		if d, err = sdp.Parse(o.SDP); err != nil {
			m.emit(Answer{Leg: A, Status: statusNotAcceptable})
			return over{}
		}
	}
	if a := activeLines(d); a.audio < 0 && a.image < 0 {
		m.emit(Answer{Leg: A, Status: statusNotAcceptable})
		return over{}
	}
	if m.cfg.ListenFirst > 0 && len(o.SDP) > 0 {
		if next, ok := m.listen(now, d); ok {
			return next
		}
	}
	return m.dial(now, dialling{invite: o.SDP, offer: d})
}

// dial offers the call to B.
func (m *Machine) dial(now time.Time, s dialling) state {
	s.said = m.say(B, s.offer, nil)
	if m.cfg.NoAnswer > 0 {
		s.until = now.Add(m.cfg.NoAnswer)
	}
	m.emit(Offer{Leg: B, SDP: s.said})
	return s
}

// ownAudio is what B is offered when A's INVITE has no offer: what every
// telephone speaks.
func (m *Machine) ownAudio() *sdp.Description {
	a := sdp.Audio{
		Addr:   netip.AddrPortFrom(m.cfg.Local, m.cfg.Legs[B].RTPPort),
		Codecs: []sdp.Codec{sdp.PCMA, sdp.PCMU, sdp.TelephoneEvent},
		Ptime:  20 * time.Millisecond,
	}
	return sdp.Compose(sdp.Origin{}, m.cfg.Local, a.Media())
}
