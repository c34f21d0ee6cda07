package t30_test

import (
	"bytes"
	"math/bits"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Conversations with a receiver.

func TestReceiverRepeatsLostAnswers(t *testing.T) {
	x := trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
	sendMH(x, t30.V27ter4800, 1)
	for range 3 { // the sender does not hear MCF twice
		x.Reply(t30.MPS)
		x.Want("the page is safe", t30.MCF)
	}
	sendMH(x, t30.V27ter4800, 2)
	for range 2 {
		x.Reply(t30.EOP)
		x.Want("the page is safe", t30.MCF)
	}
	x.Reply(t30.DCN)
	if o := x.WantGone("done", time.Second, t30.CauseNone); len(o.Pages) != 2 || len(x.Terminal.Tray) != 2 {
		t.Errorf("%d pages confirmed, %d stored", len(o.Pages), len(x.Terminal.Tray))
	}
}

// Procedure interrupts are taken as their plain forms: nobody is there.
func TestProcedureInterrupts(t *testing.T) {
	x := trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
	sendMH(x, t30.V27ter4800, 1)
	x.Reply(t30.PRIMPS)
	x.Want("PRI-MPS is MPS", t30.MCF)
	sendMH(x, t30.V27ter4800, 2)
	x.Reply(t30.PRIEOP)
	x.Want("PRI-EOP is EOP", t30.MCF)
	x.Reply(t30.DCN)
	x.WantGone("done", time.Second, t30.CauseNone)
}

// After EOM the called terminal waits T2 and says DIS again (T.30 Figure 5-2).
func TestEOM(t *testing.T) {
	x := trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
	sendMH(x, t30.V27ter4800, 1)
	x.Reply(t30.EOM)
	x.Want("the page is safe", t30.MCF)
	from := x.World.Now()
	x.WantIdle("T2 runs", 4900*time.Millisecond)
	x.Want("phase B again", t30.DIS)
	if took := x.World.Now().Sub(from); took > 10*time.Second {
		t.Errorf("DIS came after %v", took)
	}
	x.Reply(t30.DCS, dcsPlain...)
	x.TCF(t30.V27ter4800)
	x.Want("trained again", t30.CFR)
}

// DIS every T4 until T1 has run out (T.30 5.4.3.1).
func TestDISIsRepeated(t *testing.T) {
	x := receiver(t, t30.Config{})
	n := 1
	for ; !x.Terminal.Gone; n++ {
		if _, ok := x.Next(8*time.Second, func(ev t30.Event) bool {
			f, is := ev.(t30.FrameReceived)
			return is && f.Octets[2] != byte(t30.CSI)
		}); !ok {
			break
		}
		if x.World.Elapsed() > time.Minute {
			t.Fatal("DIS is said for ever")
		}
	}
	x.WantGone("T1 has run out", 2*time.Second, t30.CauseNoCommand)
	if n < 6 {
		t.Errorf("DIS was said %d times in 35 s", n)
	}
}

// The training check: what of it may be wrong.
func TestTrainingCheck(t *testing.T) {
	zeros := func(n int) []byte { return make([]byte, n) }
	noise := bytes.Repeat([]byte{0xA5}, 100)
	speckled := zeros(900)
	for i := 0; i < 900; i += 20 {
		speckled[i] = 0x01
	}
	ruined := zeros(900)
	for i := 0; i < 900; i += 2 {
		ruined[i] = 0x10
	}
	for name, test := range map[string]struct {
		data []byte
		good bool
	}{
		"as it should be":          {zeros(900), true},
		"10 % short":               {zeros(810), true},
		"of 3 s":                   {zeros(1800), true},
		"much too short":           {zeros(400), false},
		"with noise around":        {append(append(noise[:100:100], zeros(850)...), noise...), true},
		"with single errors":       {speckled, true},
		"with errors everywhere":   {ruined, false},
		"with a hole in the midst": {append(append(zeros(450), noise...), zeros(450)...), false},
	} {
		x := receiver(t, t30.Config{})
		x.Reply(t30.DCS, dcsPlain...)
		x.Play(t30.TransmitImage{Pause: 75 * time.Millisecond, Modulation: t30.V27ter4800, Octets: test.data})
		if test.good {
			x.Want("TCF "+name, t30.CFR)
		} else {
			x.Want("TCF "+name, t30.FTT)
		}
	}
}

// Requests for what is missing, frames in any order, and frames twice.
func TestPartialPageRequest(t *testing.T) {
	x := trained(t, t30.Config{}, []byte{0x00, 0x44, 0x1F, 0x22}, t30.V17_14400)
	page := picture(1, 1728, 100, t4.R8x3_85, t4.MMR)
	frames := fcd(page)
	last := len(frames) - 1
	if last < 4 {
		t.Fatalf("only %d frames", len(frames))
	}
	count := bits.Reverse8(uint8(last))
	x.Play(t30.TransmitPartialPage{Pause: 75 * time.Millisecond, Modulation: t30.V17_14400, ShortTraining: true,
		Frames: [][]byte{frames[0], frames[last], frames[2], frames[2]}})
	x.Reply(t30.PPS, byte(t30.EOP), 0, 0, count)
	f := x.Want("most is missing", t30.PPR)
	if len(f.FIF) != 32 || f.FIF[0]&0xF0 != 0x50 || f.FIF[31] != 0xFF {
		t.Fatalf("PPR % X", f.FIF)
	}
	// The PPR is not heard: PPS comes again, without frames.
	x.Reply(t30.PPS, byte(t30.EOP), 0, 0, count)
	if again := x.Want("still missing", t30.PPR); !bytes.Equal(again.FIF, f.FIF) {
		t.Errorf("PPR % X, before % X", again.FIF, f.FIF)
	}
	x.Play(t30.TransmitPartialPage{Pause: 75 * time.Millisecond, Modulation: t30.V17_14400, ShortTraining: true, Frames: frames})
	x.Reply(t30.PPS, byte(t30.EOP), 0, 0, count)
	x.Want("all is here", t30.MCF)
	x.Reply(t30.PPS, byte(t30.EOP), 0, 0, count)
	x.Want("MCF was not heard", t30.MCF)
	x.Reply(t30.DCN)
	o := x.WantGone("done", time.Second, t30.CauseNone)
	if len(o.Pages) != 1 || len(x.Terminal.Tray) != 1 || o.Pages[0].Retransmitted == 0 {
		t.Fatalf("%+v", o)
	}
	if bitmap(t, x.Terminal.Tray[0]) != bitmap(t, page) {
		t.Error("the page is not as it was sent")
	}
}

// fcd cuts a page into FCD frames.
func fcd(page *t4.Page) [][]byte {
	var frames [][]byte
	for n := 0; n*256 < len(page.Data); n++ {
		f := append([]byte{0xFF, 0xC0, byte(t30.FCD), bits.Reverse8(uint8(n))}, page.Data[n*256:min(len(page.Data), n*256+256)]...)
		frames = append(frames, append(f, make([]byte, 260-len(f))...))
	}
	return frames
}

// A sender that missed MCF may send a page again, frames and all. It is the page
// that was confirmed, and nothing of it may get into the next one.
func TestConfirmedPageComesAgain(t *testing.T) {
	x := trained(t, t30.Config{}, []byte{0x00, 0x44, 0x1F, 0x22}, t30.V17_14400)
	pages := []*t4.Page{picture(1, 1728, 300, t4.R8x3_85, t4.MMR), picture(2, 1728, 40, t4.R8x3_85, t4.MMR)}
	send := func(frames [][]byte) {
		x.Play(t30.TransmitPartialPage{Pause: 75 * time.Millisecond, Modulation: t30.V17_14400, ShortTraining: true, Frames: frames})
	}
	first, second := fcd(pages[0]), fcd(pages[1])
	if len(second) >= len(first)-1 {
		t.Fatalf("%d and %d frames: the second page must be shorter", len(first), len(second))
	}
	last := func(f [][]byte) byte { return bits.Reverse8(uint8(len(f) - 1)) }
	send(first)
	x.Reply(t30.PPS, byte(t30.MPS), 0, 0, last(first))
	x.Want("the first page", t30.MCF)
	send(first[:2])
	x.Reply(t30.PPS, byte(t30.MPS), 0, 0, last(first))
	x.Want("it has been confirmed", t30.MCF)
	send(first) // again, and this time MCF is heard late: the next page follows
	send(second)
	x.Reply(t30.PPS, byte(t30.EOP), bits.Reverse8(1), 0, last(second))
	x.Want("the second page", t30.MCF)
	x.Reply(t30.DCN)
	o := x.WantGone("done", time.Second, t30.CauseNone)
	if len(o.Pages) != 2 || len(x.Terminal.Tray) != 2 {
		t.Fatalf("%d pages stored: %+v", len(x.Terminal.Tray), o)
	}
	for i, page := range pages {
		if bitmap(t, x.Terminal.Tray[i]) != bitmap(t, page) {
			t.Errorf("page %d is not as it was sent", i)
		}
	}
}

// A page that takes long to store: RNR in ECM, patience without.
func TestSlowStore(t *testing.T) {
	x := trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
	x.Terminal.CommitIn = 5 * time.Second
	sendMH(x, t30.V27ter4800, 1)
	x.Reply(t30.EOP)
	x.WantIdle("the page is not safe yet", 3*time.Second)
	x.Reply(t30.EOP)
	x.Want("now it is", t30.MCF)
}

// What the store refuses is never confirmed.
func TestRefusedCommit(t *testing.T) {
	x := trained(t, t30.Config{}, dcsPlain, t30.V27ter4800)
	x.Terminal.Broken = true
	sendMH(x, t30.V27ter4800, 1)
	x.Reply(t30.EOP)
	x.Want("the page could not be stored", t30.DCN)
	if o := x.WantGone("the page could not be stored", 2*time.Second, t30.CauseStore); len(o.Pages) != 0 {
		t.Errorf("%+v", o)
	}
}

// A receiver that may not receive says so.
func TestNotReceiving(t *testing.T) {
	x := t30test.NewTester(t, t30.Config{Toned: true, Transmits: true}, document(1, 10))
	f := x.Want("only to be polled", t30.DIS)
	c := t30.ParseCapabilities(f.FIF)
	if c.Receives || !c.Polling {
		t.Errorf("DIS says receives %v, polling %v", c.Receives, c.Polling)
	}
	x.Reply(t30.DCS, dcsPlain...)
	x.Want("no", t30.DCN)
	x.WantGone("no", 2*time.Second, t30.CauseNotReceiving)
}

// The peer's frames are told to whoever runs the terminal.
func TestToldByFrames(t *testing.T) {
	x := receiver(t, t30.Config{})
	id := func(s string) []byte {
		fif := bytes.Repeat([]byte{bits.Reverse8(' ')}, 20)
		for i := range len(s) {
			fif[i] = bits.Reverse8(s[len(s)-1-i])
		}
		return fif
	}
	x.Say(t30.Frame{FCF: t30.TSI, FIF: id("+49 30 1234")}, t30.Frame{FCF: t30.SUB, FIF: id("17")},
		t30.Frame{FCF: t30.SID, FIF: id("secret")}, t30.Frame{FCF: t30.NSS, FIF: []byte{0xB5, 0x00, 0x2A, 1, 2}},
		t30.Frame{FCF: t30.TSA, FIF: []byte("fax@example.com")}, t30.Frame{FCF: t30.DCS, FIF: dcsPlain})
	x.TCF(t30.V27ter4800)
	x.Want("trained", t30.CFR)
	o := x.Terminal.Engine.Outcome()
	if o.RemoteID != "+49 30 1234" || o.Told.SUB != "17" || o.Told.SID != "secret" || len(o.Told.NonStandard) != 5 ||
		string(o.Told.Internet[t30.TSA]) != "fax@example.com" {
		t.Errorf("%+v", o)
	}
}
