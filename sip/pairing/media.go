package pairing

import (
	"net/netip"
	"reflect"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// maxDatagramUnsaid is what a peer is taken to accept that names no
// T38FaxMaxDatagram; the Recommendation has no default.
const maxDatagramUnsaid = 400

// openMedia opens what both legs have agreed to, and closes what they have not.
func (m *Machine) openMedia() {
	remotes := [2]*sdp.Description{m.legs[A].remote, m.legs[B].remote}
	if remotes[A] == nil || remotes[B] == nil {
		return
	}
	audio, both := m.agreedAudio(remotes)
	switch {
	case both && (m.audio == nil || *m.audio != audio):
		m.audio = &audio
		m.emit(audio)
	case !both && m.audio != nil:
		m.audio = nil
		m.emit(CloseAudio{})
	}
	t38, both := m.agreedT38(remotes)
	switch {
	case both && (m.t38 == nil || !reflect.DeepEqual(*m.t38, t38)):
		m.t38 = &t38
		m.emit(t38)
	case !both && m.t38 != nil:
		m.t38 = nil
		m.emit(CloseT38{})
	}
	gateway, mixed := m.agreedGateway(remotes)
	switch {
	case mixed && (m.gateway == nil || !reflect.DeepEqual(*m.gateway, gateway)):
		m.gateway = &gateway
		m.emit(gateway)
	case !mixed && m.gateway != nil:
		m.gateway = nil
		m.emit(CloseGateway{})
	}
}

func (m *Machine) closeMedia() {
	if m.audio != nil {
		m.audio = nil
		m.emit(CloseAudio{})
	}
	if m.t38 != nil {
		m.t38 = nil
		m.emit(CloseT38{})
	}
	if m.gateway != nil {
		m.gateway = nil
		m.emit(CloseGateway{})
	}
}

func (m *Machine) agreedAudio(remotes [2]*sdp.Description) (o OpenAudio, ok bool) {
	for leg, d := range remotes {
		a, ok := audioOf(d)
		if !ok {
			return o, false
		}
		o.Remote[leg] = reachable(a.Addr)
		o.Events[leg] = m.eventsFrom(Leg(leg))
		if o.Events[leg] == 0 && m.audio != nil {
			o.Events[leg] = m.audio.Events[leg] // a hold that names none does not forbid them
		}
	}
	return o, true
}

// eventsFrom is the payload type of the telephone events that a peer sends: that
// which we have named to it (RFC 3264 5.1).
func (m *Machine) eventsFrom(l Leg) uint8 {
	local, err := sdp.Parse(m.legs[l].said.InForce)
	if err != nil {
		return 0
	}
	a, _ := audioOf(local)
	return telephoneEvents(a)
}

func telephoneEvents(a sdp.Audio) uint8 {
	for _, c := range a.Codecs {
		if c.Name == sdp.TelephoneEvent.Name && c.ClockRate == sdp.TelephoneEvent.ClockRate {
			return c.PayloadType
		}
	}
	return 0
}

func (m *Machine) agreedT38(remotes [2]*sdp.Description) (o OpenT38, ok bool) {
	for leg := range remotes {
		if o.T38[leg], o.Remote[leg], ok = m.agreedFax(Leg(leg)); !ok {
			return o, false
		}
	}
	return o, true
}

// agreedFax is the T.38 of one leg, false if there is none.
func (m *Machine) agreedFax(l Leg) (t sdp.T38, remote netip.AddrPort, ok bool) {
	theirs, ok := imageOf(m.legs[l].remote)
	if !ok {
		return t, remote, false
	}
	local, err := sdp.Parse(m.legs[l].said.InForce)
	if err != nil {
		return t, remote, false
	}
	ours, ok := imageOf(local)
	if !ok {
		return t, remote, false
	}
	t = ours.T38.Agreed(theirs.T38)
	switch {
	case m.cfg.Legs[l].MaxDatagram > 0:
		t.MaxDatagram = m.cfg.Legs[l].MaxDatagram
	case t.MaxDatagram == 0:
		t.MaxDatagram = maxDatagramUnsaid
	}
	return t, reachable(theirs.Addr), true
}

// reachable is an address to send to, the zero one where there is none.
func reachable(a netip.AddrPort) netip.AddrPort {
	if a.Addr().IsUnspecified() {
		return netip.AddrPort{}
	}
	return a
}
