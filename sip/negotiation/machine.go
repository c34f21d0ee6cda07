package negotiation

import (
	"reflect"
	"time"
)

// Machine negotiates the media of one call. It is not safe for concurrent use:
// one goroutine owns it. New, Handle and Advance may add effects; take them all
// with Next before the next call.
type Machine struct {
	cfg     Config // with its defaults
	state   state
	session session
	open    Effect // the OpenAudio or OpenT38 in force; nil: none

	// toned: the tone of phase A has been sent (CED to its end, CNG at all).
	toned bool
	// giveUpAt is when a call that waits for T.38 has waited enough.
	giveUpAt time.Time
	glares   int // 491 and the like, in a row

	effects []Effect
}

// state is one box of the machine; each has its file.
type state interface {
	String() string
	// handle gives the state after ev, which may be the same.
	handle(m *Machine, now time.Time, ev Event) state
}

// timed is a state with a timer.
type timed interface {
	// deadline is when expired is to be called, zero for never.
	deadline(m *Machine) time.Time
	expired(m *Machine, now time.Time) state
}

// New makes the machine of a call. On the calling side its first effect is the
// Offer that goes into the INVITE.
func New(cfg Config, now time.Time) *Machine {
	m := &Machine{cfg: cfg.withDefaults(now)}
	m.session.said.Origin.ID = m.cfg.SessionID
	if !m.cfg.Calling {
		m.state = idle{}
		return m
	}
	offer := m.session.said.Say(m.cfg.Local, m.firstOffer()...)
	m.session.pending = offer
	m.emit(Offer{SDP: offer})
	m.state = inviting{}
	return m
}

// Handle tells the machine that ev happened at now.
func (m *Machine) Handle(now time.Time, ev Event) {
	switch ev.(type) {
	case Ended:
		m.state = over{gone: true}
		return
	case ToneSent:
		m.toneSent()
	}
	m.state = m.state.handle(m, now, ev)
}

// Deadline is the time at which Advance wants to be called, zero for never.
func (m *Machine) Deadline() time.Time {
	if s, ok := m.state.(timed); ok {
		return s.deadline(m)
	}
	return time.Time{}
}

// Advance lets every timer that has run out by now take effect.
func (m *Machine) Advance(now time.Time) {
	// No state may be left and entered again without end at one instant; the
	// bound is for the case that a change breaks that.
	for range 8 {
		s, ok := m.state.(timed)
		if !ok {
			return
		}
		if d := s.deadline(m); d.IsZero() || d.After(now) {
			return
		}
		m.state = s.expired(m, now)
	}
}

// Next takes the next effect, false when there is none.
func (m *Machine) Next() (Effect, bool) {
	if len(m.effects) == 0 {
		return nil, false
	}
	e := m.effects[0]
	m.effects = m.effects[1:]
	return e, true
}

// State names where the machine is, for logs.
func (m *Machine) State() string { return m.state.String() }

func (m *Machine) emit(e Effect) { m.effects = append(m.effects, e) }

func (m *Machine) toneSent() {
	if o, ok := m.open.(OpenAudio); ok && o.Tone == CED {
		m.toned = true
		o.Tone = NoTone
		m.open = o
	}
}

// openMedia opens e, an OpenAudio or OpenT38, unless it is what is open.
func (m *Machine) openMedia(e Effect) {
	if reflect.DeepEqual(m.open, e) {
		return
	}
	m.open = e
	m.emit(e)
	if o, ok := e.(OpenAudio); ok && o.Tone == CNG && !o.Hold {
		m.toned = true
	}
}

// fail gives the call up.
func (m *Machine) fail(status int, sentence string) state {
	m.emit(Fail{Status: status, Sentence: sentence})
	return over{}
}

// earliest gives the first of two times, of which zero means never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
