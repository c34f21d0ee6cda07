package gateway

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// deaf is a side that hears nothing.
type deaf struct{}

func (deaf) Tone(t30.Tone)                {}
func (deaf) Carrier(t30.Modulation, bool) {}
func (deaf) Frame([]byte, bool)           {}
func (deaf) Data([]byte)                  {}
func (deaf) Done()                        {}
func (deaf) Listen(Expected)              {}

// What a gateway tells of a fax with a training that failed, a page of two blocks of
// which one comes again, and an answer that was late.
func TestFaxIsFollowed(t *testing.T) {
	now := time.Unix(0, 0)
	g := New(Options{}, deaf{}, deaf{}, now)
	say := func(from Side, fcf t30.FCF, fif ...byte) {
		now = now.Add(time.Second)
		g.Carrier(now, from, t30.V21, false)
		g.Frame(now, from, t30.Frame{FCF: fcf, FIF: fif, Final: true}.Octets(), true)
		g.Done(now, from)
	}
	dcs := []byte{0, 0x60, 0x01, 0x20} // a document comes; V.29 9600; there is more; ECM
	say(OnLine, t30.DCS, dcs...)
	say(OnT38, t30.FTT)
	if g.Fax().Confirmed() {
		t.Error("confirmed by FTT")
	}
	say(OnLine, t30.DCS, dcs...)
	say(OnT38, t30.CFR)
	if !g.Fax().Confirmed() {
		t.Error("CFR confirms nothing")
	}
	say(OnLine, t30.PPS, byte(t30.NULL), 0, 0, 255)
	say(OnT38, t30.MCF)
	say(OnLine, t30.PPS, byte(t30.EOP), 0, 1, 7)
	now = now.Add(holdAfter)
	g.Advance(now)
	say(OnT38, t30.PPR, make([]byte, 32)...)
	g.Carrier(now, OnT38, t30.V21, false)
	g.Frame(now, OnT38, []byte{0xff, 0xc8}, false)
	g.Done(now, OnT38)
	say(OnLine, t30.PPS, byte(t30.EOP), 0, 1, 0)
	say(OnT38, t30.MCF)
	say(OnT38, t30.MCF) // its repetition
	say(OnLine, t30.DCN)
	got := g.Fax()
	want := Fax{Modulation: t30.V29_9600, ECM: true, Trained: 1, Failed: 1, Pages: 1, Repeated: 1, BadFrames: [2]int{OnT38: 1}, Held: 1, Left: true, By: OnLine}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
