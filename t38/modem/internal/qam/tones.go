package qam

import "github.com/pagebridge/pagebridge/t38/modem/internal/dsp"

// blockSamples is how many samples of the envelope, two a symbol, are judged
// together for alternations.
const blockSamples = 32

// tones are the amplitudes, over a block, of the pure tones that alternations
// are made of: the carrier, and half the symbol rate above and below it.
type tones struct {
	carrier, upper, lower dsp.Point
	energy                float32 // of everything
	n                     int
}

// put takes a sample. At two samples a symbol the upper tone makes a quarter of a
// turn a sample.
func (t *tones) put(x dsp.Point) {
	t.energy += x.Power()
	t.carrier = t.carrier.Add(x)
	switch t.n & 3 {
	case 0:
		t.upper, t.lower = t.upper.Add(x), t.lower.Add(x)
	case 1: // times -i, times i
		t.upper.Re, t.upper.Im = t.upper.Re+x.Im, t.upper.Im-x.Re
		t.lower.Re, t.lower.Im = t.lower.Re-x.Im, t.lower.Im+x.Re
	case 2:
		t.upper, t.lower = t.upper.Sub(x), t.lower.Sub(x)
	case 3:
		t.upper.Re, t.upper.Im = t.upper.Re-x.Im, t.upper.Im+x.Re
		t.lower.Re, t.lower.Im = t.lower.Re+x.Im, t.lower.Im-x.Re
	}
	t.n++
}

func (t *tones) full() bool { return t.n == blockSamples }

// shares are those of the carrier and of the two other tones in the energy.
func (t *tones) shares() (carrier, upper, lower float32) {
	if t.energy <= 0 {
		return 0, 0, 0
	}
	whole := 1 / (t.energy * float32(t.n))
	return t.carrier.Power() * whole, t.upper.Power() * whole, t.lower.Power() * whole
}

const (
	pureShare = 0.6  // of all tones: 1 without noise
	edgeShare = 0.02 // of each of the outer tones; lines weaken them
)

// alternating tells whether the block is made of alternations. wantCarrier is
// the carrier's share on a good line.
func (t *tones) alternating(wantCarrier float32) bool {
	c, u, l := t.shares()
	return c+u+l > pureShare && u*l > edgeShare*edgeShare && c >= wantCarrier/4 && c < wantCarrier+0.3
}

// onlyCarrier tells whether the block is an unmodulated carrier: that comes
// before some trainings, against echo suppressors.
func (t *tones) onlyCarrier() bool {
	c, _, _ := t.shares()
	return c > 0.8
}

// clock is twice the phase of the alternations: a whole turn is a symbol.
func (t *tones) clock() dsp.Point { return t.upper.MulConj(t.lower) }

// since is a vector in the direction by which the carrier has turned from an
// earlier block to this one. The clock does not matter to it: what it adds to one
// tone it takes off the other.
func (t *tones) since(before *tones) dsp.Point {
	c := t.carrier.MulConj(before.carrier)
	u, l := t.upper.MulConj(before.upper), t.lower.MulConj(before.lower)
	return c.Add(u).Add(l)
}
