package negotiation

import "time"

// relaying: T.38 is open. Nothing is asked for any more: when the fax is over
// the call ends, and a peer that wants audio again asks for it itself.
type relaying struct{}

func (relaying) String() string { return "T.38" }

func (s relaying) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		return m.accept(now, ev, s)
	case MediaSilent:
		return m.withoutT38(now, 0, "T.38 was agreed, but nothing of it has come")
	}
	return s
}
