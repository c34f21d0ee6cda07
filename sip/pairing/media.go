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
	audio, both := agreedAudio(remotes)
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
}

func agreedAudio(remotes [2]*sdp.Description) (o OpenAudio, ok bool) {
	for leg, d := range remotes {
		a, ok := audioOf(d)
		if !ok {
			return o, false
		}
		o.Remote[leg] = reachable(a.Addr)
	}
	return o, true
}

func (m *Machine) agreedT38(remotes [2]*sdp.Description) (o OpenT38, ok bool) {
	for leg, d := range remotes {
		theirs, ok := imageOf(d)
		if !ok {
			return o, false
		}
		local, err := sdp.Parse(m.legs[leg].said.InForce)
		if err != nil {
			return o, false
		}
		ours, ok := imageOf(local)
		if !ok {
			return o, false
		}
		o.Remote[leg] = reachable(theirs.Addr)
		t := ours.T38.Agreed(theirs.T38)
		switch {
		case m.cfg.Legs[leg].MaxDatagram > 0:
			t.MaxDatagram = m.cfg.Legs[leg].MaxDatagram
		case t.MaxDatagram == 0:
			t.MaxDatagram = maxDatagramUnsaid
		}
		o.T38[leg] = t
	}
	return o, true
}

// reachable is an address to send to, the zero one where there is none.
func reachable(a netip.AddrPort) netip.AddrPort {
	if a.Addr().IsUnspecified() {
		return netip.AddrPort{}
	}
	return a
}
