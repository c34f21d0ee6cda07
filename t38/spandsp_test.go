package t38

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/internal/spandsptest"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// spandsp is a terminal of libspandsp in its own process, in lockstep with the
// test's time. Its UDPTL is ours, its IFP and T.30 are not.
type spandsp struct{ *spandsptest.T38 }

// peerOptions are those of the program in testdata/spandsp.
type peerOptions struct {
	calls, sends bool
	noECM        bool
	version      int
	modems       int // T30_SUPPORT_V27TER 1, V29 2, V17 4; 0: all
	codings      int // MH 2, MR 4, MMR 8; 0: all
	options      int // T38_TERMINAL_OPTION_…
}

// noIndicators makes the peer send none. (Those that repeat them make libspandsp
// 0.0.6 miss its own turn to send.)
const noIndicators = 8

func buildSpandsp(t *testing.T) string {
	t.Helper()
	return spandsptest.Build(t, "testdata/spandsp/peer.c")
}

func startSpandsp(t testing.TB, program string, o peerOptions, document []*t4.Page) *spandsp {
	t.Helper()
	return &spandsp{spandsptest.NewT38(t, spandsptest.Start(t, program,
		spandsptest.Options{Calls: o.calls, Sends: o.sends, NoECM: o.noECM, Modems: o.modems, Codings: o.codings},
		document, strconv.Itoa(o.version), strconv.Itoa(o.options)))}
}

// tick lets 20 ms pass there and sends what the peer has said.
func (p *spandsp) tick(now time.Time, to *simnet.Link) {
	p.Tick(now, func(datagram []byte) { to.Send(now, datagram) })
}

const spandspTick = 20 * time.Millisecond

// against runs one of our sessions against the peer until both are done.
func against(t testing.TB, p *spandsp, o Options, c simnet.Conditions, doc []*t4.Page) *end {
	t.Helper()
	w := &world{now: time.Unix(1e9, 0)}
	back := simnet.New(c)
	c.Seed++
	e := &end{w: w, out: simnet.New(c), source: doc}
	e.s = newSession(o, w.now, e)
	stop, tick := w.now.Add(longest), w.now
	for !e.s.Done() || !p.Done {
		next := tick
		if !e.s.Done() {
			next = earliest(next, e.s.Deadline())
		}
		if at, ok := e.out.Next(); ok {
			next = earliest(next, at)
		}
		if at, ok := back.Next(); ok {
			next = earliest(next, at)
		}
		for _, r := range e.pending {
			next = earliest(next, r.at)
		}
		if next.After(w.now) {
			w.now = next
		}
		if w.now.After(stop) {
			t.Fatal("the fax does not end")
		}
		for b, ok := e.out.Receive(w.now); ok; b, ok = e.out.Receive(w.now) {
			p.Hear(w.now, b)
		}
		if !tick.After(w.now) {
			p.tick(w.now, back)
			tick = tick.Add(spandspTick)
		}
		e.step(back)
	}
	p.Finish()
	return e
}

// spandspFax sends the document to or from the peer and checks every pel.
func spandspFax(t testing.TB, program string, peer peerOptions, o Options, c simnet.Conditions, doc []*t4.Page) (t30.Outcome, error) {
	t.Helper()
	o.T30.Calling, o.T30.Transmits, o.T30.Receives = !peer.calls, !peer.sends, peer.sends
	o.T30.LocalID, o.T30.Ladder = "111", new(t30.Ladder)
	p := startSpandsp(t, program, peer, doc)
	p.Sender = udptl.Sender{Correction: o.ErrorCorrection}
	e := against(t, p, o, c, doc)
	out := e.s.driver.Engine.Outcome()
	switch {
	case !out.Success || p.Result != 0:
		return out, fmt.Errorf("we: %s (%v); peer: %d\n%s", out.Sentence(), out.Cause, p.Result, o.T30.Ladder)
	case peer.sends:
		if d := differ(doc, e.tray); d != "" {
			return out, errors.New(d)
		}
		return out, nil
	}
	return out, spandsptest.Compare(doc, p.Pages)
}

// What TestSpandspMatrix does not have: fewer modems, and a peer without indicators.
func TestSpandsp(t *testing.T) {
	program := buildSpandsp(t)
	doc := []*t4.Page{testPage(1, 300, t4.MMR, t4.R8x7_7), testPage(2, 500, t4.MMR, t4.R8x7_7)}
	run := func(name string, peer peerOptions, o Options, check func(t30.Outcome) bool) {
		for _, sends := range []bool{false, true} {
			peer.sends, peer.calls = sends, sends
			direction := "to it"
			if sends {
				direction = "from it"
			}
			t.Run(name+" "+direction, func(t *testing.T) {
				o.Version = peer.version
				out, err := spandspFax(t, program, peer, o, simnet.Conditions{Delay: 15 * time.Millisecond}, doc)
				if err != nil {
					t.Fatal(err)
				}
				if !check(out) {
					t.Errorf("%d bit/s, ECM %v, %v", out.Rate, out.ECM, out.Coding)
				}
			})
		}
	}
	run("V.27ter and V.29", peerOptions{modems: 3}, Options{}, func(out t30.Outcome) bool { return out.Rate == 9600 })
	run("no indicators", peerOptions{options: noIndicators}, Options{}, func(t30.Outcome) bool { return true })
}

// A fax through loss against spandsp: its T.30 and IFP, our UDPTL on both
// sides.
func TestSpandspThroughLoss(t *testing.T) {
	program := buildSpandsp(t)
	doc := []*t4.Page{testPage(1, 300, t4.MMR, t4.R8x7_7)}
	for _, sends := range []bool{false, true} {
		for _, percent := range []float64{5, 10} {
			good := 0
			const tries = 5
			for seed := range uint64(tries) {
				_, err := spandspFax(t, program, peerOptions{sends: sends, calls: sends}, Options{ErrorCorrection: udptl.Redundancy},
					simnet.Conditions{Seed: seed, Loss: percent / 100, Delay: 15 * time.Millisecond}, doc)
				if err == nil {
					good++
				} else {
					t.Logf("it sends %v, %v %%, seed %d: %v", sends, percent, seed, err)
				}
			}
			t.Logf("it sends %v, %v %% lost: %d of %d", sends, percent, good, tries)
			if good < tries {
				t.Errorf("it sends %v, %v %% lost: only %d of %d", sends, percent, good, tries)
			}
		}
	}
}
