package dsp

import (
	"math"
	"sync"
)

const (
	// frontTaps is the length of the filter in samples.
	frontTaps = 32
	// phases is how finely the filter divides a sample.
	phaseBits, phases = 7, 1 << 7
	// MaxFeed is the greatest number of samples that Front.Feed takes at once.
	MaxFeed = 100
	// slack is more than lies between two outputs, in samples.
	slack = 16

	one = 1 << 32 // a sample, on the scale of Front.ahead
)

// frontFilter is a low pass filter, moved up to the carrier, for each phase.
type frontFilter [phases]struct{ re, im [frontTaps]float32 }

// frontKind is what a frontFilter depends on.
type frontKind struct {
	carrier, baud int
	rolloff       float64
}

// frontFilters keeps those that were made, for they are large.
var frontFilters sync.Map // of frontKind to *frontFilter

// A Front takes samples at 8000 Hz and gives the complex envelope around the
// carrier, two samples a symbol, at instants that can be moved.
type Front struct {
	filter *frontFilter
	step   int64    // nominally between two outputs
	hertz  float64  // of the carrier that is taken off
	turns  [4]Point // of that carrier in so many samples, backwards
	gain   float32

	buf   [frontTaps + MaxFeed + slack]float32
	start int   // of the filter's place in buf
	have  int   // samples in buf
	ahead int64 // from that place to the next instant
	turn  Point // of the carrier at start
}

// NewFront makes a Front. The filter is the match of a Modulator's with the same
// numbers; it gives a symbol of power 1 and amplitude 1 back as such.
func NewFront(carrier, baud int, rolloff float64) *Front {
	kind := frontKind{carrier, baud, rolloff}
	filter, ok := frontFilters.Load(kind)
	if !ok {
		filter, _ = frontFilters.LoadOrStore(kind, makeFrontFilter(kind))
	}
	f := &Front{filter: filter.(*frontFilter), step: int64(math.Round(one * sampleRate / float64(2*baud)))}
	f.Reset()
	f.Tune(float64(carrier))
	return f
}

func makeFrontFilter(kind frontKind) *frontFilter {
	f := new(frontFilter)
	perSymbol := sampleRate / float64(kind.baud)
	for p := range f {
		for k := range frontTaps {
			t := frontTaps/2 - 1 + float64(p)/phases - float64(k)
			h := 2 / perSymbol * rootRaisedCosine(t/perSymbol, kind.rolloff) * kaiser(t/(frontTaps/2), 3)
			w := Turn(-2 * math.Pi * float64(kind.carrier) * float64(k) / sampleRate)
			f[p].re[k], f[p].im[k] = float32(h)*w.Re, float32(h)*w.Im
		}
	}
	return f
}

// Reset forgets all samples. Tuning and gain stay.
func (f *Front) Reset() {
	f.buf = [frontTaps + MaxFeed + slack]float32{}
	f.start, f.have, f.ahead, f.turn = 0, frontTaps-1, 0, Point{1, 0}
	if f.gain == 0 {
		f.gain = 1
	}
}

// Tune sets the frequency of the carrier that is taken off. The filter stays
// where it is, so this is for small offsets.
func (f *Front) Tune(hertz float64) {
	f.hertz = hertz
	for n := range f.turns {
		f.turns[n] = Turn(-2 * math.Pi * hertz * float64(n) / sampleRate)
	}
}

// Hertz is the frequency that Tune has set.
func (f *Front) Hertz() float64 { return f.hertz }

// SetGain sets the factor that all outputs are multiplied with.
func (f *Front) SetGain(gain float32) { f.gain = gain }

// Gain is what SetGain has set.
func (f *Front) Gain() float32 { return f.gain }

// Shift moves all further instants by so many samples; negative is earlier. It
// may be at most half a symbol at once.
func (f *Front) Shift(samples float64) { f.ahead += int64(samples * one) }

// Feed takes at most MaxFeed samples. Next must have said before that it has no
// more.
func (f *Front) Feed(samples []int16) {
	kept := copy(f.buf[:], f.buf[f.start:f.have])
	f.start = 0
	into := f.buf[kept:][:len(samples)]
	for i, s := range samples {
		into[i] = float32(s)
	}
	f.have = kept + len(samples)
}

// Next gives the next output, and false when it needs more samples for it.
func (f *Front) Next() (Point, bool) {
	if f.ahead < 0 {
		f.ahead = 0
	}
	n := int(f.ahead >> 32)
	if f.start+n+frontTaps > f.have {
		return Point{}, false
	}
	f.start += n
	f.ahead &= one - 1
	f.advance(n)
	h := &f.filter[f.ahead>>(32-phaseBits)]
	f.ahead += f.step
	x := (*[frontTaps]float32)(f.buf[f.start:])
	var r0, i0, r1, i1 float32
	for k := 0; k < frontTaps; k += 2 {
		r0 += x[k] * h.re[k]
		i0 += x[k] * h.im[k]
		r1 += x[k+1] * h.re[k+1]
		i1 += x[k+1] * h.im[k+1]
	}
	return Point{r0 + r1, i0 + i1}.Mul(f.turn).Scale(f.gain), true
}

// advance turns the carrier back by n samples and keeps its length at 1.
func (f *Front) advance(n int) {
	for n >= len(f.turns) {
		f.turn = f.turn.Mul(f.turns[len(f.turns)-1])
		n -= len(f.turns) - 1
	}
	t := f.turn.Mul(f.turns[n])
	f.turn = t.Scale(1.5 - 0.5*t.Power())
}
