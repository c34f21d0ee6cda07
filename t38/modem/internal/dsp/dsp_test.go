package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// four are the points of the tests.
var four = [4]Point{{1, 1}, {-1, 1}, {-1, -1}, {1, -1}}

// randomSymbols is a Symbols of points out of four that remembers them.
type randomSymbols struct {
	random rand.PCG
	left   int
	sent   []Point
}

func (s *randomSymbols) NextSymbol() (Point, bool) {
	if s.left == 0 {
		return Point{}, false
	}
	s.left--
	p := four[s.random.Uint64()>>62]
	s.sent = append(s.sent, p)
	return p, true
}

// modulated is the signal of n symbols, and the symbols.
func modulated(carrier, baud, n int, rolloff float64) ([]int16, []Point) {
	s := &randomSymbols{left: n}
	m := NewModulator(carrier, baud, rolloff, 4000)
	m.Restart(s)
	out := make([]int16, n*sampleRate/baud+200)
	return out[:m.Modulate(out)], s.sent
}

// kinds are carriers and symbol rates with their rolloff.
var kinds = []struct {
	carrier, baud int
	rolloff       float64
}{{1700, 2400, 0.25}, {1800, 2400, 0.25}, {1800, 1600, 0.5}, {1800, 1200, 0.5}}

// The pulses of transmitter and receiver make no interference between symbols
// together: at whole symbols the raised cosine is zero.
func TestRootRaisedCosine(t *testing.T) {
	for _, rolloff := range []float64{0.25, 0.5, 0.9} {
		for shift := range 6 {
			var sum float64
			const step = 1.0 / 64
			for x := -60.0; x < 60; x += step {
				sum += rootRaisedCosine(x, rolloff) * rootRaisedCosine(x-float64(shift), rolloff) * step
			}
			want := 0.0
			if shift == 0 {
				want = 1
			}
			if math.Abs(sum-want) > 2e-3 {
				t.Errorf("rolloff %v: %v after %d symbols", rolloff, sum, shift)
			}
		}
		// The formula has holes, which are filled with the limits.
		for _, hole := range []float64{0, 1 / (4 * rolloff)} {
			a, b := rootRaisedCosine(hole, rolloff), rootRaisedCosine(hole+1e-4, rolloff)
			if math.Abs(a-b) > 1e-3 {
				t.Errorf("rolloff %v: %v at %v and %v beside it", rolloff, a, hole, b)
			}
		}
	}
}

// The level is what was asked for, and nothing goes where the line does not.
func TestModulator(t *testing.T) {
	for _, k := range kinds {
		signal, _ := modulated(k.carrier, k.baud, 4000, k.rolloff)
		want := 4000.0 * 4000 / 2 * 2 // of a sine, and points of power 2
		if got := float64(Power(signal)); math.Abs(10*math.Log10(got/want)) > 0.2 {
			t.Errorf("%v: %.2f dB", k, 10*math.Log10(got/want))
		}
		edge := float64(k.baud) / 2 * (1 + k.rolloff)
		for hertz := 60.0; hertz < 4000; hertz += 140 {
			if math.Abs(hertz-float64(k.carrier)) < edge+150 {
				continue
			}
			if db := 10 * math.Log10(density(signal, hertz)/inBand(signal, float64(k.carrier))); db > -35 {
				t.Errorf("%v: %.0f dB at %v Hz", k, db, hertz)
			}
		}
	}
}

// density is the mean power around a frequency, of stretches of 256 samples.
func density(signal []int16, hertz float64) float64 {
	const n = 256
	var sum float64
	count := 0
	for ; len(signal) >= n; signal = signal[n:] {
		var re, im float64
		for i, s := range signal[:n] {
			w := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/n)
			sin, cos := math.Sincos(2 * math.Pi * hertz * float64(i) / sampleRate)
			re += float64(s) * w * cos
			im += float64(s) * w * sin
		}
		sum += re*re + im*im
		count++
	}
	return sum / float64(count)
}

// inBand is the density around a carrier, where the band is flat.
func inBand(signal []int16, carrier float64) float64 {
	return (density(signal, carrier-90) + density(signal, carrier) + density(signal, carrier+90)) / 3
}

// The Front takes as many samples as it says, wherever the instants are moved.
func TestFrontFeed(t *testing.T) {
	for _, k := range kinds {
		f := NewFront(k.carrier, k.baud, k.rolloff)
		random := rand.New(rand.NewPCG(7, 8))
		var samples [MaxFeed]int16
		half := sampleRate / float64(2*k.baud)
		for range 2000 {
			f.Feed(samples[:random.IntN(MaxFeed+1)])
			for _, ok := f.Next(); ok; _, ok = f.Next() {
				f.Shift((2*random.Float64() - 1) * half)
			}
		}
	}
}

// What the Front gives of a Modulator's signal are the symbols, when it samples
// at the right instants.
func TestFront(t *testing.T) {
	for _, k := range kinds {
		signal, sent := modulated(k.carrier, k.baud, 400, k.rolloff)
		best := math.Inf(1)
		for shift := 0.0; shift < 1; shift += 1.0 / 32 {
			best = math.Min(best, worstError(signal, sent, k.carrier, k.baud, k.rolloff, shift))
		}
		if best > 0.12 {
			t.Errorf("%v: a symbol is %.3f beside its point", k, best)
		}
	}
}

