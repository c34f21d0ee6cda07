package negotiation

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// inviting: the calling side, while its INVITE has no final response. How long
// that may take is the dialler's business.
type inviting struct {
	early []byte // the description in a provisional response
	// local is ours where an early UPDATE of the peer has changed both (RFC 3311);
	// early is then that UPDATE's.
	local []byte
}

func (inviting) String() string { return "inviting" }

func (s inviting) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		return s.changed(m, ev)
	case Answered:
		return s.answered(m, now, ev)
	}
	return s
}

// changed answers an UPDATE that comes before the call is answered. Without an
// answer to our own offer it has come too early.
func (s inviting) changed(m *Machine, ev Offered) state {
	if len(s.early) == 0 || len(ev.SDP) == 0 {
		m.busy()
		return s
	}
	d, err := sdp.Parse(ev.SDP)
	if err != nil {
		m.emit(Answer{Status: statusNotAcceptable})
		return s
	}
	c := m.choose(d)
	if c.kind == nothing || c.kind == removed {
		m.emit(Answer{Status: statusNotAcceptable})
		return s
	}
	s.early, s.local = ev.SDP, m.session.said.Say(m.cfg.Local, m.answerLines(d, c)...)
	m.emit(Answer{Status: statusOK, SDP: s.local})
	return s
}

func (s inviting) answered(m *Machine, now time.Time, ev Answered) state {
	switch {
	case ev.Status < 200:
		// A reliable 18x holds the answer, and then the 200 may hold none.
		if len(ev.SDP) > 0 && s.local == nil {
			s.early = ev.SDP
		}
		return s
	case ev.Status >= 300:
		return m.fail(ev.Status, refusal("the call", ev))
	}
	local := m.session.pending
	if len(ev.SDP) == 0 || s.local != nil {
		ev.SDP = s.early
	}
	if s.local != nil {
		local = s.local
	}
	d, err := sdp.Parse(ev.SDP)
	if err != nil {
		return m.fail(statusNotAcceptable, "the call was answered without a usable description of its media: "+err.Error())
	}
	c := m.choose(d)
	m.session.agree(local, d)
	m.heed(ev.Ways)
	if c.kind == nothing || c.kind == removed {
		return m.fail(statusNotAcceptable, "the call was answered with nothing that can carry a fax: "+c.why)
	}
	return m.enter(now, c, s)
}

// heed lets what the called side says of itself choose the way where our policy has
// the choice: T.38 without waiting for its re-INVITE, or audio from the start.
func (m *Machine) heed(w Ways) {
	p := &m.cfg.Policy
	switch {
	case w == T38Way:
		p.CallingWait = 0
	case w == PassthroughWay && p.Fallback == T38ThenG711:
		p.Fallback = G711Only
	}
}
