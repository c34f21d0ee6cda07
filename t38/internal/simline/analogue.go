package simline

import (
	"math"
	"math/rand/v2"
)

// filter is a finite impulse response.
type filter struct {
	taps []float64
	past []float64 // the last len(taps)-1 samples and those of this block
}

func newFilter(taps []float64) *filter {
	return &filter{taps: taps, past: make([]float64, len(taps)-1)}
}

func (f *filter) pass(out, in []float64) []float64 {
	f.past = append(f.past, in...)
	for i := range in {
		var sum float64
		for k, h := range f.taps {
			sum += h * f.past[i+len(f.taps)-1-k]
		}
		out = append(out, sum)
	}
	n := copy(f.past, f.past[len(in):])
	f.past = f.past[:n]
	return out
}

// echo adds what was sent some time before.
type echo struct {
	gain float64
	past []float64
	at   int
}

func (e *echo) pass(out, in []float64) []float64 {
	for _, x := range in {
		y := x + e.gain*e.past[e.at]
		e.past[e.at] = x
		e.at = (e.at + 1) % len(e.past)
		out = append(out, y)
	}
	return out
}

type gain float64

func (g gain) pass(out, in []float64) []float64 {
	for _, x := range in {
		out = append(out, float64(g)*x)
	}
	return out
}

// offset moves all frequencies: the signal and its Hilbert transform, turned.
type offset struct {
	hilbert, delay *filter
	turned, step   float64
	a, b           []float64
}

// hilbertHalf is half the length of the Hilbert transform; from 150 Hz on it is
// exact to some tenths of a dB.
const hilbertHalf = 63

func newOffset(hertz float64) *offset {
	h, d := make([]float64, 2*hilbertHalf+1), make([]float64, 2*hilbertHalf+1)
	d[hilbertHalf] = 1
	for k := -hilbertHalf; k <= hilbertHalf; k++ {
		if k&1 != 0 {
			h[k+hilbertHalf] = 2 / (math.Pi * float64(k)) * hamming(k, hilbertHalf)
		}
	}
	return &offset{hilbert: newFilter(h), delay: newFilter(d), step: 2 * math.Pi * hertz / sampleRate}
}

func hamming(k, half int) float64 { return 0.54 + 0.46*math.Cos(math.Pi*float64(k)/float64(half+1)) }

func (o *offset) pass(out, in []float64) []float64 {
	o.a = o.delay.pass(o.a[:0], in)
	o.b = o.hilbert.pass(o.b[:0], in)
	for i := range in {
		s, c := math.Sincos(o.turned)
		out = append(out, o.a[i]*c-o.b[i]*s)
		o.turned = math.Remainder(o.turned+o.step, 2*math.Pi)
	}
	return out
}

type noise struct {
	random *rand.Rand
	rms    float64
}

func (n *noise) pass(out, in []float64) []float64 {
	for _, x := range in {
		out = append(out, x+n.rms*n.random.NormFloat64())
	}
	return out
}
