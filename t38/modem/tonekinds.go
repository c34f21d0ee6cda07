package modem

import "math"

// lowTone tells CNG: half a second of 1100 Hz, silence before and after.
type lowTone struct {
	track   toneTrack
	recent  [quietBefore + 2]float64 // the line's power in the last blocks
	n       int
	alone   bool    // there was silence before the tone
	ended   bool    // a tone of the right length; the silence after it is awaited
	silent  int     // blocks of it
	silence float64 // power of the line below which it is silent
}

const (
	toleranceCNG = 38 + 6 + 2 // Hz: T.30, carrier systems, noise
	toleranceCED = 15 + 6 + 4 // (V.25)

	// T.30 allows half a second 15 % more or less; the ends of it are blocks that
	// are not whole.
	shortestCNG, longestCNG = 40, 61 // blocks
	quietBefore, quietAfter = 10, 20 // blocks
	quiet                   = 0.4    // of the tone's power
)

func newLowTone() lowTone { return lowTone{track: newToneTrack(hertzCNG, toleranceCNG)} }

// block takes the power without hum, by which a tone is judged, and with it, by
// which silence is: music may go on in the bass.
func (l *lowTone) block(sink ToneSink, sum toneSum, power, all float32) {
	was := l.track.on
	l.track.block(sum, power)
	line := float64(all) / tonePeriod
	switch {
	case l.track.on && !was:
		l.alone, l.ended = l.quietSince(l.track.power), false
	case was && !l.track.on:
		n := l.track.sounded()
		l.ended = l.alone && n >= shortestCNG && n <= longestCNG
		l.silent, l.silence = 0, quiet*l.track.power
	case l.ended && line > l.silence:
		l.ended = false
	case l.ended:
		if l.silent++; l.silent == quietAfter-maxMissed {
			l.ended = false
			sink.ToneHeard(CNG)
		}
	}
	l.recent[l.n%len(l.recent)] = line
	l.n++
}

// quietSince tells whether it was silent before the tone of that power, which
// has been known since this block, began one or two blocks ago.
func (l *lowTone) quietSince(power float64) bool {
	for i := range quietBefore {
		if l.n-3-i >= 0 && l.recent[(l.n-3-i)%len(l.recent)] > quiet*power {
			return false
		}
	}
	return true
}

// highTone tells the tones of 2100 Hz.
type highTone struct {
	track toneTrack
	told  bool
	kind  Tone

	// The amplitude over a window of whole waves of the modulation.
	sum, re, im float64
	at          int // block in the window
	modulated   bool

	reversals   bool
	lastReverse int // block; 0: none yet
}

const (
	leastCED = 50 // blocks
	// amWindow are six waves of the modulation in blocks.
	amWindow = 6 * blocksPerSecond / hertzAM
	// leastAM and mostAM are depths of modulation; V.8 has 0.2.
	leastAM, mostAM = 0.1, 0.3
	// What follows each other by 450 ± 25 ms are reversals, and no slips of the
	// line.
	leastReversal, mostReversal = 41, 49 // blocks
)

func newHighTone() highTone { return highTone{track: newToneTrack(hertzCED, toleranceCED)} }

func (h *highTone) block(sink ToneSink, sum toneSum, power float32) {
	h.track.block(sum, power)
	if !h.track.on {
		if h.told {
			sink.ToneEnded(h.kind)
		}
		*h = highTone{track: h.track}
		return
	}
	h.envelope()
	h.reversal()
	if h.track.sounded() < leastCED || h.track.missed > 0 {
		return
	}
	if kind := h.known(); !h.told || kind != h.kind {
		h.told, h.kind = true, kind
		sink.ToneHeard(kind)
	}
}

// envelope looks for the modulation of ANSam.
func (h *highTone) envelope() {
	a := h.track.amplitude
	if h.at > 0 { // a reversal makes a hole
		mean := h.sum / float64(h.at)
		a = max(a, 0.7*mean)
	}
	s, c := math.Sincos(2 * math.Pi * hertzAM / blocksPerSecond * float64(h.at))
	h.sum, h.re, h.im = h.sum+a, h.re+a*c, h.im+a*s
	if h.at++; h.at == amWindow {
		depth := 2 * math.Hypot(h.re, h.im) / h.sum
		h.modulated = h.modulated || depth > leastAM && depth < mostAM
		h.sum, h.re, h.im, h.at = 0, 0, 0, 0
	}
}

func (h *highTone) reversal() {
	if !h.track.reversed {
		return
	}
	since := h.track.blocks - h.lastReverse
	if h.lastReverse > 0 && since >= leastReversal && since <= mostReversal {
		h.reversals = true
	}
	h.lastReverse = h.track.blocks
}

func (h *highTone) known() Tone {
	switch {
	case h.modulated && h.reversals:
		return ANSamReversals
	case h.modulated:
		return ANSam
	case h.reversals:
		return CEDReversals
	}
	return CED
}
