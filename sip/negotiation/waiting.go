package negotiation

import "time"

// waiting: audio is open, our tone is being sent, and T.38 is to come: by the
// peer's re-INVITE or, at the time at, by ours.
type waiting struct {
	at    time.Time // of our re-INVITE; zero: not by itself
	timed bool      // at has been set once
}

const (
	// ceded is how long the called side waits for the report of its CED, which
	// lasts 4 s at most; media that never report must not hold the call.
	ceded = 10 * time.Second
	// heardWait is how long after its first fax signal a called side may still
	// take to send its re-INVITE: the rest of a CED of 4 s and the preamble.
	heardWait = 5 * time.Second
)

func (waiting) String() string { return "waiting for T.38" }

// again begins the wait or, after something about the audio has changed,
// continues it. A call on hold waits without a timer of its own.
func (s waiting) again(m *Machine, now time.Time, hold bool) state {
	switch {
	case hold:
		return waiting{}
	case s.timed || m.cfg.Policy.NoReinvite:
		return s
	case m.cfg.Calling:
		return waiting{at: now.Add(m.cfg.Policy.CallingWait), timed: true}
	case m.toned:
		return waiting{at: now.Add(m.cfg.Policy.CalledDelay), timed: true}
	}
	return waiting{at: now.Add(ceded), timed: true}
}

func (s waiting) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		return m.accept(now, ev, s)
	case ToneSent:
		if !m.cfg.Calling && s.timed {
			s.at = now.Add(m.cfg.Policy.CalledDelay)
		}
	case FaxHeard:
		if m.cfg.Calling && s.timed {
			s.at = earliest(s.at, now.Add(heardWait))
		}
	}
	return s
}

func (s waiting) deadline(m *Machine) time.Time { return earliest(s.at, m.giveUpAt) }

func (s waiting) expired(m *Machine, now time.Time) state {
	if !m.giveUpAt.IsZero() && !m.giveUpAt.After(now) {
		return m.withoutT38(now, 0, "the peer has not asked for T.38 in "+m.cfg.Policy.GiveUp.String())
	}
	return m.offer(now, t38, "")
}
