//go:build unix

package modem_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/g711"
	"github.com/pagebridge/pagebridge/t38/internal/simline"
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

// clocked is a Sink that notes when it was told of what.
type clocked struct {
	now  int // samples
	told []told
	bits int
	last int // when the last bit came
}

type told struct {
	status modem.Status
	at     int
}

func (c *clocked) Status(s modem.Status) { c.told = append(c.told, told{s, c.now}) }
func (c *clocked) Bit(byte)              { c.bits, c.last = c.bits+1, c.now }

func (c *clocked) statuses() string {
	var s []modem.Status
	for _, t := range c.told {
		s = append(s, t.status)
	}
	return fmt.Sprint(s)
}

// listen gives a receiver a signal in pieces of 2.5 ms.
func (c *clocked) listen(rx modem.Receiver, signal []int16) {
	const piece = 20
	for ; len(signal) >= piece; signal = signal[piece:] {
		c.now += piece
		rx.Receive(signal[:piece])
	}
}

// whole is a whole transmission of random bits.
func whole(t testing.TB, m, bits int) []int16 {
	t.Helper()
	return signalOf(t, m, modemtest.RandomBits(bits, 7))
}

// trains tells whether a modem has a training.
func trains(m int) bool { return modems[m].spandsp != modemtest.V21 }

func newReceiver(t testing.TB, m int, sink modem.Sink) modem.Receiver {
	t.Helper()
	rx, err := modems[m].receiver(sink)
	if err != nil {
		t.Fatal(err)
	}
	return rx
}

// A carrier that ends is noticed within 30 ms, and few bits come after its last.
func TestCarrierEnds(t *testing.T) {
	for m := range modems {
		t.Run(modems[m].name, func(t *testing.T) {
			if !trains(m) {
				t.Skip("V.21 has tests of its own")
			}
			signal := modemtest.Join(modemtest.Pause(50), whole(t, m, modems[m].rate))
			line := simline.New(simline.Conditions{Noise: modem.DefaultLevel - 30}).Pass(nil, modemtest.Join(signal, modemtest.Pause(100)))
			var c clocked
			c.listen(newReceiver(t, m, &c), line)
			if s := c.statuses(); s != "[carrier up trained carrier down]" {
				t.Fatal(s)
			}
			if late := time.Duration(c.told[2].at-len(signal)) * time.Second / modem.SampleRate; late > 30*time.Millisecond {
				t.Errorf("it is noticed %v late", late)
			}
			if surplus := c.bits - modems[m].rate; surplus < 0 || surplus > modems[m].rate/40 {
				t.Errorf("%d bits too many", surplus)
			}
		})
	}
}

// A break of one packet costs the bits in it, and no more than some after it.
func TestShortBreak(t *testing.T) {
	for m := range modems {
		t.Run(modems[m].name, func(t *testing.T) {
			if !trains(m) {
				t.Skip("V.21 has tests of its own")
			}
			line := modemtest.Join(modemtest.Pause(50), whole(t, m, 2*modems[m].rate), modemtest.Pause(50))
			clear(line[len(line)-modem.SampleRate:][:modem.SampleRate/50])
			var got modemtest.Recorder
			newReceiver(t, m, &got).Receive(line)
			if s := fmt.Sprint(got.Statuses); s != "[carrier up trained carrier down]" {
				t.Fatal(s)
			}
			want := modemtest.RandomBits(2*modems[m].rate, 7)
			// The last half second, wherever it is.
			tail := want[len(want)*3/4:]
			best := len(tail)
			for shift := range min(len(got.Bits)-len(tail), 2000) {
				best = min(best, modemtest.Wrong(got.Bits[len(got.Bits)-len(tail)-shift:][:len(tail)], tail))
			}
			if best > 0 {
				t.Errorf("%d bits are wrong half a second later", best)
			}
		})
	}
}

// Every modem refuses the signals of the others, and hears its own after them.
func TestForeign(t *testing.T) {
	for m := range modems {
		for other := range modems {
			if m == other || !trains(m) {
				continue
			}
			t.Run(modems[other].name+" into "+modems[m].name, func(t *testing.T) {
				var c clocked
				rx := newReceiver(t, m, &c)
				c.listen(rx, modemtest.Join(modemtest.Pause(50), whole(t, other, modems[other].rate/2), modemtest.Pause(75)))
				if s := c.statuses(); s != "[carrier up training failed carrier down]" {
					t.Fatal(s)
				}
				c.told = nil
				c.listen(rx, modemtest.Join(whole(t, m, 1000), modemtest.Pause(75)))
				if s := c.statuses(); s != "[carrier up trained carrier down]" {
					t.Errorf("its own after that: %s", s)
				}
			})
		}
	}
}

// The levels that T.30's modems must hear, and beyond, also through G.711.
func TestLevels(t *testing.T) {
	for m := range modems {
		if !trains(m) {
			continue
		}
		for _, level := range []float64{-3, -6, -13, -26, -33, -43} {
			for _, tandem := range [][]g711.Law{nil, {g711.MuLaw}, {g711.ALaw, g711.ALaw}} {
				t.Run(fmt.Sprint(modems[m].name, " at ", level, " ", tandem), func(t *testing.T) {
					c := simline.Conditions{Gain: level - modem.DefaultLevel, Tandem: tandem}
					var got modemtest.Recorder
					line := modemtest.Join(modemtest.Pause(50), whole(t, m, modems[m].rate), modemtest.Pause(80))
					newReceiver(t, m, &got).Receive(simline.New(c).Pass(nil, line))
					modemtest.Received(t, &got, modemtest.RandomBits(modems[m].rate, 7))
				})
			}
		}
	}
}

// A receiver may be started when the signal begins, a little before it, or when
// it has begun.
func TestStartLate(t *testing.T) {
	for m := range modems {
		if !trains(m) {
			continue
		}
		for _, level := range []float64{-13, -43} {
			for _, early := range []int{-40, -13, 0, 7, 29, 60, 100, 170, 300} {
				line := whole(t, m, modems[m].rate/4)
				for line[0] == 0 {
					line = line[1:] // V.29 begins with silence
				}
				if early < 0 {
					line = line[-early:]
				} else {
					line = modemtest.Join(make([]int16, early), line)
				}
				c := simline.Conditions{Gain: level - modem.DefaultLevel, Noise: level - 30}
				var got modemtest.Recorder
				newReceiver(t, m, &got).Receive(simline.New(c).Pass(nil, modemtest.Join(line, modemtest.Pause(80))))
				modemtest.Received(t, &got, modemtest.RandomBits(modems[m].rate/4, 7))
				if t.Failed() {
					t.Fatalf("%s at %v dBm0, %d samples early", modems[m].name, level, early)
				}
			}
		}
	}
}

// What is said is the same however the samples are cut into blocks.
func TestBlocks(t *testing.T) {
	for m := range modems {
		line := modemtest.Join(modemtest.Pause(50), whole(t, m, modems[m].rate), modemtest.Pause(50))
		var all, cut modemtest.Recorder
		newReceiver(t, m, &all).Receive(line)
		rx := newReceiver(t, m, &cut)
		for n := 1; len(line) > 0; n = n%173 + 1 {
			n := min(n, len(line))
			rx.Receive(line[:n])
			line = line[n:]
		}
		if string(all.Bits) != string(cut.Bits) || fmt.Sprint(all.Statuses) != fmt.Sprint(cut.Statuses) {
			t.Errorf("%s: other blocks, other bits", modems[m].name)
		}
	}
}
