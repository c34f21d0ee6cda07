package dsp

import "math"

// Timing tells how far the instants of sampling are from where they should be.
// It looks at the two edges of the band, half the symbol rate above and below the
// carrier: the difference of their phases is that of the clock of the symbols,
// whatever the symbols are.
type Timing struct {
	upper, lower Point // narrow filters at the edges
	between      Point // the difference, at the sample between two symbols
	mean         Point // of the clock
	level        float32
	scale        float32 // what makes turns of a symbol of the clock
	count        uint    // symbols
	drift        float32
}

const (
	// edgePole sets how narrow the filters are.
	edgePole = 0.95
	// clockMean is the share that a symbol has in the mean of the clock.
	clockMean = 1.0 / 128
	// The scale is worked out anew at each symbol in the beginning, and seldom
	// later.
	hurried, seldom = 64, 16
)

// Reset forgets everything.
func (t *Timing) Reset() { *t = Timing{} }

// Put takes a sample of the envelope, two a symbol: at that rate the edges are
// at plus and minus a quarter of a turn a sample.
func (t *Timing) Put(x Point) {
	t.upper = Point{x.Re - edgePole*t.upper.Im, x.Im + edgePole*t.upper.Re}
	t.lower = Point{x.Re + edgePole*t.lower.Im, x.Im - edgePole*t.lower.Re}
}

// PutBetween is Put for the sample between two symbols.
func (t *Timing) PutBetween(x Point) {
	t.Put(x)
	t.between = t.upper.MulConj(t.lower)
}

// Scale tells that all that is put in is larger by a factor from now on.
func (t *Timing) Scale(by float32) {
	t.upper, t.lower = t.upper.Scale(by), t.lower.Scale(by)
	by *= by
	t.between, t.mean = t.between.Scale(by), t.mean.Scale(by)
	t.level *= by * by
	t.scale /= by
}

// Drift is the correction that Adjust has learnt to make each time.
func (t *Timing) Drift() float32 { return t.drift }

// SetDrift restores what Drift has given.
func (t *Timing) SetDrift(d float32) { t.drift = d }

// Adjust is called once a symbol, after Put of its sample. It gives by how many
// symbols the instants should move; speed is the share of the error that it
// corrects at once.
func (t *Timing) Adjust(speed float32) float64 {
	// What the two filters have in common besides the clock is the same at all
	// samples; the clock has opposite signs at the two of a symbol.
	clock := t.upper.MulConj(t.lower).Sub(t.between)
	t.mean = t.mean.Add(clock.Sub(t.mean).Scale(clockMean))
	t.level += (clock.Power() - t.level) * clockMean
	if t.count++; t.count < hurried || t.count%seldom == 0 {
		// The mean, not what the clock is at this moment, makes weak moments
		// count for little.
		whole := max(t.mean.Power(), t.level/16)
		if whole <= 0 {
			return 0
		}
		t.scale = rsqrt(whole) * (1 / (2 * math.Pi))
	}
	late := clock.Im * t.scale
	late = max(-0.2, min(late, 0.2))
	t.drift -= late * speed * speed * 0.25
	return float64(t.drift - late*speed)
}
