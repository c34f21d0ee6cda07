package t30_test

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
)

// CNG is 0.5 s, every 3.5 s, until the called terminal is heard (T.30 4.3.3.5).
func TestCNG(t *testing.T) {
	x := t30test.NewTester(t, t30.Config{Calling: true, Transmits: true}, document(1, 10))
	var tones []t30.TransmitTone
	x.Terminal.Watch = func(a t30.Action) {
		if tone, ok := a.(t30.TransmitTone); ok {
			tones = append(tones, tone)
		}
	}
	x.Wait(20 * time.Second)
	if len(tones) != 7 { // the last is still in its pause
		t.Errorf("%d tones begun in 20 s, want 7", len(tones))
	}
	for i, tone := range tones {
		want := t30.TransmitTone{Tone: t30.CNG, Pause: 3 * time.Second, Duration: 500 * time.Millisecond}
		if i == 0 {
			want.Pause = 0
		}
		if tone != want {
			t.Errorf("tone %d: %+v", i, tone)
		}
	}
	x.Terminal.Hear(t30.ToneHeard{Tone: t30.CED})
	before := len(tones)
	x.Wait(10 * time.Second)
	if len(tones) != before {
		t.Error("CNG goes on after CED")
	}
}

// CED is 2.6 to 4 s, and 75 ms later comes DIS (T.30 4.3.3.2).
func TestCED(t *testing.T) {
	x := t30test.NewTester(t, t30.Config{Receives: true}, t30test.Document{})
	var actions []t30.Action
	x.Terminal.Watch = func(a t30.Action) { actions = append(actions, a) }
	x.Want("after the tone", t30.DIS)
	for _, a := range actions {
		switch a := a.(type) {
		case t30.TransmitTone:
			if a.Tone != t30.CED || a.Duration < 2600*time.Millisecond || a.Duration > 4*time.Second || a.Pause < 200*time.Millisecond {
				t.Errorf("%+v", a)
			}
		case t30.TransmitFrames:
			if a.Pause < 55*time.Millisecond || a.Pause > 95*time.Millisecond {
				t.Errorf("silence of %v before DIS, want 75 ms +- 20", a.Pause)
			}
		}
	}
	// Where the tone has been sent by someone else, DIS comes at once.
	x = t30test.NewTester(t, t30.Config{Receives: true, Toned: true}, t30test.Document{})
	x.Want("at once", t30.DIS)
	if x.World.Elapsed() > 2500*time.Millisecond {
		t.Errorf("DIS came after %v", x.World.Elapsed())
	}
}

// T1 of the calling terminal begins again, once, when the other shows itself.
func TestLateCED(t *testing.T) {
	x := t30test.NewTester(t, t30.Config{Calling: true, Transmits: true}, document(1, 10))
	x.X = false
	x.Wait(33 * time.Second)
	x.Terminal.Hear(t30.ToneHeard{Tone: t30.CED})
	x.Wait(5 * time.Second)
	x.Reply(t30.DIS, disPlain...)
	x.Want("a late machine is a machine", t30.DCS)

	x = t30test.NewTester(t, t30.Config{Calling: true, Transmits: true}, document(1, 10))
	for range 40 {
		x.Wait(2 * time.Second)
		x.Terminal.Hear(t30.ToneHeard{Tone: t30.CED})
	}
	x.WantGone("CED for ever is no machine", time.Second, t30.CauseNoDIS)
}

// V.17 is trained long for TCF, short for what follows, and long after CTC.
func TestShortTraining(t *testing.T) {
	x := sender(t, 2, disECM)
	var fast []t30.TransmitPartialPage
	x.Terminal.Watch = func(a t30.Action) {
		if p, ok := a.(t30.TransmitPartialPage); ok {
			fast = append(fast, p)
		}
	}
	training(x, t30.V17_14400)
	x.Reply(t30.CFR)
	for range 4 {
		x.WantCarrier("the partial page", t30.V17_14400)
		x.Want("its end", t30.PPS)
		x.Reply(t30.PPR, 0xFF)
	}
	x.Want("train again", t30.CTC)
	x.Reply(t30.CTR)
	x.WantCarrier("the partial page", t30.V17_12000)
	x.Want("its end", t30.PPS)
	x.Reply(t30.MCF)
	x.WantCarrier("the next page", t30.V17_12000)
	want := []bool{true, true, true, true, false, true}
	if len(fast) != len(want) {
		t.Fatalf("%d partial pages", len(fast))
	}
	for i, p := range fast {
		if p.ShortTraining != want[i] {
			t.Errorf("partial page %d: short training %v", i, p.ShortTraining)
		}
	}
}

