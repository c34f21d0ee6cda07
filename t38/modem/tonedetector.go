package modem

import "math"

// A ToneSink takes what a ToneDetector hears.
type ToneSink interface {
	// ToneHeard: the tone is there. For a tone of 2100 Hz it is told again when
	// more is known: first CED, then ANSam, and each with reversals. CNG is told
	// when one of its half seconds has ended, and has no ToneEnded.
	ToneHeard(Tone)
	// ToneEnded: the tone told last has ended.
	ToneEnded(Tone)
}

// A ToneDetector hears CNG, CED and ANSam from -45 dBm0 on, in noise from 6 dB
// below them. It accepts what T.30, V.25 and V.8 allow and the 6 Hz that a
// carrier system may add: 1100 Hz ± 46 for 0.4 to 0.6 s between silences, and
// 2100 Hz ± 25 that stands still for half a second.
//
// It looks at blocks of 10 ms: the amplitude and phase of either frequency, and
// the power of all that is on the line. The phase from block to block is the
// exact frequency. Speech and music have such pure and steady tones too, but not
// for so long; for CNG, not alone in silence.
type ToneDetector struct {
	sink ToneSink

	n        int // samples of this block
	cng, ced toneSum
	power    float32 // above hum
	sum, all float32 // of the samples and their squares
	x1, x2   float32 // the samples before

	low  lowTone
	high highTone
}

// toneSum is the correlation with a tone.
type toneSum struct{ re, im float32 }

// toneWaves are the two tones, against which the line is correlated.
var toneWaves = func() (t [tonePeriod]struct{ cng, ced toneSum }) {
	for n := range t {
		for hertz, w := range map[int]*toneSum{hertzCNG: &t[n].cng, hertzCED: &t[n].ced} {
			s, c := math.Sincos(2 * math.Pi * float64(n*hertz) / SampleRate)
			w.re, w.im = float32(c), float32(-s)
		}
	}
	return t
}()

// NewToneDetector makes a ToneDetector that tells sink.
func NewToneDetector(sink ToneSink) *ToneDetector {
	return &ToneDetector{sink: sink, low: newLowTone(), high: newHighTone()}
}

// Receive implements Receiver.
func (d *ToneDetector) Receive(samples []int16) {
	for len(samples) > 0 {
		n := min(tonePeriod-d.n, len(samples))
		d.correlate(samples[:n])
		samples = samples[n:]
		if d.n += n; d.n == tonePeriod {
			d.n = 0
			d.low.block(d.sink, d.cng, d.power, d.all-d.sum*d.sum/tonePeriod)
			d.high.block(d.sink, d.ced, d.power)
			d.cng, d.ced, d.power, d.sum, d.all = toneSum{}, toneSum{}, 0, 0, 0
		}
	}
}

// correlate takes samples of one block. The power is that of each sample less
// the one before the last, which leaves out direct current and hum.
func (d *ToneDetector) correlate(samples []int16) {
	ref := toneWaves[d.n:][:len(samples)]
	cng, ced, power, x1, x2 := d.cng, d.ced, d.power, d.x1, d.x2
	sum, all := d.sum, d.all
	for i, s := range samples {
		x, w := float32(s), &ref[i]
		cng.re += x * w.cng.re
		cng.im += x * w.cng.im
		ced.re += x * w.ced.re
		ced.im += x * w.ced.im
		power += (x - x2) * (x - x2)
		sum += x
		all += x * x
		x1, x2 = x, x1
	}
	d.cng, d.ced, d.power, d.x1, d.x2 = cng, ced, power, x1, x2
	d.sum, d.all = sum, all
}
