package v17

import (
	"fmt"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/g711"
	"github.com/pagebridge/pagebridge/t38/internal/simline"
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

// lines are such that every bit should come through at any rate.
var lines = map[string]simline.Conditions{
	"flat":        {},
	"soft":        {Gain: -28, Tandem: []g711.Law{g711.MuLaw}},
	"moved":       {Offset: 7},
	"fast clock":  {Drift: 150},
	"slow clock":  {Drift: -150},
	"echo":        {Echo: -12, EchoDelay: 1200 * time.Microsecond},
	"loaded loop": {Loop: simline.LoadedLoop},
	"worst loop":  {Loop: simline.Worst},
	"tandem":      {Tandem: []g711.Law{g711.MuLaw, g711.ALaw}},
}

// A call's trainings: a long one, then short ones, over one line that goes on
// between them. What a short training restores must fit whatever the line does.
func TestShortTraining(t *testing.T) {
	for name, c := range lines {
		for _, rate := range []int{14400, 7200} {
			t.Run(fmt.Sprint(name, " ", rate), func(t *testing.T) {
				c.Noise = modem.DefaultLevel + c.Gain - 32
				bits := modemtest.RandomBits(rate, 5)
				line := simline.New(c)
				rx, got := receiver(t, rate)
				for n := range 3 {
					short := n > 0
					restart(t, rx, rate, short)
					rx.Receive(line.Pass(nil, transmission(t, rate, short, bits, Options{})))
					modemtest.Received(t, got, bits)
					*got = modemtest.Recorder{}
					line.Pass(nil, modemtest.Pause(700+13*n)) // the other end's turn
				}
			})
		}
	}
}

// A receiver that expects the other training fails, and says so.
func TestOtherTraining(t *testing.T) {
	bits := modemtest.RandomBits(20000, 5)
	for _, short := range []bool{false, true} {
		rx, got := receiver(t, 14400)
		rx.Receive(transmission(t, 14400, false, bits, Options{}))
		modemtest.Received(t, got, bits)
		*got = modemtest.Recorder{}
		restart(t, rx, 14400, short)
		rx.Receive(transmission(t, 14400, !short, bits, Options{}))
		if s := fmt.Sprint(got.Statuses); s != "[carrier up training failed carrier down]" {
			t.Errorf("short %v: %s", short, s)
		}
	}
}

// What slips cost is the blocks they are in.
func TestSlips(t *testing.T) {
	for _, rate := range Rates {
		bits := modemtest.RandomBits(3*rate, 5)
		rx, got := receiver(t, rate)
		c := simline.Conditions{SlipEvery: time.Second, Noise: modem.DefaultLevel - 30}
		rx.Receive(simline.New(c).Pass(nil, transmission(t, rate, false, bits, Options{})))
		// The last quarter of a second, wherever it is, is as good as the first.
		tail := bits[len(bits)-rate/4:]
		best := len(tail)
		for shift := range min(2000, max(1, len(got.Bits)-len(tail))) {
			best = min(best, modemtest.Wrong(got.Bits[len(got.Bits)-len(tail)-shift:][:len(tail)], tail))
		}
		if best > 0 {
			t.Errorf("%d bit/s: %d bits are wrong after slips", rate, best)
		}
	}
}
