package gateway

import (
	"bytes"
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

// badTCF is a side that notes what it is told.
type badTCF struct {
	deaf
	octets int
	zeros  bool // some octet was zero
	done   int
}

func (s *badTCF) Data(octets []byte) {
	s.octets += len(octets)
	s.zeros = s.zeros || bytes.IndexByte(octets, 0) >= 0
}
func (s *badTCF) Done() { s.done++ }

// A training on the line that is not understood goes on as a TCF that is bad, until
// the signal ends, or for spoilFor.
func TestTrainingThatIsNotUnderstood(t *testing.T) {
	for _, ends := range []time.Duration{1600 * time.Millisecond, time.Minute} {
		now := time.Unix(0, 0)
		var peer badTCF
		g := New(Options{}, deaf{}, &peer, now)
		g.Carrier(now, OnLine, t30.V21, false)
		g.Frame(now, OnLine, t30.Frame{FCF: t30.DCS, FIF: []byte{0, 0x60, 0x01, 0x20}, Final: true}.Octets(), true)
		g.Done(now, OnLine)
		g.Carrier(now, OnLine, t30.V29_9600, false)
		peer = badTCF{}
		g.TrainingFailed(now)
		end := now.Add(ends)
		for d := g.Deadline(); !d.IsZero() && d.Before(end) && peer.done == 0; d = g.Deadline() {
			g.Advance(d)
		}
		g.Done(end, OnLine)
		want := int(min(ends, spoilFor)/spoilEvery) * 48
		if peer.zeros || peer.octets < want-48 || peer.octets > want+48 || peer.done != 1 {
			t.Errorf("ended after %v: %+v, want %d octets", ends, peer, want)
		}
	}
}
