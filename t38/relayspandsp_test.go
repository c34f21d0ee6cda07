package t38

import (
	"fmt"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/internal/spandsptest"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// betweenSpandsps is a call from one spandsp, which sends, to another. Each is at
// the end of a network; a relay joins these, or nothing does: then there is but
// the first.
type betweenSpandsps struct {
	w      *world
	ends   [2]*spandsp
	in     [2]*simnet.Link // from the ends
	out    [2]*simnet.Link // to the ends
	middle *middle         // nil: a direct call
}

func newBetween(t testing.TB, program string, peer peerOptions, a, b Options, doc []*t4.Page) *betweenSpandsps {
	t.Helper()
	peer.sends, peer.calls = true, true
	from := startSpandsp(t, program, peer, doc)
	peer.sends, peer.calls = false, false
	to := startSpandsp(t, program, peer, nil)
	from.Sender.Correction, to.Sender.Correction = a.ErrorCorrection, b.ErrorCorrection
	return &betweenSpandsps{w: &world{now: time.Unix(1e9, 0)}, ends: [2]*spandsp{from, to}}
}

func relaySpandsp(t testing.TB, program string, peer peerOptions, a, b Options, c [2]simnet.Conditions, doc []*t4.Page) error {
	t.Helper()
	a.Version, b.Version = peer.version, peer.version
	r := newBetween(t, program, peer, a, b, doc)
	r.middle = between(r.w, a, b, c)
	r.out = r.middle.out
	for i := range r.in {
		c[i].Seed++
		r.in[i] = simnet.New(c[i])
	}
	return r.fax(t, doc)
}

func directSpandsp(t testing.TB, program string, peer peerOptions, o Options, c simnet.Conditions, doc []*t4.Page) error {
	t.Helper()
	r := newBetween(t, program, peer, o, o, doc)
	for i := range r.in {
		c.Seed++
		r.in[i] = simnet.New(c)
		r.out[1-i] = r.in[i]
	}
	return r.fax(t, doc)
}

// hangUp is how long one end may go on when the other has ended.
const hangUp = 10 * time.Second

func (r *betweenSpandsps) fax(t testing.TB, doc []*t4.Page) error {
	t.Helper()
	w, from, to := r.w, r.ends[0], r.ends[1]
	stop, tick := w.now.Add(longest), w.now
	for w.now.Before(stop) && (!from.Done || !to.Done) {
		next := tick
		if r.middle != nil {
			next = earliest(next, r.middle.next())
		}
		for _, link := range r.in {
			if at, ok := link.Next(); ok {
				next = earliest(next, at)
			}
		}
		if next.After(w.now) {
			w.now = next
		}
		if r.middle != nil {
			r.middle.step(r.in)
		}
		for i, end := range r.ends {
			for d, ok := r.out[i].Receive(w.now); ok; d, ok = r.out[i].Receive(w.now) {
				end.Hear(w.now, d)
			}
			if !tick.After(w.now) {
				end.tick(w.now, r.in[i])
			}
		}
		if !tick.After(w.now) {
			tick = tick.Add(spandspTick)
		}
		if end := w.now.Add(hangUp); (from.Done || to.Done) && end.Before(stop) {
			stop = end
		}
	}
	from.Finish()
	to.Finish()
	if from.Result != 0 || to.Result != 0 {
		return fmt.Errorf("the sender says %d, the receiver %d", from.Result, to.Result)
	}
	return spandsptest.Compare(doc, to.Pages)
}

func TestRelayBetweenSpandsps(t *testing.T) {
	program := buildSpandsp(t)
	doc := []*t4.Page{testPage(1, 300, t4.MMR, t4.R8x7_7), testPage(2, 400, t4.MMR, t4.R8x7_7)}
	redundancy, fec := Options{ErrorCorrection: udptl.Redundancy}, Options{ErrorCorrection: udptl.FEC}
	for _, c := range []struct {
		name string
		peer peerOptions
		a, b Options
	}{
		{"ECM", peerOptions{}, redundancy, redundancy},
		{"no ECM", peerOptions{noECM: true}, redundancy, fec},
		{"no ECM, MH", peerOptions{noECM: true, codings: 2}, fec, Options{}},
		{"redundancy to FEC", peerOptions{}, redundancy, fec},
		{"none to 200 octets", peerOptions{version: 2}, Options{}, Options{ErrorCorrection: udptl.Redundancy, MaxDatagram: 200}},
		{"V.27ter and V.29", peerOptions{modems: 3, version: 3}, redundancy, redundancy},
		{"no indicators", peerOptions{options: noIndicators}, redundancy, fec},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := relaySpandsp(t, program, c.peer, c.a, c.b, [2]simnet.Conditions{{Delay: 15 * time.Millisecond}, {Delay: 30 * time.Millisecond}}, doc); err != nil {
				t.Error(err)
			}
		})
	}
}

// Between two spandsps with loss on leg A, on leg B and on both, beside direct
// calls through what one leg loses. (A spandsp of this harness says nothing
// twice, so that even a direct call fails when its last two datagrams are lost.)
func TestRelayBetweenSpandspsThroughLoss(t *testing.T) {
	t.Parallel()
	program := buildSpandsp(t)
	doc := []*t4.Page{testPage(1, 300, t4.MMR, t4.R8x7_7)}
	a, b := Options{ErrorCorrection: udptl.Redundancy}, Options{ErrorCorrection: udptl.FEC}
	tries := max(*lossTries/2, 1)
	losses := [][2]float64{{.05, .05}, {.10, 0}}
	if *lossTries > 5 {
		losses = [][2]float64{{.02, 0}, {.05, 0}, {.10, 0}, {0, .02}, {0, .05}, {0, .10}, {.02, .02}, {.05, .05}, {.10, .10}}
	}
	for _, loss := range losses {
		for _, noECM := range []bool{false, true} {
			peer := peerOptions{noECM: noECM}
			relayed, directA, directB := 0, 0, 0
			for seed := range uint64(tries) {
				onA, onB := network(seed, loss[0], 1), network(seed+500, loss[1], 1)
				if err := relaySpandsp(t, program, peer, a, b, [2]simnet.Conditions{onA, onB}, doc); err == nil {
					relayed++
				}
				if directSpandsp(t, program, peer, a, onA, doc) == nil {
					directA++
				}
				if directSpandsp(t, program, peer, b, onB, doc) == nil {
					directB++
				}
			}
			t.Logf("%3.0f %% and %2.0f %% lost, ECM %-5v: %d of %d; directly %d and %d", 100*loss[0], 100*loss[1], !noECM, relayed, tries, directA, directB)
			if expected := directA * directB / tries; relayed < expected*2/3 {
				t.Errorf("that is too few, %d were to be expected", expected)
			}
		}
	}
}
