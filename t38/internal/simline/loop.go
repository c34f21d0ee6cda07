package simline

import "math"

// Loop is a shape of loss and delay over the band.
type Loop uint8

const (
	Flat Loop = iota
	// LongLoop is kilometres of unloaded wire: the loss grows with frequency.
	LongLoop
	// LoadedLoop is wire with coils: flat up to 3 kHz, where it ends steeply and
	// late.
	LoadedLoop
	// Channels are two analogue carrier channels in tandem: little loss within
	// the band, but its edges come milliseconds late.
	Channels
	// Worst is LongLoop and Channels one after the other.
	Worst
)

// point is the loss and the group delay at a frequency, both over those where
// they are least.
type point struct{ hertz, loss, delay float64 } // Hz, dB, ms

// shapes are typical of lines of their kind, and no line's in particular.
var shapes = map[Loop][]point{
	LongLoop: {
		{0, 1, 0}, {300, 0, 0.1}, {1000, 1.5, 0}, {2000, 4.5, 0}, {3000, 7.5, 0.05}, {3400, 9, 0.1}, {4000, 14, 0.1},
	},
	LoadedLoop: {
		{0, 1, 0}, {300, 0.5, 0}, {1000, 0, 0}, {2000, 0.5, 0.1}, {2800, 1.5, 0.35}, {3200, 5, 0.7}, {3400, 10, 0.9}, {4000, 30, 0.9},
	},
	Channels: {
		{0, 30, 2.5}, {200, 8, 2.5}, {300, 2, 2}, {600, 0.5, 0.7}, {1000, 0, 0.15}, {1800, 0, 0},
		{2600, 0.5, 0.3}, {3000, 1.5, 0.8}, {3300, 4, 1.4}, {3400, 6, 1.6}, {4000, 30, 1.6},
	},
}

func (l Loop) String() string {
	return [...]string{"flat", "long loop", "loaded loop", "carrier channels", "long loop and carrier channels"}[l]
}

func (l Loop) distorts() bool { return l != Flat }

// at interpolates the shape.
func (l Loop) at(hertz float64) (loss, delay float64) {
	if l == Worst {
		a, b := LongLoop, Channels
		l1, d1 := a.at(hertz)
		l2, d2 := b.at(hertz)
		return l1 + l2, d1 + d2
	}
	shape := shapes[l]
	for i := 1; i < len(shape); i++ {
		p, q := shape[i-1], shape[i]
		if hertz <= q.hertz {
			t := (hertz - p.hertz) / (q.hertz - p.hertz)
			t = t * t * (3 - 2*t)
			return p.loss + t*(q.loss-p.loss), p.delay + t*(q.delay-p.delay)
		}
	}
	return 0, 0
}

// loopTaps is the length of a loop's filter in samples, loopDelay what it adds
// to the delay.
const (
	loopTaps  = 128
	loopDelay = 48
)

// taps makes the filter of the shape: its frequency response at many points,
// transformed to time and windowed.
func (l Loop) taps() []float64 {
	const points = 2000 // 2 Hz each
	h := make([]float64, loopTaps)
	phase := 0.0
	for i := range points {
		hertz := (float64(i) + 0.5) * sampleRate / 2 / points
		loss, delay := l.at(hertz)
		seconds := delay/1000 + float64(loopDelay)/sampleRate
		step := 2 * math.Pi * sampleRate / 2 / points * seconds
		phase += step / 2
		for n := range h {
			h[n] += decibels(-loss) * math.Cos(2*math.Pi*hertz*float64(n)/sampleRate-phase) / points
		}
		phase += step / 2
	}
	return h
}
