package simline

import (
	"math"
	"math/rand/v2"

	"github.com/pagebridge/pagebridge/t38/internal/g711"
)

// tandem rounds to 16 bits and codes and decodes.
type tandem []g711.Law

func (t tandem) pass(out, in []float64) []float64 {
	for _, x := range in {
		s := int16(math.Round(clip(x)))
		for _, law := range t {
			s = law.Decode(law.Encode(s))
		}
		out = append(out, float64(s))
	}
	return out
}

// drift takes samples at another rate: between those that there are, by a
// windowed sinc.
type drift struct {
	step float64
	at   float64 // of the next sample, in past
	past []float64
}

const sincHalf = 16

func newDrift(millionths float64) *drift {
	return &drift{step: 1 / (1 + millionths/1e6), past: make([]float64, 2*sincHalf), at: sincHalf}
}

func (d *drift) pass(out, in []float64) []float64 {
	d.past = append(d.past, in...)
	for int(d.at)+sincHalf < len(d.past) {
		n := int(d.at)
		f := d.at - float64(n)
		var sum float64
		for k := 1 - sincHalf; k <= sincHalf; k++ {
			t := float64(k) - f
			w := math.Cos(math.Pi * t / (2*sincHalf + 1))
			sum += d.past[n+k] * sinc(t) * w * w
		}
		out = append(out, sum)
		d.at += d.step
	}
	n := int(d.at) - sincHalf
	d.past = d.past[:copy(d.past, d.past[n:])]
	d.at -= float64(n)
	return out
}

func sinc(t float64) float64 {
	if math.Abs(t) < 1e-9 {
		return 1
	}
	return math.Sin(math.Pi*t) / (math.Pi * t)
}

// slips leaves a sample out, then doubles one, and so on.
type slips struct {
	every, n int
	twice    bool
}

func (s *slips) pass(out, in []float64) []float64 {
	for _, x := range in {
		if s.n++; s.n < s.every {
			out = append(out, x)
			continue
		}
		s.n = 0
		if s.twice {
			out = append(out, x, x)
		}
		s.twice = !s.twice
	}
	return out
}

// packets loses some. A sample is delayed until its packet is full.
type packets struct {
	random  *rand.Rand
	loss    float64
	conceal Concealment
	length  int
	packet  []float64
	last    []float64 // that was given
}

func newPackets(random *rand.Rand, c Conditions) *packets {
	n := max(1, samples(c.Packet))
	return &packets{random: random, loss: c.Loss, conceal: c.Conceal, length: n, last: make([]float64, n)}
}

func (p *packets) pass(out, in []float64) []float64 {
	for _, x := range in {
		p.packet = append(p.packet, x)
		if len(p.packet) < p.length {
			continue
		}
		switch {
		case p.random.Float64() >= p.loss:
			copy(p.last, p.packet)
		case p.conceal == Silence:
			clear(p.last)
		}
		out = append(out, p.last...)
		p.packet = p.packet[:0]
	}
	return out
}
