package t30_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// calls are the kinds of call in which somebody may fall silent.
var calls = map[string]func(ecm bool) *call{
	"sending": func(ecm bool) *call {
		return newCall(document(3, 200), t30.Config{DisableECM: !ecm}, t30.Config{})
	},
	"polling": func(ecm bool) *call {
		return pollCall(document(2, 100), t30.Config{DisableECM: !ecm}, t30.Config{})
	},
	"several forms": func(ecm bool) *call {
		doc := t30test.Document{Pages: []*t4.Page{
			picture(1, 1728, 60, t4.R8x7_7, t4.MMR), picture(2, 1728, 60, t4.R8x3_85, t4.MMR),
		}}
		return newCall(doc, t30.Config{DisableECM: !ecm}, t30.Config{})
	},
	"slow store": func(ecm bool) *call {
		c := newCall(document(2, 100), t30.Config{DisableECM: !ecm}, t30.Config{})
		c.to.CommitIn = 3500 * time.Millisecond
		return c
	},
	"requests": func(ecm bool) *call {
		c := newCall(document(2, 200), t30.Config{DisableECM: !ecm}, t30.Config{})
		c.from.Line.Spoil = func(f []byte) bool { return t30.FCF(f[2]) == t30.FCD && f[3] == 0 }
		return c
	},
}

// longest that a silent peer may keep a terminal on the line: T1 and a signal,
// or three times T4 with the command itself; a page in progress comes to its
// end first.
const longest = 45 * time.Second

// A peer that falls silent at any point of any call ends it by a timer of T.30.
func TestSilenceAtEveryPoint(t *testing.T) {
	for kind, begin := range calls {
		for _, ecm := range []bool{true, false} {
			for _, senderFalls := range []bool{true, false} {
				points := 0
				for silenceAfter(t, fmt.Sprintf("%s, ECM %v, sender falls silent %v", kind, ecm, senderFalls), begin(ecm), senderFalls, points) {
					points++
				}
				if points < 5 {
					t.Errorf("%s: only %d points were tried", kind, points)
				}
			}
		}
	}
}

// silenceAfter has one end fall silent as it begins its signal of that number,
// or in the midst of it. It gives false when the call has no such signal.
func silenceAfter(t *testing.T, name string, c *call, senderFalls bool, point int) bool {
	t.Helper()
	falls, stays := c.to, c.from
	if senderFalls {
		falls, stays = c.from, c.to
	}
	count := 0
	var at time.Time
	falls.Watch = func(a t30.Action) {
		switch a.(type) {
		case t30.TransmitTone, t30.TransmitFrames, t30.TransmitTCF, t30.TransmitImage, t30.TransmitPartialPage:
			if count == point {
				at = c.world.Now()
				if falls.Mute = point%2 == 0; !falls.Mute {
					c.world.After(1200*time.Millisecond, func() { falls.Mute = true })
				}
			}
			count++
		}
	}
	t30test.Connect(c.from, c.to)
	if !c.world.Run(time.Hour, func() bool { return stays.Gone }) {
		t.Fatalf("%s after %d signals: the other end holds the line for ever\n%v", name, point, c.fromLadder)
	}
	if count <= point {
		return false
	}
	o := stays.Engine.Outcome()
	if took := stays.GoneAt.Sub(at); took > longest {
		t.Errorf("%s after %d signals: the other end held the line for %v (%v, while it %s)", name, point, took, o.Cause, o.During)
	}
	if !o.Success && !o.Retry {
		t.Errorf("%s after %d signals: %v should be worth another call", name, point, o.Cause)
	}
	// What one end holds for confirmed the other has stored.
	if len(c.from.Confirmed) > len(c.to.Tray) {
		t.Errorf("%s after %d signals: %d pages confirmed, %d stored", name, point, len(c.from.Confirmed), len(c.to.Tray))
	}
	return true
}

// The call itself can end at any moment.
func TestCallEndsAtEveryPoint(t *testing.T) {
	for kind, begin := range calls {
		for _, ecm := range []bool{true, false} {
			whole := begin(ecm)
			whole.run(t)
			for at := time.Duration(0); at < whole.world.Elapsed(); at += 773 * time.Millisecond {
				c := begin(ecm)
				c.world.After(at, func() {
					c.from.Hear(t30.CallEnded{})
					c.to.Hear(t30.CallEnded{})
				})
				c.run(t)
				from, to := c.from.Engine.Outcome(), c.to.Engine.Outcome()
				for _, o := range []t30.Outcome{from, to} {
					if !o.Success && o.Cause == t30.CauseNone {
						t.Fatalf("%s cut after %v: no cause: %+v", kind, at, o)
					}
				}
				if len(c.from.Confirmed) > len(c.to.Tray) {
					t.Errorf("%s cut after %v: %d pages confirmed, %d stored", kind, at, len(c.from.Confirmed), len(c.to.Tray))
				}
				if from.Success && len(from.Pages) != len(c.from.Document.Pages) {
					t.Errorf("%s cut after %v: success with %d pages", kind, at, len(from.Pages))
				}
			}
		}
	}
}

// Nobody answers at all.
func TestNobodyThere(t *testing.T) {
	for _, calling := range []bool{true, false} {
		x := t30test.NewTester(t, t30.Config{Calling: calling, Transmits: calling, Receives: !calling, Toned: !calling}, document(1, 10))
		cause := t30.CauseNoCommand
		if calling {
			cause = t30.CauseNoDIS
		}
		o := x.WantGone("nobody is there", 45*time.Second, cause)
		if took := x.Terminal.GoneAt.Sub(t30test.Start); took < 30*time.Second {
			t.Errorf("gave up after %v, before T1", took)
		}
		if o.Answered || !o.Retry {
			t.Errorf("%+v", o)
		}
	}
}

// A carrier that never brings anything, and never ends, is silence too.
func TestCarrierForEver(t *testing.T) {
	for _, m := range []t30.Modulation{t30.V21, t30.V17_14400, t30.V29_9600} {
		x := receiver(t, t30.Config{})
		x.Terminal.Hear(t30.CarrierUp{Modulation: m})
		x.Wait(time.Minute)
		if !x.Terminal.Gone {
			t.Errorf("%v for ever holds the line", m)
		}
		x = trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
		x.Terminal.Hear(t30.CarrierUp{Modulation: m})
		x.Wait(time.Minute)
		if !x.Terminal.Gone {
			t.Errorf("%v for ever after CFR holds the line", m)
		}
	}
	// Flags and nonsense without end.
	x := trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
	for range 100 {
		x.Wait(time.Second)
		x.Terminal.Hear(t30.CarrierUp{Modulation: t30.V21})
		x.Terminal.Hear(t30.FrameReceived{Octets: []byte{0xFF, 0xC0, 0x42}, FCSOK: true})
		x.Terminal.Hear(t30.CarrierDown{})
	}
	if !x.Terminal.Gone {
		t.Error("nonsense for ever holds the line")
	}
	// Rows without end.
	x = trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
	x.Terminal.Hear(t30.CarrierUp{Modulation: t30.V27ter4800})
	for n := 0; !x.Terminal.Gone; n++ {
		x.Wait(time.Second)
		x.Terminal.Hear(t30.DataReceived{Octets: make([]byte, 600)})
		if n > 3600 {
			t.Fatal("rows for ever hold the line")
		}
	}
}
