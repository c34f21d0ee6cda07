package pairing

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// Machine joins the two legs of one call. It is not safe for concurrent use:
// one goroutine owns it. Handle and Advance may add effects; take them all with
// Next before the next call.
type Machine struct {
	cfg   Config // with its defaults
	state state
	legs  [2]leg

	audio   *OpenAudio // in force; nil: none
	t38     *OpenT38
	gateway *OpenGateway

	heard bool // a fax, before there was a B
	asked bool // for T.38, in vain: once is enough

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
	deadline() time.Time // when expired is to be called, zero for never
	expired(m *Machine, now time.Time) state
}

// SIP statuses that the machine gives or tells apart.
const (
	statusOK             = 200
	statusProgress       = 183
	statusTimeout        = 408
	statusUnavailable    = 480
	statusGone           = 481
	statusNotAcceptable  = 488
	statusRequestPending = 491
	statusServerError    = 500
)

// New makes the machine of a call whose INVITE comes next: Offered on leg A.
func New(cfg Config, now time.Time) *Machine {
	m := &Machine{cfg: cfg.withDefaults(now), state: idle{}}
	for i := range m.legs {
		m.legs[i].said.Origin.ID = m.cfg.SessionID + uint64(i)
		m.legs[i].noT38 = m.cfg.Legs[i].NoT38
	}
	return m
}

// Handle tells the machine that ev happened at now.
func (m *Machine) Handle(now time.Time, ev Event) {
	if e, ok := ev.(Ended); ok {
		m.state = m.ended(e)
		return
	}
	m.state = m.state.handle(m, now, ev)
}

// Deadline is the time at which Advance wants to be called, zero for never.
func (m *Machine) Deadline() time.Time {
	if s, ok := m.state.(timed); ok {
		return s.deadline()
	}
	return time.Time{}
}

// Advance lets every timer that has run out by now take effect.
func (m *Machine) Advance(now time.Time) {
	// No state may be left and entered again without end at one instant; the
	// bound is for the case that a change breaks that.
	for range 8 {
		d := m.Deadline()
		if d.IsZero() || d.After(now) {
			return
		}
		m.state = m.state.(timed).expired(m, now)
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

// Bridged tells whether both sides have answered and neither has ended.
func (m *Machine) Bridged() bool {
	switch m.state.(type) {
	case idle, listening, dialling, over:
		return false
	}
	return true
}

// Over tells whether nothing more will happen.
func (m *Machine) Over() bool {
	_, is := m.state.(over)
	return is && len(m.effects) == 0
}

func (m *Machine) emit(e Effect) { m.effects = append(m.effects, e) }

// ended ends the other leg after what is in flight.
func (m *Machine) ended(ev Ended) state {
	if _, already := m.state.(over); already {
		return m.state
	}
	if d, ok := m.state.(dialling); ok && ev.Leg == B {
		return d.refused(m, statusUnavailable, ev.Reason)
	}
	if s, ok := m.state.(orphaned); ok && ev.Leg != s.leg {
		return s
	}
	m.closeMedia()
	if left := ev.Leg.Other(); ev.Keep && m.legs[left].remote != nil {
		return m.leave(left)
	}
	if _, ok := m.state.(orphaned); !ok {
		m.emit(HangUp{Leg: ev.Leg.Other(), Status: statusUnavailable, Reason: ev.Reason})
	}
	return over{}
}

// giveUp ends both legs.
func (m *Machine) giveUp(status int, reason string) state {
	m.closeMedia()
	for _, l := range []Leg{A, B} {
		m.emit(HangUp{Leg: l, Status: status, Reason: reason})
	}
	return over{}
}

// busy answers an offer that meets another one (RFC 3261 14.2).
func (m *Machine) busy(l Leg) { m.emit(Answer{Leg: l, Status: statusRequestPending}) }

// say gives a description to a leg: media of the other side as its offer, or as
// the answer to its own.
func (m *Machine) say(to Leg, d, answer *sdp.Description) []byte {
	return m.legs[to].said.Say(m.cfg.Local, m.rewrite(d, to, answer)...)
}
