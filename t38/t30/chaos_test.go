package t30_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
)

// mischief stands between two terminals: it drops, repeats, damages and makes up
// events, legal ones at illegal moments.
type mischief struct {
	r    *rand.Rand
	rate float64
	to   *t30test.Terminal
}

func (m *mischief) Hear(ev t30.Event) {
	if m.r.Float64() >= m.rate {
		m.to.Hear(ev)
		return
	}
	switch m.r.IntN(8) {
	case 0: // lost
	case 1: // twice
		m.to.Hear(ev)
		m.to.Hear(ev)
	case 2:
		m.to.Hear(t30.CarrierDown{})
		m.to.Hear(ev)
	case 3:
		m.to.Hear(t30.CarrierUp{Modulation: t30.Modulation(m.r.IntN(11))})
		m.to.Hear(ev)
	case 4, 5:
		m.to.Hear(ev)
		c := fcfs[m.r.IntN(len(fcfs))]
		f := t30.Frame{FCF: c, Final: m.r.IntN(4) > 0, X: m.r.IntN(2) > 0}
		if good := plain[c]; len(good) > 0 {
			f.FIF = good[m.r.IntN(len(good))]
		}
		m.to.Hear(t30.FrameReceived{Octets: f.Octets(), FCSOK: true})
	case 6:
		m.to.Hear(ev)
		m.to.Hear(t30.DataReceived{Octets: make([]byte, m.r.IntN(500))})
	case 7:
		m.to.Hear(t30.TransmitDone{})
		m.to.Hear(ev)
	}
}

// Whatever happens on the way, both ends come to an end and say why.
func TestChaos(t *testing.T) {
	var longest time.Duration
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 3))
		c := newCall(document(3, 40), t30.Config{DisableECM: seed%2 == 0}, t30.Config{FrameSize64: seed%3 == 0})
		rate := []float64{0.01, 0.05, 0.2}[seed%3]
		c.from.Peer = &mischief{r, rate, c.to}
		c.to.Peer = &mischief{r, rate, c.from}
		if !c.world.Run(2*time.Hour, func() bool { return c.from.Gone && c.to.Gone }) {
			t.Fatalf("seed %d: the call does not end\n%v", seed, c.fromLadder)
		}
		longest = max(longest, c.world.Elapsed())
		for _, e := range []*t30.Engine{c.from.Engine, c.to.Engine} {
			if o := e.Outcome(); !o.Success && o.Cause == t30.CauseNone {
				t.Errorf("seed %d: no cause: %+v", seed, o)
			}
		}
	}
	t.Logf("longest call %v", longest)
	if longest > 15*time.Minute {
		t.Errorf("a call of three small pages took %v", longest)
	}
}
