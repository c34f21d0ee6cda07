package t30_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// picture draws a page that is different for each seed: rules, boxes and noise.
func picture(seed uint64, w, rows int, res t4.Resolution, c t4.Coding) *t4.Page {
	r := rand.New(rand.NewPCG(seed, 1))
	stride := (w + 7) / 8
	bits := make([]byte, stride*rows)
	for y := range rows {
		switch {
		case y%97 < 60 && y%9 < 6: // something like text
			for range 40 {
				x := r.IntN(w)
				for i := range 1 + r.IntN(9) {
					if x+i < w {
						bits[y*stride+(x+i)/8] |= 0x80 >> ((x + i) % 8)
					}
				}
			}
		case y%97 == 80: // a rule
			for i := range stride {
				bits[y*stride+i] = 0xFF
			}
		}
	}
	return t4.FromBitmap(bits, w, stride, rows, c, res)
}

func document(n, rows int) t30test.Document {
	var d t30test.Document
	for i := range n {
		d.Pages = append(d.Pages, picture(uint64(i+1), 1728, rows, t4.R8x7_7, t4.MMR))
	}
	return d
}

func bitmap(t testing.TB, p *t4.Page) string {
	t.Helper()
	b, _, err := p.Bitmap()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %d %v ", p.Width, p.Rows, p.Resolution) + string(b)
}

type call struct {
	world      *t30test.World
	from, to   *t30test.Terminal
	fromLadder *t30.Ladder
}

// newCall makes a calling terminal that transmits and a called one that receives.
func newCall(doc t30test.Document, from, to t30.Config) *call {
	c := &call{world: &t30test.World{}, fromLadder: &t30.Ladder{}}
	from.Calling, from.Transmits, to.Receives = true, true, true
	from.LocalID, to.LocalID = "+15551230000", "+15559870000"
	from.Ladder = c.fromLadder
	c.from = c.world.Call(from, doc)
	c.to = c.world.Call(to, t30test.Document{})
	return c
}

func (c *call) run(t *testing.T) {
	t.Helper()
	if !t30test.RunCall(c.world, c.from, c.to, 2*time.Hour) {
		t.Fatalf("the call does not end\n%v", c.fromLadder)
	}
}

// wantDelivered demands that every page arrived as it was sent.
func (c *call) wantDelivered(t *testing.T) {
	t.Helper()
	doc := c.from.Document.Pages
	for name, o := range map[string]t30.Outcome{"sender": c.from.Engine.Outcome(), "receiver": c.to.Engine.Outcome()} {
		if !o.Success || len(o.Pages) != len(doc) {
			t.Fatalf("%s: %s (%v, while it %s), %d of %d pages\n%v", name, o.Sentence(), o.Cause, o.During, len(o.Pages), len(doc), c.fromLadder)
		}
	}
	if len(c.to.Tray) != len(doc) || len(c.from.Confirmed) != len(doc) {
		t.Fatalf("%d pages committed and %d confirmed, want %d\n%v", len(c.to.Tray), len(c.from.Confirmed), len(doc), c.fromLadder)
	}
	for i, p := range doc {
		if bitmap(t, p) != bitmap(t, c.to.Tray[i]) {
			t.Errorf("page %d is not as it was sent", i)
		}
	}
}

func TestFaxECM(t *testing.T) {
	c := newCall(document(3, 1200), t30.Config{}, t30.Config{})
	c.run(t)
	c.wantDelivered(t)
	t.Logf("%v\n%v", c.world.Elapsed(), c.fromLadder)
}

func TestFaxNonECM(t *testing.T) {
	c := newCall(document(3, 1200), t30.Config{DisableECM: true}, t30.Config{})
	c.run(t)
	c.wantDelivered(t)
	t.Logf("%v\n%v", c.world.Elapsed(), c.fromLadder)
}
