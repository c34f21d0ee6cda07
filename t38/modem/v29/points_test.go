package v29

import (
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
)

// V.29 Tables 1 and 2 say this in words; the code has it in numbers.
func TestPoints(t *testing.T) {
	for p, levels := range phases {
		for l, z := range levels {
			turned := z.MulConj(dsp.Turn(float64(p) * 3.14159265 / 4))
			want := [2][2]float32{{9, 25}, {2, 18}}[p%2][l]
			if power := z.Power(); power < want-1e-3 || power > want+1e-3 || turned.Re < 0 || turned.Im*turned.Im > 1e-6 {
				t.Errorf("phase %d, level %d: %v", p*45, l, z)
			}
		}
	}
	for bits, turn := range turns {
		if change[turn] != byte(bits) {
			t.Errorf("bits %03b", bits)
		}
	}
}

// The nearest point is that which a search of all of them finds.
func TestNearest(t *testing.T) {
	for _, levels := range []int{1, 2} {
		for x := float32(-6); x < 6; x += 0.09 {
			for y := float32(-6); y < 6; y += 0.09 {
				z := dsp.Point{Re: x, Im: y}
				least := float32(1e9)
				for _, p := range phases {
					for _, q := range p[:levels] {
						least = min(least, z.Sub(q).Power())
					}
				}
				phase, level := nearest(z, levels)
				if got := z.Sub(phases[phase][level]).Power(); got > least+1e-4 {
					t.Fatalf("%d levels, %v: %d, %d at %v, but one is at %v", levels, z, phase, level, got, least)
				}
			}
		}
	}
}

// Segment 3 begins with C D C D C D C and is of period 127 (V.29 8).
func TestTraining(t *testing.T) {
	for rate, m := range modes {
		c, d := m.known[0], m.known[1]
		for i, want := range []dsp.Point{c, d, c, d, c, d, c} {
			if m.known[i] != want {
				t.Errorf("%d bit/s: symbol %d is %v", rate, i, m.known[i])
			}
		}
		for i := 127; i < len(m.known); i++ {
			if m.known[i] != m.known[i-127] {
				t.Fatalf("%d bit/s: no period of 127 at %d", rate, i)
			}
		}
		if c.Add(m.a) != (dsp.Point{}) || d.Add(m.b) != (dsp.Point{}) {
			t.Errorf("%d bit/s: C and D are not opposite to A and B", rate)
		}
	}
}
