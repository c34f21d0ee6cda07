package pairing

import (
	"net/netip"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// bridgeable tells whether a gateway may stand between the audio of a leg and
// T.38 on the other one: it speaks G.711 there.
func (m *Machine) bridgeable(line Leg) bool {
	if m.cfg.Fax != RelayOrGateway && m.cfg.Fax != Gateway {
		return false
	}
	_, _, ok := g711Of(m.legs[line].voice)
	return ok
}

// g711Of is the audio of a description and its first codec of G.711.
func g711Of(d *sdp.Description) (a sdp.Audio, c sdp.Codec, ok bool) {
	if d == nil {
		return a, c, false
	}
	i := activeLines(d).audio
	if i < 0 || !sdp.IsAudio(d.MediaDescriptions[i]) { // of encrypted audio we have no key
		return a, c, false
	}
	a, err := sdp.ReadAudio(d, i)
	if err != nil {
		return a, c, false
	}
	for _, c := range a.Codecs {
		if c.Same(sdp.PCMU) || c.Same(sdp.PCMA) {
			return a, c, true
		}
	}
	return a, c, false
}

// agreedGateway is the gateway between a leg with T.38 and one with audio.
func (m *Machine) agreedGateway(remotes [2]*sdp.Description) (o OpenGateway, ok bool) {
	for _, line := range []Leg{A, B} {
		a, codec, ok := g711Of(remotes[line])
		if !ok || !m.bridgeable(line) {
			continue
		}
		t, remote, ok := m.agreedFax(line.Other())
		if !ok {
			continue
		}
		o := OpenGateway{Line: line, T38: t, Codec: codec, Ptime: a.Ptime, Events: telephoneEvents(a)}
		o.Remote[line], o.Remote[line.Other()] = reachable(a.Addr), remote
		return o, true
	}
	return o, false
}

// udptl is where we receive T.38 on a leg.
func (m *Machine) udptl(l Leg) netip.AddrPort {
	return netip.AddrPortFrom(m.cfg.Local, m.cfg.Legs[l].UDPTLPort)
}