// worstError is how far the worst symbol of the middle is from its point, the
// phase taken out.
func worstError(signal []int16, sent []Point, carrier, baud int, rolloff, shift float64) float64 {
	f := NewFront(carrier, baud, rolloff)
	f.SetGain(1.0 / 4000)
	f.Shift(shift * sampleRate / float64(2*baud))
	var got []Point
	for at := 0; at+100 <= len(signal); at += 100 {
		f.Feed(signal[at : at+100])
		for x, ok := f.Next(); ok; x, ok = f.Next() {
			got = append(got, x)
		}
	}
	best := math.Inf(1)
	for delay := range 40 {
		var turn Point
		for i := 100; i < 300; i++ {
			turn = turn.Add(got[2*i+delay].MulConj(sent[i]))
		}
		turn = turn.Scale(1 / float32(math.Sqrt(float64(turn.Power()))))
		worst := 0.0
		for i := 100; i < 300; i++ {
			worst = math.Max(worst, math.Sqrt(float64(got[2*i+delay].MulConj(turn).Sub(sent[i]).Power())))
		}
		best = math.Min(best, worst)
	}
	return best
}

// The equaliser learns to undo an echo, and can be restored.
func TestEqualiser(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var e Equaliser
	e.Reset()
	line := make([]Point, 40000)
	for i := 0; i < len(line); i += 2 {
		line[i] = four[random.IntN(4)]
	}
	heard := func(i int) Point { return line[i].Add(line[i-4].Mul(Point{0.2, -0.3})) }
	var late float64
	for i := 4; i < len(line); i++ {
		e.Put(heard(i))
		if i%2 == 1 || i < Taps {
			continue
		}
		err := line[i-Centre].Sub(e.Output())
		e.Adapt(err, 0.2)
		if i > len(line)*9/10 {
			late = math.Max(late, float64(err.Power()))
		}
	}
	if late > 3e-3 {
		t.Errorf("errors of %v remain", late)
	}
	c, out := e.Coefficients(), e.Output()
	e.Reset()
	e.Restore(c)
	for i := len(line) - Taps; i < len(line); i++ {
		e.Put(heard(i))
	}
	if d := e.Output().Sub(out).Power(); d > 1e-9 {
		t.Errorf("what is restored gives something else: %v", d)
	}
}

// The carrier follows a phase and a frequency, and goes on by itself.
func TestCarrier(t *testing.T) {
	var c Carrier
	c.Reset(0)
	const turn = 0.01
	at := func(n int) Point { return Turn(1 + turn*float64(n)) }
	n := 0
	for ; n < 3000; n++ {
		z := c.Turned(at(n).Mul(four[n%4]))
		c.Track(z, four[n%4], 0.05)
	}
	if f := c.Frequency(); math.Abs(float64(f)+turn) > 1e-4 {
		t.Errorf("frequency %v", f)
	}
	for range 200 {
		c.Coast()
		n++
	}
	if e := c.Turned(at(n)).Sub(Point{1, 0}).Power(); e > 1e-3 {
		t.Errorf("it is %v away", e)
	}
	c.Rewind(200)
	if e := c.Turned(at(n - 200)).Sub(Point{1, 0}).Power(); e > 1e-3 {
		t.Errorf("it is %v away after the way back", e)
	}
	z := Point{3, 4}
	if d := c.Unturned(c.Turned(z)).Sub(z).Power(); d > 1e-9 {
		t.Errorf("there and back is %v away", d)
	}
}

// The clock of the symbols is found from anywhere, and a clock that runs at
// another speed is followed.
func TestTiming(t *testing.T) {
	for _, k := range kinds {
		signal, _ := modulated(k.carrier, k.baud, 9000, k.rolloff)
		for _, start := range []float64{-0.4, -0.2, 0, 0.3} {
			f := NewFront(k.carrier, k.baud, k.rolloff)
			f.Shift((start + 0.5) * sampleRate / float64(2*k.baud))
			var timing Timing
			timing.Reset()
			odd := true
			var last, moved float64
			for n := 0; len(signal[n:]) >= 100; n += 100 {
				f.Feed(signal[n : n+100])
				for x, ok := f.Next(); ok; x, ok = f.Next() {
					if odd = !odd; odd {
						timing.PutBetween(x)
						continue
					}
					timing.Put(x)
					by := timing.Adjust(0.01)
					f.Shift(by * sampleRate / float64(k.baud))
					if moved += by; n < len(signal)/2 {
						last = moved
					}
				}
			}
			if d := math.Abs(moved - last); d > 0.03 {
				t.Errorf("%v from %v: it still moves by %v", k, start, d)
			}
		}
	}
}

func TestScrambler(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	s, d := NewScrambler(18, 23), NewScrambler(18, 23)
	s.Register = 0x12345
	for i := range 1000 {
		bit := byte(random.IntN(2))
		if got := d.Descramble(s.Scramble(bit)); got != bit && i >= 23 {
			t.Fatalf("bit %d", i)
		}
	}
}

func TestPower(t *testing.T) {
	if p := Power(nil); p != 0 {
		t.Error(p)
	}
	if p := Power([]int16{1005, 995, 1005, 995}); p != 25 {
		t.Errorf("%v with an offset", p)
	}
}

func TestNothingAllocates(t *testing.T) {
	signal, _ := modulated(1800, 2400, 400, 0.25)
	f := NewFront(1800, 2400, 0.25)
	m := NewModulator(1800, 2400, 0.25, 4000)
	s := &randomSymbols{left: 1 << 30, sent: make([]Point, 0, 1<<16)}
	m.Restart(s)
	var out [100]int16
	if n := testing.AllocsPerRun(50, func() {
		m.Modulate(out[:])
		f.Feed(signal[:100])
		for _, ok := f.Next(); ok; _, ok = f.Next() {
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
