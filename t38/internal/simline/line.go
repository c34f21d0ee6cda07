package simline

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/g711"
)

const sampleRate = 8000

// Conditions say what a line does. The zero value does nothing.
type Conditions struct {
	Seed uint64

	// Loop is the filter that wires and exchanges make. Zero: flat.
	Loop Loop
	// Echo is the level in dB of what is reflected twice and comes again after
	// EchoDelay; it is below zero. Zero: none.
	Echo      float64
	EchoDelay time.Duration
	// Gain in dB; below zero it is loss.
	Gain float64
	// Offset is by how many Hz a carrier system moves all frequencies.
	Offset float64
	// Noise is white, its power in dBm0 over the whole band. Zero: none. (For a
	// ratio of s dB it is the level of the signal, and Gain, less s.)
	Noise float64

	// Tandem is the codings in G.711, one after the other, each decoded again.
	Tandem []g711.Law
	// Drift is by how many millionths the far end's clock is faster: it takes so
	// many samples more.
	Drift float64
	// SlipEvery is the time after which a sample is left out, and after as long
	// again one comes twice. Zero: never.
	SlipEvery time.Duration

	// Loss is the probability from 0 to 1 that a packet of Packet is lost.
	Loss    float64
	Packet  time.Duration // zero: 20 ms
	Conceal Concealment
}

// Concealment is what takes the place of a lost packet.
type Concealment uint8

const (
	Silence Concealment = iota
	Repeat              // of the packet before
)

// stage is one thing that a line does to samples.
type stage interface {
	// pass appends to out what comes of in.
	pass(out, in []float64) []float64
}

// A Line is one direction of a telephone line.
type Line struct {
	stages  []stage
	in, out []float64
}

// New makes a Line.
func New(c Conditions) *Line {
	l := new(Line)
	add := func(needed bool, make func() stage) {
		if needed {
			l.stages = append(l.stages, make())
		}
	}
	random := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(c.Seed, n)) }
	add(c.Loop.distorts(), func() stage { return newFilter(c.Loop.taps()) })
	add(c.Echo != 0, func() stage {
		return &echo{gain: decibels(c.Echo), past: make([]float64, max(1, samples(c.EchoDelay)))}
	})
	add(c.Gain != 0, func() stage { return gain(decibels(c.Gain)) })
	add(c.Offset != 0, func() stage { return newOffset(c.Offset) })
	add(c.Noise != 0, func() stage { return &noise{random(1), amplitude(c.Noise) / math.Sqrt2} })
	add(true, func() stage { return tandem(c.Tandem) })
	add(c.Drift != 0, func() stage { return newDrift(c.Drift) })
	add(c.SlipEvery > 0, func() stage { return &slips{every: samples(c.SlipEvery)} })
	add(c.Loss > 0, func() stage {
		if c.Packet <= 0 {
			c.Packet = 20 * time.Millisecond
		}
		return newPackets(random(2), c)
	})
	return l
}

// Pass appends to out what the far end hears when in is sent.
func (l *Line) Pass(out, in []int16) []int16 {
	l.in = l.in[:0]
	for _, s := range in {
		l.in = append(l.in, float64(s))
	}
	for _, s := range l.stages {
		l.out = s.pass(l.out[:0], l.in)
		l.in, l.out = l.out, l.in
	}
	for _, x := range l.in {
		out = append(out, int16(math.Round(clip(x))))
	}
	return out
}

func samples(d time.Duration) int { return int(d * sampleRate / time.Second) }

func decibels(db float64) float64 { return math.Pow(10, db/20) }

// amplitude is the peak of a sine of a level in dBm0 (G.711).
func amplitude(level float64) float64 { return math.MaxInt16 * decibels(level-3.14) }

func clip(x float64) float64 { return max(math.MinInt16, min(x, math.MaxInt16)) }
