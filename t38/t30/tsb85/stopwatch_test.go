package tsb85

import (
	"math"
	"strings"
	"testing"
)

// piece is a tone, or silence, of the device or of the tester.
type piece struct {
	hertz  float64
	ms     int
	tester bool
}

func TestStopwatch(t *testing.T) {
	for _, c := range []struct {
		why    string
		want   string // of the error
		pieces []piece
	}{
		{"CNG as it should be", "", []piece{{1100, 500, false}, {0, 3000, false}, {1100, 500, false}, {0, 10, false}}},
		{"CNG too long", "CNG of 599 ms", []piece{{1100, 600, false}, {0, 10, false}}},
		{"CNG too often", "2000 ms between two CNG", []piece{{1100, 500, false}, {0, 2000, false}, {1100, 500, false}}},
		{"CED too short", "CED of 1499 ms", []piece{{2100, 1500, false}, {0, 75, false}, {1750, 100, false}}},
		{"CED and a signal", "", []piece{{2100, 3000, false}, {0, 75, false}, {1750, 100, false}, {0, 10, false}}},
		{"no silence to speak of", "silence of 40 ms", []piece{{1750, 1000, false}, {0, 40, false}, {1800, 100, false}}},
		{"a long silence", "silence of 200 ms", []piece{{1750, 1000, false}, {0, 200, false}, {1800, 100, false}}},
		{"an answer in time", "", []piece{{1750, 1000, true}, {0, 80, false}, {1750, 100, false}}},
		{"an answer too soon", "30 ms after the tester's", []piece{{1750, 1000, true}, {0, 30, false}, {1750, 100, false}}},
	} {
		var w stopwatch
		for _, p := range c.pieces {
			signal, silence := make([]int16, p.ms*8), make([]int16, p.ms*8)
			for i := range signal {
				if p.hertz > 0 {
					signal[i] = int16(5000 * math.Sin(2*math.Pi*p.hertz*float64(i)/perSecond))
				}
			}
			if p.tester {
				signal, silence = silence, signal
			}
			w.take(signal, silence)
		}
		switch {
		case c.want == "" && w.first != nil:
			t.Errorf("%s: %v", c.why, w.first)
		case c.want != "" && (w.first == nil || !strings.Contains(w.first.Error(), c.want)):
			t.Errorf("%s: got %v, want %q", c.why, w.first, c.want)
		}
	}
	for _, c := range []struct {
		ms   int
		good bool
	}{{1000, true}, {700, false}, {1300, false}} {
		var w stopwatch
		frame := []byte{0xFF, 0xC8, 0x31}
		silence, signal := make([]int16, 800), make([]int16, c.ms*8+lineBits(frame)*perSecond/300)
		for i := range signal {
			signal[i] = 5000
		}
		w.take(silence, nil)
		w.take(signal, nil)
		w.frame(frame)
		if (w.first == nil) != c.good {
			t.Errorf("a preamble of %d ms: %v", c.ms, w.first)
		}
	}
}
