package negotiation

import (
	"fmt"
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// SIP statuses that the machine gives or tells apart.
const (
	statusOK             = 200
	statusTimeout        = 408
	statusGone           = 481
	statusNotAcceptable  = 488
	statusRequestPending = 491
	statusServerError    = 500
)

// accept answers an offer of the peer in a state in which none of ours is
// pending, and gives the state after it. from is the state to stay in when
// nothing changes.
func (m *Machine) accept(now time.Time, ev Offered, from state) state {
	if len(ev.SDP) == 0 {
		return m.offerLate(now, from)
	}
	d, err := sdp.Parse(ev.SDP)
	if err != nil {
		return m.refuse(ev, err.Error(), from)
	}
	if m.session.repeats(d) {
		m.emit(Answer{Status: statusOK, SDP: m.session.said.InForce})
		return from
	}
	c := m.choose(d)
	if c.kind == nothing || c.kind == removed && m.session.said.InForce == nil {
		return m.refuse(ev, c.why, from)
	}
	local := m.session.said.Say(m.cfg.Local, m.answerLines(d, c)...)
	m.session.agree(local, d)
	m.emit(Answer{Status: statusOK, SDP: local})
	return m.enter(now, c, from)
}

// refuse answers 488: the session stays as it was (RFC 3261 14.2). A call that
// has no session ends with that.
func (m *Machine) refuse(ev Offered, why string, from state) state {
	m.emit(Answer{Status: statusNotAcceptable})
	if m.session.said.InForce != nil && !ev.Initial {
		return from
	}
	return m.fail(statusNotAcceptable, "the caller offers nothing that can carry a fax: "+why)
}

// busy answers an offer that meets ours (RFC 3261 14.2).
func (m *Machine) busy() { m.emit(Answer{Status: statusRequestPending}) }

// enter opens what was agreed, and gives the state for it.
func (m *Machine) enter(now time.Time, c choice, from state) state {
	switch c.kind {
	case t38:
		m.openMedia(m.agreedT38(c.image))
		return relaying{}
	case audio:
		return m.enterAudio(now, c, from)
	}
	if m.open != nil {
		m.open = nil
		m.emit(CloseMedia{})
	}
	switch from.(type) {
	case waiting, backingOff:
		return waiting{} // until the time to give up
	}
	return settled{}
}

// enterAudio opens audio: to wait for T.38 at first, for the fax itself when
// that is how it travels, and for nothing when T.38 was open.
func (m *Machine) enterAudio(now time.Time, c choice, from state) state {
	o := m.agreedAudio(c)
	switch s := from.(type) {
	case relaying, settled:
		o.Resumed = true
		m.openMedia(o)
		return settled{}
	case faxing:
		return m.fax(o, s.why)
	case backingOff:
		if s.want == audio {
			return m.fax(o, s.why)
		}
		o.Tone = m.tone()
		m.openMedia(o)
		return s
	case waiting:
		o.Tone = m.tone()
		m.openMedia(o)
		return s.again(m, now, o.Hold)
	}
	if m.cfg.Policy.Fallback == G711Only {
		return m.fax(o, "")
	}
	o.Tone = m.tone()
	m.openMedia(o)
	m.giveUpAt = now.Add(m.cfg.Policy.GiveUp)
	return waiting{}.again(m, now, o.Hold)
}

// tone is what our side of phase A still has to send.
func (m *Machine) tone() Tone {
	switch {
	case m.cfg.Calling:
		return CNG
	case m.toned:
		return NoTone
	}
	return CED
}

// fax runs the fax over audio. why says what T.38 came to.
func (m *Machine) fax(o OpenAudio, why string) state {
	o.Fax, o.Toned, o.Tone, o.Resumed, o.Why = true, m.toned, NoTone, false, why
	m.openMedia(o)
	return faxing{why: why}
}

// withoutT38 goes on when the peer will not have T.38: the fax over the audio
// that is open, or the end of the call.
func (m *Machine) withoutT38(now time.Time, status int, why string) state {
	if m.cfg.Policy.Fallback == T38Only {
		return m.fail(status, why)
	}
	if o, ok := m.open.(OpenAudio); ok {
		return m.fax(o, why)
	}
	return m.offer(now, audio, why)
}

// refusal says in words how an offer was refused.
func refusal(what string, ev Answered) string {
	if ev.ReasonText == "" {
		return fmt.Sprintf("%s was refused with %d", what, ev.Status)
	}
	return fmt.Sprintf("%s was refused with %d %s", what, ev.Status, ev.ReasonText)
}