// What to listen for is said before it comes.
func TestListen(t *testing.T) {
	x := t30test.NewTester(t, t30.Config{Receives: true, Toned: true}, t30test.Document{})
	var last t30.Listen
	x.Terminal.Watch = func(a t30.Action) {
		if l, ok := a.(t30.Listen); ok {
			last = l
		}
	}
	want := func(why string, l t30.Listen) {
		t.Helper()
		if last != l {
			t.Errorf("%s: listens for %+v, want %+v", why, last, l)
		}
	}
	x.Want("what it can do", t30.DIS)
	want("only a command may come", t30.Listen{})
	x.Reply(t30.DCS, 0x00, 0x44, 0x00)
	want("TCF comes", t30.Listen{Fast: t30.V17_14400, Content: t30.ContentTCF})
	x.TCF(t30.V17_14400)
	x.Want("trained", t30.CFR)
	want("a page comes", t30.Listen{Fast: t30.V17_14400, Content: t30.ContentImage, ShortTraining: true})
	sendMH(x, t30.V17_14400, 1)
	x.Reply(t30.EOP)
	x.Want("got it", t30.MCF)
	want("DCN comes", t30.Listen{})
}

// Two ends on the Internet need no pacing, and say so to each other.
func TestInternetAware(t *testing.T) {
	for _, test := range []struct{ a, b bool }{{true, true}, {true, false}, {false, true}, {false, false}} {
		c := newCall(document(1, 20), t30.Config{InternetAware: test.a}, t30.Config{InternetAware: test.b})
		c.run(t)
		c.wantDelivered(t)
		both := test.a && test.b
		if c.from.Engine.Outcome().InternetAware != both || c.to.Engine.Outcome().InternetAware != both {
			t.Errorf("%+v: sender %v, receiver %v", test, c.from.Engine.Outcome().InternetAware, c.to.Engine.Outcome().InternetAware)
		}
	}
}

// A peer on a fast network may answer before this side knows that its command
// has left.
func TestAnswerBeforeTransmitDone(t *testing.T) {
	x := sender(t, 1, disPlain)
	training(x, t30.V27ter4800)
	x.Reply(t30.CFR)
	x.WantCarrier("the page", t30.V27ter4800)
	// The frame of EOP has been heard; its closing flags are still on their way.
	x.Next(10*time.Second, func(ev t30.Event) bool {
		f, is := ev.(t30.FrameReceived)
		return is && f.Octets[2]&^0x80 == byte(t30.EOP)
	})
	x.Terminal.Hear(t30.CarrierUp{Modulation: t30.V21})
	x.Terminal.Hear(t30.FrameReceived{Octets: t30.Frame{FCF: t30.MCF, Final: true}.Octets(), FCSOK: true})
	x.Terminal.Hear(t30.CarrierDown{})
	x.Want("the answer counts", t30.DCN)
	x.WantGone("done", 2*time.Second, t30.CauseNone)
}

// Where the way takes longer than T4, commands are said again before their
// answers come. No answer may be taken for that of another command.
func TestLongDelay(t *testing.T) {
	for _, ecm := range []bool{true, false} {
		for delay := time.Duration(0); delay <= 2400*time.Millisecond; delay += 100 * time.Millisecond {
			for rows := 20; rows <= 400; rows += 95 {
				c := newCall(document(3, rows), t30.Config{DisableECM: !ecm}, t30.Config{})
				c.from.Line.Delay, c.to.Line.Delay = delay, delay
				c.run(t)
				if len(c.from.Confirmed) > len(c.to.Tray) {
					t.Errorf("ECM %v, %v each way, %d rows: %d pages confirmed, %d stored\n%v", ecm, delay, rows,
						len(c.from.Confirmed), len(c.to.Tray), c.fromLadder)
				}
				if delay <= 1200*time.Millisecond && !c.from.Engine.Outcome().Success {
					t.Errorf("ECM %v, %v each way, %d rows: %s", ecm, delay, rows, c.from.Engine.Outcome().Sentence())
				}
			}
		}
	}
}
