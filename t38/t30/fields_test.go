package t30_test

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// FNV as the answer to what DCS or DTC brought along ends the call with its own
// cause: a subaddress that is wrong today is wrong tomorrow.
func TestFieldNotValid(t *testing.T) {
	x := sender(t, 1, disV17)
	training(x, t30.V17_14400)
	x.Reply(t30.FNV, 0x20)
	x.Want("the call ends", t30.DCN)
	if o := x.WantGone("the call ends", 2*time.Second, t30.CauseFieldNotValid); o.Retry {
		t.Error("calling again is of no use")
	}

	x = t30test.NewTester(t, t30.Config{Calling: true, Receives: true}, t30test.Document{})
	x.X = false
	x.Reply(t30.DIS, 0x00, 0x80|0x50, 0x00)
	x.Want("it polls", t30.DTC)
	x.Reply(t30.FNV, 0x80)
	x.WantGone("the call ends", 3*time.Second, t30.CauseFieldNotValid)
}

// A transmitter that says TNR is asked with TR until it goes on, for T5.
func TestTransmitterNotReady(t *testing.T) {
	x := trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
	for range 5 {
		x.Reply(t30.TNR)
		x.Want("is it ready?", t30.TR)
	}
	sendMH(x, t30.V27ter4800, 1)
	x.Reply(t30.MPS)
	x.Want("the page is safe", t30.MCF)
	from := x.World.Now()
	for x.World.Now().Sub(from) < 50*time.Second {
		x.Reply(t30.TNR)
		x.Want("is it ready?", t30.TR)
	}
	for !x.Terminal.Gone && x.World.Now().Sub(from) < 70*time.Second {
		x.Reply(t30.TNR)
		x.Wait(2 * time.Second)
	}
	x.WantGone("it never is", time.Second, t30.CauseTransmitterBusy)

	x = receiver(t, t30.Config{}) // in the place of DCS
	x.Reply(t30.TNR)
	x.Want("is it ready?", t30.TR)
	x.Reply(t30.DCS, dcsPlain...)
	x.TCF(t30.V27ter4800)
	x.Want("it was", t30.CFR)
}

// The document to be polled answers to its own SEP, and to a DTC without one.
func TestSelectivePolling(t *testing.T) {
	for sep, served := range map[string]bool{"": true, "42": true, "43": false} {
		doc := t30test.Document{Pages: []*t4.Page{picture(1, 1728, 60, t4.R8x3_85, t4.MMR)}}
		x := t30test.NewTester(t, t30.Config{Transmits: true, Toned: true, SelectivePolling: "42"}, doc)
		x.Want("it has a document", t30.DIS)
		dtc := t30.Frame{FCF: t30.DTC, FIF: disV17}
		if sep == "" {
			x.Say(dtc)
		} else {
			fif := make([]byte, 20)
			for i := range fif {
				fif[i] = 0x04 // space, its first bit first
			}
			fif[0], fif[1] = 0x4C, 0x2C // "2", "4"
			if sep == "43" {
				fif[0] = 0xCC
			}
			x.Say(t30.Frame{FCF: t30.SEP, FIF: fif}, dtc)
		}
		if served {
			training(x, t30.V17_14400)
			continue
		}
		x.Want("there is no such document", t30.DCN)
		x.WantGone("there is no such document", 2*time.Second, t30.CauseNothingToPoll)
	}
}

// A receiver that is set up so asks for a damaged post-message command at once,
// three times at most; one that is not waits.
func TestCommandRepeat(t *testing.T) {
	damaged := func(x *t30test.Tester) {
		x.Wait(75 * time.Millisecond)
		x.Up(t30.V21)
		x.Wait(time.Second)
		x.Frame(t30.V21, t30.Frame{FCF: t30.EOP, Final: true, X: true}.Octets(), false)
		x.Down(t30.V21)
	}
	x := trained(t, t30.Config{CommandRepeat: true}, dcsPlain, t30.V27ter4800)
	sendMH(x, t30.V27ter4800, 1)
	for range 3 {
		damaged(x)
		x.Want("say it again", t30.CRP)
	}
	damaged(x)
	x.WantIdle("three times is enough", 3*time.Second)
	x.Reply(t30.EOP)
	x.Want("the page is safe", t30.MCF)

	x = trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
	sendMH(x, t30.V27ter4800, 1)
	damaged(x)
	x.WantIdle("the transmitter repeats it by itself", 3*time.Second)
	x.Reply(t30.EOP)
	x.Want("the page is safe", t30.MCF)
}
