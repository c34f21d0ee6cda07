package t30_test

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
)

// pollCall: the called terminal has the document.
func pollCall(doc t30test.Document, caller, called t30.Config) *call {
	c := &call{world: &t30test.World{}, fromLadder: &t30.Ladder{}}
	caller.Calling, caller.Receives, called.Transmits = true, true, true
	caller.LocalID, called.LocalID = "+15551230000", "+15559870000"
	called.Ladder = c.fromLadder
	c.from = c.world.Call(called, doc)
	c.to = c.world.Call(caller, t30test.Document{})
	return c
}

func TestPolling(t *testing.T) {
	for _, ecm := range []bool{true, false} {
		c := pollCall(document(3, 200), t30.Config{DisableECM: !ecm}, t30.Config{})
		c.run(t)
		c.wantDelivered(t)
		if o := c.from.Engine.Outcome(); o.RemoteID != "+15551230000" || o.ECM != ecm {
			t.Errorf("%+v", o)
		}
	}
}

func TestPollingPassword(t *testing.T) {
	c := pollCall(document(1, 100), t30.Config{Addresses: t30.Addresses{PWD: "4711", SEP: "2"}}, t30.Config{PollingPassword: "4711"})
	c.run(t)
	c.wantDelivered(t)
	if told := c.from.Engine.Outcome().Told; told.PWD != "4711" || told.SEP != "2" {
		t.Errorf("%+v", told)
	}
	for _, wrong := range []string{"", "4712"} {
		c = pollCall(document(1, 100), t30.Config{Addresses: t30.Addresses{PWD: wrong}}, t30.Config{PollingPassword: "4711"})
		c.run(t)
		if o := c.from.Engine.Outcome(); o.Cause != t30.CausePassword || o.Retry || len(c.to.Tray) != 0 {
			t.Errorf("password %q: %+v", wrong, o)
		}
	}
}

func TestNothingToPoll(t *testing.T) {
	// The DIS says so.
	c := pollCall(t30test.Document{}, t30.Config{}, t30.Config{})
	x := t30test.NewTester(t, t30.Config{Calling: true, Receives: true}, t30test.Document{})
	x.X = false
	x.Reply(t30.DIS, 0x00, 0x50, 0x00)
	x.Want("no document there", t30.DCN)
	x.WantGone("no document there", 2*time.Second, t30.CauseNothingToPoll)
	// It said it had one, but has no page.
	c.run(t)
	if o := c.from.Engine.Outcome(); o.Success || o.Cause != t30.CauseNoDocument {
		t.Errorf("%+v", o)
	}
}

// A called terminal that both receives and can be polled takes a document and
// gives one in the same call (T.30 Figure 5-2: EOM, then DTC).
func TestReceptionThenPolling(t *testing.T) {
	for _, waits := range []bool{false, true} {
		x := t30test.NewTester(t, t30.Config{Toned: true, Receives: true, Transmits: true}, document(1, 60))
		x.Want("it can do both", t30.DIS)
		x.Reply(t30.DCS, dcsPlain...)
		x.TCF(t30.V27ter4800)
		x.Want("trained", t30.CFR)
		sendMH(x, t30.V27ter4800, 1)
		x.Reply(t30.EOM)
		x.Want("the page is safe", t30.MCF)
		if waits {
			x.Wait(3 * time.Second)
			x.Want("phase B again", t30.DIS)
		}
		x.X = true
		x.Reply(t30.DTC, 0x00, 0x76, 0x00)
		training(x, t30.V17_14400)
		x.Reply(t30.CFR)
		x.WantCarrier("the polled page", t30.V17_14400)
		x.Want("one page only", t30.EOP)
		x.Reply(t30.MCF)
		x.Want("done", t30.DCN)
		x.WantGone("done", 2*time.Second, t30.CauseNone)
	}
}

// A calling terminal with a document that also polls sends first, then asks.
func TestTransmissionThenPolling(t *testing.T) {
	for _, ecm := range []bool{true, false} {
		w := &t30test.World{}
		ladder := &t30.Ladder{}
		a := w.Call(t30.Config{Calling: true, Transmits: true, Receives: true, Polls: true, DisableECM: !ecm, Ladder: ladder}, document(2, 80))
		b := w.Call(t30.Config{Transmits: true, Receives: true}, document(3, 50))
		if !t30test.RunCall(w, a, b, time.Hour) {
			t.Fatalf("no end\n%v", ladder)
		}
		if o := a.Engine.Outcome(); !o.Success || len(a.Tray) != 3 || len(b.Tray) != 2 || len(o.Pages) != 5 || !o.Pages[4].Received || o.Pages[1].Received {
			t.Errorf("%+v: %d pages fetched, %d sent\n%v", o, len(a.Tray), len(b.Tray), ladder)
		}
		if o := b.Engine.Outcome(); !o.Success || len(o.Pages) != 5 || o.Pages[4].Received || !o.Pages[1].Received {
			t.Errorf("%+v", o)
		}
	}
}
