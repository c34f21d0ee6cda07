package negotiation

import "time"

// settled: the peer has left T.38, for audio or for nothing, as it does when
// the fax is over. What it asks for is accepted; nothing is asked of it,
// unless the fax has not even begun.
type settled struct{}

func (settled) String() string { return "after T.38" }

func (s settled) handle(m *Machine, now time.Time, ev Event) state {
	switch ev := ev.(type) {
	case Offered:
		return m.accept(now, ev, s)
	case MediaSilent:
		return m.withoutT38(now, 0, "the peer went back to audio before anything of T.38 had come")
	}
	return s
}
