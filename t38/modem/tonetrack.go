package modem

import "math"

const (
	blocksPerSecond = SampleRate / tonePeriod
	// leastTone is the level from which on a tone is one.
	leastTone = -46.0 // dBm0
	// pureShare is a tone's share in the power of the line. Noise 4 dB below the
	// tone leaves 0.75.
	pureShare = 0.65
	// alike is the cosine of the phase by which a block may miss what the blocks
	// before it let expect.
	alike = 0.8
	// maxMissed is how many blocks in a row a tone may be away: a reversal, or a
	// lost packet.
	maxMissed = 3
)

var leastPower = math.Pow(Amplitude(leastTone), 2) / 2

// toneTrack follows one frequency from block to block.
type toneTrack struct {
	limit  float64 // of the deviation in Hz; below half the rate of blocks
	filter float64 // what the difference of samples makes of the tone's power

	line      float64 // power of the line in this block, as that of such a tone
	power     float64 // of the tone, smoothed
	amplitude float64 // of the tone in this block

	on       bool
	blocks   int     // since it began
	missed   int     // blocks in a row that were not of it
	turned   float64 // radians a block, by the tone's deviation
	last     toneSum // of the last block that was of it
	before   toneSum // of the block before this one
	reversed bool    // this block has the phase of the last one reversed
}

func newToneTrack(hertz, limit float64) toneTrack {
	s := 2 * math.Sin(2*math.Pi*hertz/SampleRate)
	return toneTrack{limit: limit, filter: s * s}
}

// block takes what was heard in a block.
func (t *toneTrack) block(sum toneSum, power float32) {
	t.line = float64(power) / (tonePeriod * t.filter)
	t.reversed = false
	before := t.before
	t.before = sum
	if !t.on {
		t.begin(sum, before)
		return
	}
	t.blocks++
	away := sum.turnedFrom(t.last) - t.turned*float64(t.missed+1)
	slipped := sum.turnedFrom(before) - t.turned
	switch {
	case !t.measure(sum):
		t.miss()
		return
	case math.Cos(away) > alike:
		t.turned += math.Remainder(away, 2*math.Pi) / float64(8*(t.missed+1))
	case math.Cos(away) < -alike:
		t.reversed = true
	case t.missed > 0 && math.Cos(slipped) > alike:
		// The line has lost or doubled samples: another phase, the same frequency.
	default:
		t.miss()
		return
	}
	t.power += (t.line - t.power) / 8
	t.missed, t.last = 0, sum
}

func (t *toneTrack) miss() {
	if t.missed++; t.missed > maxMissed {
		t.on = false
	}
}

// turnedFrom is by what angle the tone has turned since another block.
func (s toneSum) turnedFrom(b toneSum) float64 {
	return math.Atan2(float64(s.im*b.re-s.re*b.im), float64(s.re*b.re+s.im*b.im))
}

// begin looks at the first two blocks of a tone.
func (t *toneTrack) begin(sum, before toneSum) {
	t.turned, t.last = sum.turnedFrom(before), sum
	if t.measure(sum) && math.Abs(t.turned) < t.limit*2*math.Pi/blocksPerSecond {
		t.on, t.blocks, t.missed, t.power = true, 2, 0, t.line
	}
}

// measure tells whether a block is loud and pure.
func (t *toneTrack) measure(sum toneSum) bool {
	// A tone beside the frequency gives sin(x)/x of its amplitude.
	x, loss := t.turned/2, 1.0
	if math.Abs(x) > 1e-3 {
		loss = math.Sin(x) / x
	}
	t.amplitude = math.Hypot(float64(sum.re), float64(sum.im)) * 2 / tonePeriod / loss
	p := t.amplitude * t.amplitude / 2
	return p > leastPower && p > pureShare*t.line
}

// sounded is how many blocks the tone has had that were of it.
func (t *toneTrack) sounded() int { return t.blocks - t.missed }
