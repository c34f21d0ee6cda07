package t30_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
)

// A peer that falls silent at any point of a fax ends the call by a timer of
// T.30: three times T4 with the command itself, T1, or T2, whichever runs.
func TestSilenceAtEveryPoint(t *testing.T) {
	const longest = 45 * time.Second // T1 and a preamble; a page in progress comes to its end first
	for _, ecm := range []bool{true, false} {
		for _, senderFalls := range []bool{true, false} {
			for after := 0; ; after++ {
				c := newCall(document(3, 200), t30.Config{DisableECM: !ecm}, t30.Config{})
				falls, stays := c.to, c.from
				if senderFalls {
					falls, stays = c.from, c.to
				}
				count := 0
				var at time.Time
				falls.Watch = func(a t30.Action) {
					switch a.(type) {
					case t30.TransmitTone, t30.TransmitFrames, t30.TransmitTCF, t30.TransmitImage, t30.TransmitPartialPage:
						if count == after {
							falls.Mute, at = true, c.world.Now()
							// It may fall silent in the middle of what it says.
							if after%2 == 1 {
								falls.Mute = false
								c.world.After(1200*time.Millisecond, func() { falls.Mute = true })
							}
						}
						count++
					}
				}
				t30test.Connect(c.from, c.to)
				name := fmt.Sprintf("ECM=%v senderFalls=%v after=%d", ecm, senderFalls, after)
				if !c.world.Run(time.Hour, func() bool { return stays.Gone }) {
					t.Fatalf("%s: the other end holds the line for ever\n%v", name, c.fromLadder)
				}
				o := stays.Engine.Outcome()
				if count <= after {
					break // the whole call has been tried
				}
				if took := stays.GoneAt.Sub(at); took > longest {
					t.Errorf("%s: the other end held the line for %v (%v, while it %s)", name, took, o.Cause, o.During)
				}
				if !o.Success && !o.Retry {
					t.Errorf("%s: %v should be worth another call", name, o.Cause)
				}
				// Whoever holds a page as confirmed, the other end has it stored.
				if len(c.from.Confirmed) > len(c.to.Tray) {
					t.Errorf("%s: %d pages confirmed, %d stored", name, len(c.from.Confirmed), len(c.to.Tray))
				}
			}
		}
	}
}

// The call itself can end at any moment.
func TestCallEndsAtEveryPoint(t *testing.T) {
	for _, ecm := range []bool{true, false} {
		whole := newCall(document(2, 100), t30.Config{DisableECM: !ecm}, t30.Config{})
		whole.run(t)
		for at := time.Duration(0); at < whole.world.Elapsed(); at += 373 * time.Millisecond {
			c := newCall(document(2, 100), t30.Config{DisableECM: !ecm}, t30.Config{})
			c.world.After(at, func() {
				c.from.Hear(t30.CallEnded{})
				c.to.Hear(t30.CallEnded{})
			})
			c.run(t)
			from, to := c.from.Engine.Outcome(), c.to.Engine.Outcome()
			for _, o := range []t30.Outcome{from, to} {
				if !o.Success && o.Cause == t30.CauseNone {
					t.Fatalf("cut after %v: no cause: %+v", at, o)
				}
			}
			if len(c.from.Confirmed) > len(c.to.Tray) {
				t.Errorf("cut after %v: %d pages confirmed, %d stored", at, len(c.from.Confirmed), len(c.to.Tray))
			}
			if from.Success && len(from.Pages) != 2 {
				t.Errorf("cut after %v: success with %d pages", at, len(from.Pages))
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
