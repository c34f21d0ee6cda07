package t30_test

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// rowsOf decodes a page and gives its rows one after another.
func rowsOf(t *testing.T, p *t4.Page) string {
	t.Helper()
	b, _, err := p.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// mhRows decodes what came outside ECM.
func mhRows(t *testing.T, data []byte) string {
	t.Helper()
	r := t4.NewReceiver(t4.MH, 1728, t4.R8x3_85, t4.ReceiveOptions{})
	if _, err := r.Write(data); err != nil {
		t.Fatal(err)
	}
	page, err := r.Finish()
	if err != nil || page.BadRows != 0 {
		t.Fatalf("%v, %d bad rows", err, page.BadRows)
	}
	if mm := float64(page.Rows) / 98 * 25.4; mm > 297*1.05 {
		t.Errorf("a piece is %.0f mm long", mm)
	}
	return rowsOf(t, page)
}

// A page that is longer than the receiver's paper comes as several, and is
// confirmed when the last of them is. A piece that is refused comes again, it
// alone.
func TestLongPageIsCut(t *testing.T) {
	long := picture(3, 1728, 3000, t4.R8x3_85, t4.MMR)
	short := picture(4, 1728, 60, t4.R8x3_85, t4.MMR)
	x := t30test.NewTester(t, t30.Config{Calling: true, Transmits: true}, t30test.Document{Pages: []*t4.Page{long, short}})
	x.X = false
	x.Wait(time.Second)
	x.Reply(t30.DIS, disV17...) // A4 paper
	training(x, t30.V17_14400)
	x.Reply(t30.CFR)
	next := func(m t30.Modulation, answer t30.FCF) string {
		data := x.WantCarrier("a piece of the page", m)
		x.Want("more follows", t30.MPS)
		if done := len(x.Terminal.Engine.Outcome().Pages); done != 0 {
			t.Errorf("%d pages are confirmed, the long one is not through", done)
		}
		x.Reply(answer)
		return mhRows(t, data)
	}
	retrain := func(m t30.Modulation) {
		training(x, m)
		x.Reply(t30.CFR)
	}
	got := next(t30.V17_14400, t30.MCF)
	refused := next(t30.V17_14400, t30.RTN)
	retrain(t30.V17_12000)
	again := next(t30.V17_12000, t30.RTP)
	retrain(t30.V17_9600)
	last := next(t30.V17_9600, t30.MCF)
	if again != refused {
		t.Error("something else came in the place of the refused piece")
	}
	if got+again+last != rowsOf(t, long) {
		t.Error("the pieces are not the page")
	}
	x.WantCarrier("the short page", t30.V17_9600)
	x.Want("no page follows", t30.EOP)
	x.Reply(t30.MCF)
	x.Want("all is done", t30.DCN)
	o := x.WantGone("all is done", 2*time.Second, t30.CauseNone)
	if len(o.Pages) != 2 || o.Pages[0].Rows != 3000 || o.Pages[1].N != 1 {
		t.Errorf("confirmed %+v", o.Pages)
	}
}

// The page counter of PPS counts what went over the line (T.30 Annex A).
func TestLongPageInECM(t *testing.T) {
	long := picture(3, 1728, 2000, t4.R8x3_85, t4.MMR)
	x := t30test.NewTester(t, t30.Config{Calling: true, Transmits: true}, t30test.Document{Pages: []*t4.Page{long}})
	x.X = false
	x.Wait(time.Second)
	x.Reply(t30.DIS, disECM[0], disECM[1], 0x0F, disECM[3]) // no unlimited length
	training(x, t30.V17_14400)
	x.Reply(t30.CFR)
	x.WantCarrier("the first piece", t30.V17_14400)
	if f := x.Want("more follows", t30.PPS); f.FIF[0]&0x7F != byte(t30.MPS) || f.FIF[1] != 0 {
		t.Errorf("PPS says % x", f.FIF)
	}
	x.Reply(t30.MCF)
	x.WantCarrier("the second piece", t30.V17_14400)
	if f := x.Want("no page follows", t30.PPS); f.FIF[0]&0x7F != byte(t30.EOP) || f.FIF[1] != 0x80 {
		t.Errorf("PPS says % x", f.FIF)
	}
	x.Reply(t30.MCF)
	x.Want("all is done", t30.DCN)
	if o := x.WantGone("all is done", 2*time.Second, t30.CauseNone); len(o.Pages) != 1 || o.Pages[0].Rows != 2000 {
		t.Errorf("confirmed %+v", o.Pages)
	}
}
