package t30_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Every coding with and without error correction arrives pixel for pixel.
func TestEveryCoding(t *testing.T) {
	for _, ecm := range []bool{true, false} {
		for name, set := range map[string]t30.CodingSet{
			"MH": t30.CodingMH, "MR": t30.CodingMR, "MMR": t30.CodingMMR, "all": 0,
		} {
			for _, res := range []t4.Resolution{t4.R8x3_85, t4.R8x7_7, t4.R8x15_4} {
				t.Run(fmt.Sprintf("%s ECM=%v %v", name, ecm, res), func(t *testing.T) {
					doc := document(0, 0)
					for i := range 2 {
						doc.Pages = append(doc.Pages, picture(uint64(i), 1728, 300, res, t4.MH))
					}
					c := newCall(doc, t30.Config{Codings: set, DisableECM: !ecm}, t30.Config{})
					c.run(t)
					c.wantDelivered(t)
					o := c.from.Engine.Outcome()
					want := t4.MH
					switch {
					case ecm && set != t30.CodingMH && set != t30.CodingMR:
						want = t4.MMR
					case set == t30.CodingMR || set == 0:
						want = t4.MR
					}
					if o.Coding != want || o.ECM != ecm || o.Rate != 14400 {
						t.Errorf("sent as %v at %d, ECM %v; want %v at 14400, ECM %v", o.Coding, o.Rate, o.ECM, want, ecm)
					}
				})
			}
		}
	}
}

// The rate is the best that both ends allow.
func TestEveryRate(t *testing.T) {
	for _, test := range []struct {
		modems t30.ModemSet
		rate   int
		want   int
	}{
		{0, 0, 14400}, {0, 12000, 12000}, {0, 9600, 9600}, {0, 7200, 7200}, {0, 4800, 4800}, {0, 2400, 2400},
		{t30.ModemV29 | t30.ModemV27ter, 0, 9600}, {t30.ModemV27ter, 0, 4800},
	} {
		t.Run(fmt.Sprintf("%b %d", test.modems, test.rate), func(t *testing.T) {
			limited := t30.Config{Modems: test.modems, MaxRate: test.rate}
			for name, c := range map[string]*call{
				"sender":   newCall(document(1, 100), limited, t30.Config{}),
				"receiver": newCall(document(1, 100), t30.Config{}, limited),
			} {
				c.run(t)
				c.wantDelivered(t)
				if got := c.from.Engine.Outcome().Rate; got != test.want {
					t.Errorf("%s limited: sent at %d, want %d", name, got, test.want)
				}
			}
		})
	}
}

// A page of more than 256 frames goes in several partial pages.
func TestPageOfManyBlocks(t *testing.T) {
	for _, small := range []bool{false, true} {
		doc := document(0, 0)
		doc.Pages = []*t4.Page{noise(1728, 2400), noise(1728, 1000)}
		c := newCall(doc, t30.Config{FrameSize64: small, Codings: t30.CodingMH}, t30.Config{})
		c.run(t)
		c.wantDelivered(t)
		blocks := len(doc.Pages[0].Data) / 256 / 256
		if blocks < 2 {
			t.Fatalf("the page is too small for this test: %d octets", len(doc.Pages[0].Data))
		}
	}
}

func noise(w, rows int) *t4.Page {
	r := rand.New(rand.NewPCG(7, 7))
	bits := make([]byte, w/8*rows)
	for i := range bits {
		v := r.Uint32()
		bits[i] = byte(v) & byte(v>>8) // a quarter of the pels is black
	}
	return t4.FromBitmap(bits, w, w/8, rows, t4.MH, t4.R8x7_7)
}

// What the receiver cannot do is converted, and keeps its size on paper.
func TestPagesAreConverted(t *testing.T) {
	for _, test := range []struct {
		page      t4.Resolution
		width     int
		can       []t4.Resolution
		want      t4.Resolution
		wantWidth int
	}{
		{t4.R8x15_4, 1728, []t4.Resolution{}, t4.R8x3_85, 1728},
		{t4.R8x15_4, 1728, []t4.Resolution{t4.R8x7_7}, t4.R8x7_7, 1728},
		{t4.I300x300, 2592, []t4.Resolution{t4.R8x7_7}, t4.R8x7_7, 1728},
		{t4.I300x300, 2592, nil, t4.I300x300, 2592},
		{t4.R16x15_4, 3456, nil, t4.R16x15_4, 3456},
		{t4.I400x400, 3456, nil, t4.R16x15_4, 3456},
		{t4.I600x600, 5184, nil, t4.I600x600, 5184},
		{t4.I200x200, 1728, nil, t4.R8x7_7, 1728},
		{t4.R8x7_7, 2048, nil, t4.R8x7_7, 2048},
		{t4.R8x7_7, 2432, nil, t4.R8x7_7, 2432},
	} {
		t.Run(fmt.Sprintf("%v %d to %v", test.page, test.width, test.can), func(t *testing.T) {
			doc := document(0, 0)
			doc.Pages = []*t4.Page{picture(3, test.width, 400, test.page, t4.MMR)}
			c := newCall(doc, t30.Config{}, t30.Config{Resolutions: test.can})
			c.run(t)
			if len(c.to.Tray) != 1 || !c.from.Engine.Outcome().Success {
				t.Fatalf("%s\n%v", c.from.Engine.Outcome().Sentence(), c.fromLadder)
			}
			got := c.to.Tray[0]
			if got.Resolution != test.want || got.Width != test.wantWidth {
				t.Errorf("received %v, %d wide; want %v, %d", got.Resolution, got.Width, test.want, test.wantWidth)
			}
			_, y0 := test.page.DPI()
			_, y1 := got.Resolution.DPI()
			if want := 400 * y1 / y0; float64(got.Rows) < want*0.95 || float64(got.Rows) > want*1.05 {
				t.Errorf("received %d rows, want about %.0f", got.Rows, want)
			}
		})
	}
}

