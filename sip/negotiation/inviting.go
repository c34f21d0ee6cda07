package negotiation

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// inviting: the calling side, while its INVITE has no final response. How long
// that may take is the dialler's business.
type inviting struct {
	early []byte // the description in a provisional response
}

func (inviting) String() string { return "inviting" }

func (s inviting) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		m.busy()
	case Answered:
		return s.answered(m, now, ev)
	}
	return s
}

func (s inviting) answered(m *Machine, now time.Time, ev Answered) state {
	switch {
	case ev.Status < 200:
		// A reliable 18x holds the answer, and then the 200 may hold none.
		if len(ev.SDP) > 0 {
			s.early = ev.SDP
		}
		return s
	case ev.Status >= 300:
		return m.fail(ev.Status, refusal("the call", ev))
	}
	if len(ev.SDP) == 0 {
		ev.SDP = s.early
	}
	d, err := sdp.Parse(ev.SDP)
	if err != nil {
		return m.fail(statusNotAcceptable, "the call was answered without a usable description of its media: "+err.Error())
	}
	c := m.choose(d)
	m.session.agree(m.session.pending, d)
	if c.kind == nothing || c.kind == removed {
		return m.fail(statusNotAcceptable, "the call was answered with nothing that can carry a fax: "+c.why)
	}
	return m.enter(now, c, s)
}
