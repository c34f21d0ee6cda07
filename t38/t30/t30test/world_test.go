package t30test

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
)

func TestWorld(t *testing.T) {
	w := &World{}
	var order []int
	w.After(2*time.Second, func() { order = append(order, 3) })
	w.After(time.Second, func() {
		order = append(order, 1)
		w.After(0, func() { order = append(order, 2) })
	})
	if w.Run(1500*time.Millisecond, func() bool { return len(order) == 3 }) {
		t.Error("done too early")
	}
	if w.Elapsed() != 1500*time.Millisecond {
		t.Errorf("it is %v", w.Elapsed())
	}
	if !w.Run(time.Minute, func() bool { return len(order) == 3 }) || order[0] != 1 || order[1] != 2 || order[2] != 3 {
		t.Errorf("%v", order)
	}
	if w.Elapsed() != 2*time.Second {
		t.Errorf("it is %v", w.Elapsed())
	}
}

// Signals take as long as they do on a line.
func TestDurations(t *testing.T) {
	l := &Line{}
	for name, test := range map[string]struct {
		a        t30.Action
		min, max time.Duration
	}{
		"DCN":  {t30.TransmitFrames{Frames: [][]byte{{0xFF, 0xC8, 0x5F}}}, 1100 * time.Millisecond, 1400 * time.Millisecond},
		"TCF":  {t30.TransmitTCF{Modulation: t30.V29_9600, Octets: 1800}, 1700 * time.Millisecond, 1800 * time.Millisecond},
		"page": {t30.TransmitImage{Modulation: t30.V17_14400, Octets: make([]byte, 18000)}, 11 * time.Second, 12 * time.Second},
		"CED":  {t30.TransmitTone{Tone: t30.CED, Duration: 3 * time.Second}, 3 * time.Second, 3 * time.Second},
	} {
		events, takes := l.signal(test.a)
		if takes < test.min || takes > test.max {
			t.Errorf("%s takes %v", name, takes)
		}
		for i, h := range events {
			if h.after > takes || i > 0 && h.after < events[i-1].after {
				t.Errorf("%s: event %d comes after %v of %v", name, i, h.after, takes)
			}
		}
	}
}
