package t30_test

import (
	"bytes"

	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Conversations: the tester is the other end.

var (
	disPlain = []byte{0x00, 0x50, 0x00}       // V.27ter, MH, standard resolution, 20 ms
	disV17   = []byte{0x00, 0x76, 0x00}       // V.17, fine
	disECM   = []byte{0x00, 0x76, 0x1F, 0x22} // and ECM, MMR, no minimum scan line time
)

// sender is a calling terminal with pages to send, up to its DIS.
func sender(t *testing.T, pages int, dis []byte) *t30test.Tester {
	t.Helper()
	doc := document(0, 0)
	for i := range pages {
		doc.Pages = append(doc.Pages, picture(uint64(i), 1728, 60, t4.R8x3_85, t4.MMR))
	}
	x := t30test.NewTester(t, t30.Config{Calling: true, Transmits: true}, doc)
	x.X = false
	x.Wait(time.Second)
	x.Reply(t30.DIS, dis...)
	return x
}

// training takes DCS and TCF.
func training(x *t30test.Tester, m t30.Modulation) t30.Frame {
	x.T.Helper()
	f := x.Want("the terminal says how it will send", t30.DCS)
	tcf := x.WantCarrier("training", m)
	if len(bytes.Trim(tcf, "\x00")) != 0 || len(tcf) != m.Rate()*3/16 {
		x.T.Fatalf("TCF of %d octets is not 1.5 s of zeros", len(tcf))
	}
	return f
}

// receiver is a called terminal that has said its DIS.
func receiver(t *testing.T, cfg t30.Config) *t30test.Tester {
	t.Helper()
	cfg.Receives, cfg.Toned = true, true
	x := t30test.NewTester(t, cfg, t30test.Document{})
	x.Want("the called terminal says what it can do", t30.DIS)
	return x
}

// trained brings a receiver to the point where a page may come.
func trained(t *testing.T, cfg t30.Config, dcs []byte, m t30.Modulation) *t30test.Tester {
	t.Helper()
	x := receiver(t, cfg)
	x.Reply(t30.DCS, dcs...)
	x.TCF(m)
	x.Want("the training check was good", t30.CFR)
	return x
}

var (
	dcsPlain = []byte{0x00, 0x50, 0x00} // V.27ter 4800, MH
)

func sendMH(x *t30test.Tester, m t30.Modulation, seed uint64) {
	page := picture(seed, 1728, 60, t4.R8x3_85, t4.MH)
	x.Play(t30.TransmitImage{Pause: 75 * time.Millisecond, Modulation: m, ShortTraining: true, Octets: page.Line(96)})
}

func TestFallBackAfterFTT(t *testing.T) {
	x := sender(t, 1, disV17)
	for _, m := range []t30.Modulation{
		t30.V17_14400, t30.V17_12000, t30.V17_9600, t30.V29_9600, t30.V17_7200, t30.V29_7200, t30.V27ter4800, t30.V27ter2400,
	} {
		training(x, m)
		x.Reply(t30.FTT)
	}
	x.Want("no rate is left", t30.DCN)
	if o := x.WantGone("no rate is left", 2*time.Second, t30.CauseTraining); !o.Retry {
		t.Error("a poor line may be better next time")
	}
}

// T.30 5.4.2: a command without an answer is sent three times.
func TestThreeTries(t *testing.T) {
	x := sender(t, 1, disPlain)
	for range 3 {
		training(x, t30.V27ter4800)
	}
	x.Want("DCS had no answer", t30.DCN)
	if o := x.WantGone("DCS had no answer", 2*time.Second, t30.CauseNoAnswerToDCS); o.Unanswered {
		t.Error("no page was sent that could have arrived")
	}

	for _, bad := range []func(*t30test.Tester){
		func(*t30test.Tester) {},
		func(x *t30test.Tester) { x.Reply(t30.CRP) },
	} {
		x = sender(t, 1, disPlain)
		training(x, t30.V27ter4800)
		x.Reply(t30.CFR)
		x.WantCarrier("the page", t30.V27ter4800)
		for range 3 {
			x.Want("the end of the document", t30.EOP)
			bad(x)
		}
		x.Want("EOP had no answer", t30.DCN)
		if o := x.WantGone("EOP had no answer", 2*time.Second, t30.CauseNoConfirmation); len(o.Pages) != 0 || !o.Unanswered {
			t.Errorf("%d pages confirmed", len(o.Pages))
		}
	}
}

// The answers to a post-message command, T.30 5.3.6.1.7.
func TestAnswersToMPS(t *testing.T) {
	begin := func() *t30test.Tester {
		x := sender(t, 2, disV17)
		training(x, t30.V17_14400)
		x.Reply(t30.CFR)
		x.WantCarrier("the first page", t30.V17_14400)
		x.Want("another page follows", t30.MPS)
		return x
	}
	finish := func(x *t30test.Tester, m t30.Modulation, pages int) {
		x.WantCarrier("the last page", m)
		x.Want("no page follows", t30.EOP)
		x.Reply(t30.MCF)
		x.Want("all is done", t30.DCN)
		if o := x.WantGone("all is done", 2*time.Second, t30.CauseNone); len(o.Pages) != pages {
			t.Errorf("%d pages confirmed, want %d", len(o.Pages), pages)
		}
	}
	t.Run("MCF", func(t *testing.T) {
		x := begin()
		x.Reply(t30.MCF)
		finish(x, t30.V17_14400, 2)
	})
	t.Run("RTP", func(t *testing.T) {
		x := begin()
		x.Reply(t30.RTP)
		training(x, t30.V17_12000)
		x.Reply(t30.CFR)
		finish(x, t30.V17_12000, 2)
	})
	t.Run("PIP is taken as RTP", func(t *testing.T) {
		x := begin()
		x.Reply(t30.PIP)
		training(x, t30.V17_12000)
		x.Reply(t30.CFR)
		finish(x, t30.V17_12000, 2)
	})
	for _, c := range []t30.FCF{t30.RTN, t30.PIN} {
		t.Run(c.String()+" has the page sent again", func(t *testing.T) {
			x := begin()
			x.Reply(c)
			training(x, t30.V17_12000)
			x.Reply(t30.CFR)
			x.WantCarrier("the first page again", t30.V17_12000)
			x.Want("another page follows", t30.MPS)
			x.Reply(t30.MCF)
			finish(x, t30.V17_12000, 2)
		})
	}
	t.Run("RTN three times", func(t *testing.T) {
		x := begin()
		for _, m := range []t30.Modulation{t30.V17_12000, t30.V17_9600} {
			x.Reply(t30.RTN)
			training(x, m)
			x.Reply(t30.CFR)
			x.WantCarrier("the first page again", m)
			x.Want("another page follows", t30.MPS)
		}
		x.Reply(t30.RTN)
		x.Want("the page cannot be brought over", t30.DCN)
		x.WantGone("the page cannot be brought over", 2*time.Second, t30.CausePageRejected)
	})
	t.Run("DCN", func(t *testing.T) {
		x := begin()
		x.Reply(t30.DCN)
		x.WantGone("the receiver broke off", time.Second, t30.CauseDCN)
	})
	t.Run("RTN after EOP", func(t *testing.T) {
		x := sender(t, 1, disPlain)
		training(x, t30.V27ter4800)
		x.Reply(t30.CFR)
		x.WantCarrier("the page", t30.V27ter4800)
		x.Want("no page follows", t30.EOP)
		x.Reply(t30.RTN)
		x.Want("the procedure ends with RTN after EOP", t30.DCN)
		if o := x.WantGone("the page was refused", 2*time.Second, t30.CausePageRejected); !o.Retry {
			t.Error("worth another call")
		}
	})
}

// The minimum scan line time of the receiver is filled up (T.4 3).
func TestMinimumScanLineTime(t *testing.T) {
	for _, test := range []struct {
		dis byte // third octet
		ms  int
	}{{0x00, 20}, {0x02, 40}, {0x04, 10}, {0x08, 5}, {0x0E, 0}} {
		x := sender(t, 1, []byte{0x00, 0x50, test.dis})
		f := training(x, t30.V27ter4800)
		s, err := t30.ParseSelection(f.FIF)
		if err != nil || s.ScanLineTime != time.Duration(test.ms)*time.Millisecond {
			t.Errorf("%02X: DCS says %v (%v)", test.dis, s.ScanLineTime, err)
		}
		x.Reply(t30.CFR)
		data := x.WantCarrier("the page", t30.V27ter4800)
		if least := 60 * test.ms * 4800 / 1000 / 8; len(data) < least {
			t.Errorf("%d ms a row: the page has %d octets, want %d at least", test.ms, len(data), least)
		}
	}
}

// CRP has the last command repeated whole (T.30 5.3.6.1.8).
func TestCRP(t *testing.T) {
	x := sender(t, 1, disPlain)
	training(x, t30.V27ter4800)
	x.Reply(t30.CRP)
	training(x, t30.V27ter4800)
	x.Reply(t30.CFR)
	x.WantCarrier("the page", t30.V27ter4800)

	x = receiver(t, t30.Config{LocalID: "1"})
	x.Reply(t30.CRP)
	x.Want("DIS again, at once", t30.DIS)
}

func TestCannotReceive(t *testing.T) {
	x := sender(t, 1, []byte{0x00, 0x10, 0x00})
	x.Want("the called terminal is no receiver", t30.DCN)
	if o := x.WantGone("it is no receiver", 2*time.Second, t30.CauseCannotReceive); o.Retry {
		t.Error("it will not be one next time")
	}
}

// T.30 Annex A: four PPR at each rate, then CTC; then EOR.
func TestContinueToCorrect(t *testing.T) {
	all := bytes.Repeat([]byte{0xFF}, 32)
	x := sender(t, 1, []byte{0x00, 0x50, 0x1F, 0x20})
	training(x, t30.V27ter4800)
	x.Reply(t30.CFR)
	for _, m := range []t30.Modulation{t30.V27ter4800, t30.V27ter2400} {
		for range 4 {
			x.WantCarrier("the partial page", m)
			x.Want("the end of the partial page", t30.PPS)
			x.Reply(t30.PPR, all...)
		}
		if m == t30.V27ter4800 {
			f := x.Want("another rate may help", t30.CTC)
			if len(f.FIF) != 2 {
				t.Errorf("CTC with an FIF of %d octets", len(f.FIF))
			}
			x.Reply(t30.CTR)
		}
	}
	x.Want("there is no rate left", t30.EOR)
	x.Reply(t30.ERR)
	x.Want("the page is lost", t30.DCN)
	x.WantGone("the page is lost", 2*time.Second, t30.CauseRetransmissions)
}

// As long as requests become smaller, the rate stays.
func TestProgressKeepsTheRate(t *testing.T) {
	doc := document(0, 0)
	doc.Pages = []*t4.Page{noise(1728, 200)}
	x := t30test.NewTester(t, t30.Config{Calling: true, Transmits: true}, doc)
	x.X = false
	x.Reply(t30.DIS, disECM...)
	training(x, t30.V17_14400)
	x.Reply(t30.CFR)
	for n := range 9 {
		x.WantCarrier("the partial page", t30.V17_14400)
		x.Want("the end of the partial page", t30.PPS)
		x.Reply(t30.PPR, append([]byte{byte(0xFF << n)}, make([]byte, 31)...)...)
		if n%4 == 3 {
			x.Want("train again", t30.CTC)
			x.Reply(t30.CTR)
		}
	}
}

// RNR and RR, for up to T5 (T.30 Annex A).
func TestReceiverNotReady(t *testing.T) {
	begin := func() *t30test.Tester {
		x := sender(t, 1, disECM)
		training(x, t30.V17_14400)
		x.Reply(t30.CFR)
		x.WantCarrier("the partial page", t30.V17_14400)
		x.Want("the end of the page", t30.PPS)
		return x
	}
	x := begin()
	for range 5 {
		x.Reply(t30.RNR)
		x.Want("is the receiver ready?", t30.RR)
	}
	x.Reply(t30.MCF)
	x.Want("all is done", t30.DCN)
	x.WantGone("all is done", 2*time.Second, t30.CauseNone)

	x = begin()
	from := x.World.Now()
	for x.World.Now().Sub(from) < 65*time.Second && !x.Terminal.Gone {
		x.Reply(t30.RNR)
		x.Wait(1500 * time.Millisecond)
	}
	x.WantGone("T5 has run out", 5*time.Second, t30.CauseReceiverBusy)
}

// A frame that is no answer ends the call; an echo does not.
func TestInvalidAnswer(t *testing.T) {
	x := sender(t, 1, disPlain)
	training(x, t30.V27ter4800)
	x.Reply(t30.CFR)
	x.WantCarrier("the page", t30.V27ter4800)
	x.Want("the end", t30.EOP)
	x.Reply(t30.EOP) // an echo
	x.Want("the end, again after T4", t30.EOP)
	x.Reply(t30.FCF(0x2F))
	x.Want("that is no answer", t30.DCN)
	x.WantGone("that is no answer", 2*time.Second, t30.CauseInvalidAnswer)

	x = sender(t, 1, disPlain)
	training(x, t30.V27ter4800)
	x.Reply(t30.FCF(0x2F))
	x.Want("nor is it one to TCF", t30.DCN)
}
