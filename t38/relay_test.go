package t38

import (
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// middle is the pure part of a relay between two networks, in a world's virtual
// time.
type middle struct {
	w    *world
	ways [2]*way
	out  [2]*simnet.Link // to leg A, to leg B
	sent func(leg int, datagram []byte)
}

// between puts a relay between two networks; each leg has its own conditions.
func between(w *world, a, b Options, c [2]simnet.Conditions) *middle {
	m := &middle{w: w}
	for i := range m.out {
		c[i].Seed = c[i].Seed*2 + 1001
		m.out[i] = simnet.New(c[i])
	}
	o := testRelayOptions()
	if os.Getenv("T38_DEBUG") != "" {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("end", "relay")
	}
	m.ways = newWays(a, b, o, func(leg int, d []byte) {
		if m.sent != nil {
			m.sent(leg, d)
		}
		m.out[leg].Send(m.w.now, d)
	})
	for _, way := range m.ways {
		way.begin(w.now)
	}
	return m
}

// step takes what comes from the two ends and does what is due.
func (m *middle) step(in [2]*simnet.Link) {
	for i, way := range m.ways {
		for b, ok := in[i].Receive(m.w.now); ok; b, ok = in[i].Receive(m.w.now) {
			_ = way.datagram(m.w.now, b)
		}
		if d := way.deadline(); !d.IsZero() && !d.After(m.w.now) {
			way.advance(m.w.now)
		}
	}
}

func (m *middle) next() (next time.Time) {
	for i, way := range m.ways {
		next = earliest(next, way.deadline())
		if at, ok := m.out[i].Next(); ok {
			next = earliest(next, at)
		}
	}
	return next
}

func (m *middle) stats() RelayStats {
	return RelayStats{A: legStats(m.ways[0], m.ways[1]), B: legStats(m.ways[1], m.ways[0])}
}

// relayed is a world with a relay in it.
type relayed struct {
	*world
	middle *middle
}

// newRelayed makes a calling end on leg A, a called one on leg B and a relay
// between them. a and b are what the legs agreed; the T30 of b is the called
// end's.
func newRelayed(a, b Options, c [2]simnet.Conditions) *relayed {
	calling, _ := options(a)
	_, called := options(b)
	w := newWorld(calling, called, simnet.Conditions{})
	for i, e := range w.ends {
		c[i].Seed = c[i].Seed*2 + uint64(i)
		e.out = simnet.New(c[i])
		e.Send(e.s.to.last) // its first words, which it said before this network was there
	}
	return &relayed{world: w, middle: between(w, a, b, c)}
}

// fax sends the document through the relay and gives both outcomes.
func (r *relayed) fax(t testing.TB, doc []*t4.Page) (calling, called t30.Outcome) {
	t.Helper()
	r.ends[0].source = doc
	stop := r.now.Add(longest)
	for !r.ends[0].s.Done() || !r.ends[1].s.Done() {
		next := earliest(r.next(), r.middle.next())
		if next.IsZero() || next.After(stop) {
			t.Fatalf("the fax does not end: %v\n%s", next, r.ladder())
		}
		if next.After(r.now) {
			r.now = next
		}
		for i, e := range r.ends {
			e.step(r.middle.out[i])
		}
		r.middle.step([2]*simnet.Link{r.ends[0].out, r.ends[1].out})
	}
	return r.ends[0].s.driver.Engine.Outcome(), r.ends[1].s.driver.Engine.Outcome()
}

func mustRelay(t *testing.T, r *relayed, doc []*t4.Page) {
	t.Helper()
	began := r.now
	calling, called := r.fax(t, doc)
	if !calling.Success || !called.Success {
		t.Fatalf("calling: %s (%v); called: %s (%v)\n%s", calling.Sentence(), calling.Cause, called.Sentence(), called.Cause, r.ladder())
	}
	if d := differ(doc, r.ends[1].tray); d != "" {
		t.Fatalf("%s\n%s", d, r.ladder())
	}
	s := r.middle.stats()
	t.Logf("%v, %d bit/s, ECM %v, %v; A: %v, B: %v", r.now.Sub(began).Round(100*time.Millisecond),
		calling.Rate, calling.ECM, calling.Coding, s.A, s.B)
}

var bothPerfect [2]simnet.Conditions

func TestRelayTranslates(t *testing.T) {
	legs := map[string]Options{
		"version 0, redundancy":   {ErrorCorrection: udptl.Redundancy},
		"version 3, FEC":          {Version: 3, ErrorCorrection: udptl.FEC},
		"version 2, none":         {Version: 2},
		"redundancy 1, 180":       {ErrorCorrection: udptl.Redundancy, ControlRedundancy: 1, ImageRedundancy: 1, MaxDatagram: 180},
		"version 1, FEC, 200":     {Version: 1, ErrorCorrection: udptl.FEC, MaxDatagram: 200},
		"none, 72 octets":         {MaxDatagram: 72},
		"packets of 40 ms at 320": {PacketInterval: 40 * time.Millisecond, MaxDatagram: 320, ErrorCorrection: udptl.Redundancy},
	}
	for nameA, a := range legs {
		for nameB, b := range legs {
			for _, noECM := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s to %s, ECM %v", nameA, nameB, !noECM), func(t *testing.T) {
					b.T30.DisableECM = noECM
					r := newRelayed(a, b, bothPerfect)
					limits := [2]int{a.MaxDatagram, b.MaxDatagram}
					r.middle.sent = func(leg int, d []byte) {
						if limits[leg] > 0 && len(d) > limits[leg] {
							t.Errorf("a datagram of %d octets on leg %s, which takes %d", len(d), legNames[leg], limits[leg])
						}
					}
					mustRelay(t, r, testDocument(1, 200))
				})
			}
		}
	}
}