// A document whose pages differ in form goes through phase B again, by EOM.
func TestDocumentOfSeveralForms(t *testing.T) {
	for _, ecm := range []bool{true, false} {
		doc := document(0, 0)
		doc.Pages = []*t4.Page{
			picture(1, 1728, 200, t4.R8x7_7, t4.MMR), picture(2, 1728, 100, t4.R8x3_85, t4.MMR),
			picture(3, 2048, 200, t4.R8x7_7, t4.MMR), picture(4, 2048, 200, t4.R8x7_7, t4.MMR),
		}
		c := newCall(doc, t30.Config{DisableECM: !ecm}, t30.Config{})
		c.run(t)
		c.wantDelivered(t)
	}
}

// Fifty pages, slow stores at both ends.
func TestManyPagesAndSlowStores(t *testing.T) {
	for _, ecm := range []bool{true, false} {
		for _, slow := range []time.Duration{0, 500 * time.Millisecond, 2 * time.Second, 4 * time.Second} {
			doc := document(0, 0)
			for i := range 10 {
				doc.Pages = append(doc.Pages, picture(uint64(i), 1728, 60, t4.R8x7_7, t4.MMR))
			}
			c := newCall(doc, t30.Config{DisableECM: !ecm}, t30.Config{})
			c.from.FetchIn, c.to.CommitIn = slow, slow
			c.run(t)
			c.wantDelivered(t)
		}
	}
}

// A receiver whose store takes longer than T5 loses the call, and no page is
// confirmed that is not safe.
func TestStoreThatTakesTooLong(t *testing.T) {
	for _, ecm := range []bool{true, false} {
		c := newCall(document(2, 60), t30.Config{DisableECM: !ecm}, t30.Config{})
		c.to.CommitIn = 3 * time.Minute
		c.run(t)
		if n := len(c.from.Confirmed); n != 0 {
			t.Errorf("ECM %v: %d pages were confirmed", ecm, n)
		}
		if o := c.from.Engine.Outcome(); o.Success || !o.Retry {
			t.Errorf("ECM %v: %+v", ecm, o)
		}
	}
}

func TestBrokenStore(t *testing.T) {
	for _, sender := range []bool{true, false} {
		c := newCall(document(2, 60), t30.Config{}, t30.Config{})
		c.from.Broken, c.to.Broken = sender, !sender
		c.run(t)
		broken := c.to
		if sender {
			broken = c.from
		}
		if o := broken.Engine.Outcome(); o.Cause != t30.CauseStore || !o.Retry || len(o.Pages) != 0 {
			t.Errorf("%+v", o)
		}
	}
}

// A store that fails during a page does not cost that page.
func TestNextPageCannotBeRead(t *testing.T) {
	for _, ecm := range []bool{true, false} {
		c := newCall(document(3, 200), t30.Config{DisableECM: !ecm}, t30.Config{})
		c.from.Watch = func(a t30.Action) {
			if f, ok := a.(t30.FetchPage); ok && f.N == 2 {
				c.from.Broken = true
			}
		}
		c.run(t)
		o := c.from.Engine.Outcome()
		if o.Cause != t30.CauseStore || len(o.Pages) != 2 || len(c.to.Tray) != 2 || c.to.Engine.Outcome().Success {
			t.Errorf("ECM %v: %+v\n%v", ecm, o, c.fromLadder)
		}
	}
}

// Frames lost at random: what a call confirms has every pixel. A call may fail:
// three tries of a command are three tries.
func TestLossWithECM(t *testing.T) {
	for _, loss := range []float64{0.01, 0.05, 0.1, 0.2} {
		good := 0
		for seed := range uint64(20) {
			c := newCall(document(3, 300), t30.Config{}, t30.Config{})
			c.from.Line.Rand = rand.New(rand.NewPCG(seed, 1))
			c.from.Line.FrameLoss = loss
			c.to.Line.Rand = rand.New(rand.NewPCG(seed, 2))
			c.to.Line.FrameLoss = loss
			c.run(t)
			if c.from.Engine.Outcome().Success {
				good++
				for i, p := range c.to.Tray {
					if len(c.to.Tray) == 3 && bitmap(t, p) != bitmap(t, c.from.Document.Pages[i]) {
						t.Errorf("loss %v seed %d: page %d is not as it was sent", loss, seed, i)
					}
				}
			}
		}
		t.Logf("loss of frames %4.0f %%: %d of 20 faxes", loss*100, good)
		if loss <= 0.05 && good < 19 || good < 12 {
			t.Errorf("loss %v: only %d of 20 faxes went through", loss, good)
		}
	}
}

// Without ECM damaged rows are counted and concealed; few of them are accepted.
func TestDamageWithoutECM(t *testing.T) {
	c := newCall(document(1, 1000), t30.Config{DisableECM: true, Codings: t30.CodingMH}, t30.Config{})
	c.from.Line.Rand = rand.New(rand.NewPCG(1, 1))
	c.from.Line.BitErrors = 0.0002
	c.run(t)
	o := c.to.Engine.Outcome()
	if !o.Success || len(o.Pages) != 1 {
		t.Fatalf("%s\n%v", o.Sentence(), c.fromLadder)
	}
	if p := o.Pages[0]; p.BadRows == 0 || p.BadRows > p.Rows/10 || p.BadRows != c.to.Tray[0].BadRows {
		t.Errorf("%+v", p)
	}
}
