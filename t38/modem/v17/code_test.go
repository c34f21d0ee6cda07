package v17

import (
	"math/rand/v2"
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

// All points of a diagram differ, their mean power is about that of A, B, C and
// D, and the subsets are as far apart as V.17's code makes them.
func TestPoints(t *testing.T) {
	for rate, m := range modes {
		if want := 1 << (m.bits + 1); len(m.points) != want {
			t.Errorf("%d bit/s: %d points, want %d", rate, len(m.points), want)
		}
		if m.power < 38 || m.power > 43 {
			t.Errorf("%d bit/s: a mean power of %v", rate, m.power)
		}
		all, within := float32(1e9), float32(1e9)
		for i, p := range m.points {
			for k, q := range m.points[:i] {
				d := p.Sub(q).Power()
				all = min(all, d)
				if (i^k)&7 == 0 {
					within = min(within, d)
				}
			}
		}
		if within != 8*all {
			t.Errorf("%d bit/s: points are %v apart, those of a subset %v", rate, all, within)
		}
	}
}

// A line that turns the signal by quarters changes no bit, once the decoder has
// seen some symbols.
func TestTurned(t *testing.T) {
	bits := modemtest.RandomBits(6000, 4)
	for rate, m := range modes {
		for quarters := range 4 {
			got := decoded(t, m, bits, func(z dsp.Point) dsp.Point {
				for range quarters {
					z = dsp.Point{Re: -z.Im, Im: z.Re}
				}
				return z
			})
			if wrong := modemtest.Wrong(got, bits[:len(got)]); wrong > 0 {
				t.Errorf("%d bit/s, %d quarters: %d bits are wrong", rate, quarters, wrong)
			}
		}
	}
}

// The code corrects what noise does: as many bits would be wrong without it.
func TestNoise(t *testing.T) {
	bits := modemtest.RandomBits(30000, 4)
	for rate, m := range modes {
		random := rand.New(rand.NewPCG(1, uint64(rate)))
		// Half the distance of points is 2.1 times this: three symbols of a hundred
		// would be wrong.
		least := float32(1e9)
		for _, p := range m.points[1:] {
			least = min(least, p.Sub(m.points[0]).Power())
		}
		sigma := sqrt(least) / 2 / 2.1
		got := decoded(t, m, bits, func(z dsp.Point) dsp.Point {
			return z.Add(dsp.Point{Re: sigma * float32(random.NormFloat64()), Im: sigma * float32(random.NormFloat64())})
		})
		if wrong := modemtest.Wrong(got, bits[:len(got)]); wrong > 10 {
			t.Errorf("%d bit/s: %d bits are wrong", rate, wrong)
		}
	}
}

func sqrt(x float32) float32 {
	r := x
	for range 20 {
		r = (r + x/r) / 2
	}
	return r
}

// decoded is what a decoder makes of the symbols of the training's ones and of
// these bits.
func decoded(t *testing.T, m *mode, bits []byte, line func(dsp.Point) dsp.Point) []byte {
	t.Helper()
	var sink modemtest.Recorder
	d := decoder{mode: m, slicer: m.slicer()}
	d.bits.Sink, d.bits.Scrambler = &sink, scrambler()
	d.Start()
	s, e := scrambler(), encoder{mode: m}
	ones := segment4 * m.bits
	for at := 0; at < ones+len(bits); at += m.bits {
		var group uint32
		for i := range m.bits {
			bit := byte(1)
			if at+i >= ones && at+i < ones+len(bits) {
				bit = bits[at+i-ones]
			}
			group = group<<1 | uint32(s.Scramble(bit))
		}
		if _, ok := d.Decide(line(e.Encode(group))); !ok {
			t.Fatal("the ones are no ones")
		}
	}
	return sink.Bits
}

// The slicer finds what a search of all points finds, wherever the signal may be.
func TestSlicer(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for rate, m := range modes {
		missed := 0
		const tries = 20000
		for range tries {
			at := m.points[random.IntN(len(m.points))]
			z := at.Add(dsp.Point{Re: float32(random.NormFloat64()), Im: float32(random.NormFloat64())})
			var distance [8]int32
			found := m.slicer().nearest(z, &distance)
			for k := range found {
				least := float32(1e9)
				for p := k; p < len(m.points); p += 8 {
					least = min(least, z.Sub(m.points[p]).Power())
				}
				if z.Sub(m.points[found[k]]).Power() > least+1e-3 {
					missed++
				}
			}
		}
		// Outside of the diagram a cell may be shared.
		if missed > tries*8/100 {
			t.Errorf("%d bit/s: %d of %d are not the nearest", rate, missed, tries*8)
		}
	}
}

// Whatever an equaliser gives, nothing overflows.
func TestWildSymbols(t *testing.T) {
	var nan float32
	nan /= nan
	for _, m := range modes {
		d := decoder{mode: m, slicer: m.slicer()}
		d.bits.Sink, d.bits.Scrambler = new(modemtest.Recorder), scrambler()
		d.Start()
		for _, x := range []float32{0, nan, 1e30, -1e30, 40, -40, 1e-30} {
			for range 100 {
				d.Decide(dsp.Point{Re: x, Im: -x})
			}
		}
		d.End()
	}
}

// Segment 2 begins with C D C D C D, and the short one is the beginning of the
// long one.
func TestTraining(t *testing.T) {
	for i := range 6 {
		if want := corners[2+i%2]; longKnown[i] != want || shortKnown[i] != want {
			t.Errorf("symbol %d is %v", i, longKnown[i])
		}
	}
	if len(longAll) != 256+2976+64 || len(shortAll) != 256+38 {
		t.Errorf("%d and %d symbols", len(longAll), len(shortAll))
	}
	if LongTrainingTime.Milliseconds() != 1393 || ShortTrainingTime.Milliseconds() != 142 {
		t.Errorf("%v and %v", LongTrainingTime, ShortTrainingTime)
	}
}
