package qam

import "testing"

// blocks gives the level blocks of a power in dBm0 and tells what it said first
// and after how many.
func blocks(l *level, dBm0 float64, n int) (event, int) {
	for i := range n {
		if e := l.put(power(dBm0)); e != steady {
			return e, i + 1
		}
	}
	return steady, n
}

func TestLevel(t *testing.T) {
	type sound struct {
		dBm0 float64
		n    int
		want event
		at   int
	}
	const silence = -80
	for _, c := range []struct {
		name    string
		trusted bool
		sounds  []sound
	}{
		{"a signal", false, []sound{{silence, 9, steady, 9}, {-13, 99, rises, 1}, {-13, 99, steady, 99}, {silence, 9, falls, 2}}},
		{"a signal that is known", true, []sound{{silence, 9, steady, 9}, {-13, 99, rises, 1}, {-13, 99, steady, 99}, {silence, 9, falls, hold + 1}}},
		{"a soft one", false, []sound{{silence, 9, steady, 9}, {-43, 9, rises, 1}, {-43, 9, steady, 9}, {-49, 9, falls, 2}}},
		{"too soft", false, []sound{{silence, 9, steady, 9}, {-46, 99, steady, 99}}},
		{"a break", true, []sound{{silence, 9, steady, 9}, {-13, 9, rises, 1}, {-13, 9, steady, 9}, {silence, hold, steady, hold}, {-13, 9, steady, 9}}},
		{"noise, and a signal in it", false, []sound{{-46, 50, steady, 50}, {-38, 9, rises, 1}, {-38, 9, steady, 9}, {-46, 9, falls, 2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l level
			for i, s := range c.sounds {
				if got, at := blocks(&l, s.dBm0, s.n); got != s.want || at != s.at {
					t.Errorf("sound %d: %d after %d blocks, want %d after %d", i, got, at, s.want, s.at)
				}
				if c.trusted && l.present {
					l.trust()
				}
			}
		})
	}
}
