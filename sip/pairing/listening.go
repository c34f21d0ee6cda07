package pairing

import (
	"net/netip"
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// listening: A has been answered here, and is listened to before B is called.
type listening struct {
	voice *sdp.Description // as B will be offered it
	until time.Time
}

// listen answers A's INVITE with G.711; false when it offers none.
func (m *Machine) listen(now time.Time, offer *sdp.Description) (next state, ok bool) {
	a, codec, ok := g711Of(offer)
	if !ok || a.Direction != sdp.SendRecv {
		return nil, false
	}
	a.Codecs = []sdp.Codec{codec}
	o, _, _ := g711Of(offer)
	for _, c := range o.Codecs {
		if c.Same(sdp.TelephoneEvent) {
			a.Codecs = append(a.Codecs, c)
			break
		}
	}
	a.RTCP, a.MaxPtime = netip.AddrPort{}, 0
	line := a.Media()
	own := make([]*sdp.Media, len(offer.MediaDescriptions))
	at := activeLines(offer).audio
	for i, theirs := range offer.MediaDescriptions {
		own[i] = sdp.Refuse(theirs)
	}
	own[at] = line
	local := sdp.Compose(sdp.Origin{}, m.cfg.Local, own...)
	answer := m.say(A, local, offer)
	m.legs[A].agree(answer, offer)
	m.emit(Answer{Leg: A, Status: statusOK, SDP: answer})
	audio := OpenAudio{Alone: true, Codec: codec}
	audio.Remote[A], audio.Events[A] = reachable(o.Addr), telephoneEvents(a)
	m.audio = &audio
	m.emit(audio)
	return listening{voice: sdp.Compose(sdp.Origin{}, m.cfg.Local, line), until: now.Add(m.cfg.ListenFirst)}, true
}

func (listening) String() string { return "listening to A" }

func (s listening) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		if ev.Leg == A {
			return m.acceptAlone(ev, s)
		}
	case FaxHeard:
		if m.cfg.Fax == Mailbox {
			return m.toMailbox(nil)
		}
		m.heard = true
		return s.expired(m, now)
	}
	return s
}

// acceptAlone takes an offer of A while B is not there: a session refresh, or
// T.38 for the mailbox. Anything else comes too early.
func (m *Machine) acceptAlone(ev Offered, from state) state {
	l := &m.legs[A]
	d, err := sdp.Parse(ev.SDP)
	switch {
	case err == nil && l.repeats(d):
		m.emit(Answer{Leg: A, Status: statusOK, SDP: l.said.InForce})
	case err == nil && wantsFax(d) && m.cfg.Fax == Mailbox:
		return m.toMailbox(ev.SDP)
	default:
		m.busy(A)
	}
	return from
}

func (s listening) deadline() time.Time { return s.until }

// expired calls B: it is no fax, or one that B is to have.
func (s listening) expired(m *Machine, now time.Time) state {
	return m.dial(now, dialling{offer: s.voice, listened: true})
}
