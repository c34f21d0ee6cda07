package qam

import (
	"math"
	"slices"

	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
)

// maxCollect is how many symbols are kept to be learnt from at once, maxSearch
// within how many the Known ones begin.
const (
	maxCollect = 512
	maxSearch  = 2*blockSamples/2 + 8
)

// memory is what a short training restores.
type memory struct {
	valid        bool
	coefficients dsp.Coefficients
	hertz        float64
	drift        float32
	gain         float32
	power        float32 // that the alternations had
}

// trainer teaches the equaliser.
type trainer struct {
	kept   [2 * maxCollect]dsp.Point // the envelope
	n      int
	want   int
	learnt int                 // of kept, that were gone over
	power  float32             // of the alternations before the gain
	errors [maxCollect]float32 // of the Known symbols, when they were gone over last
}

// collect begins to keep what comes after the alternations. The last blocks were
// kept already.
func (r *Receiver) collect(offset float64, alternations float32) {
	t := &r.trainer
	symbols := min(maxSearch+len(r.training.Known), maxCollect)
	t.want, t.power = 2*symbols, alternations
	gain := float32(math.Sqrt(float64(r.expected() / alternations)))
	hertz := float64(r.line.Carrier) + offset
	if m := &r.restored; r.training.Short && m.valid {
		gain = m.gain * float32(math.Sqrt(float64(m.power/alternations)))
		hertz = m.hertz
		r.timing.SetDrift(m.drift)
	}
	r.front.SetGain(gain)
	r.timing.Scale(gain)
	r.front.Tune(hertz)
	turned := r.radians(hertz - float64(r.line.Carrier))
	t.n = copy(t.kept[:], r.seek.recent[:])
	for i := range t.kept[:t.n] {
		t.kept[i] = t.kept[i].Mul(dsp.Turn(turned * float64(t.n-i))).Scale(gain)
	}
	r.state = (*Receiver).keep
}

// expected is the power of alternations with the gain as it should be.
func (r *Receiver) expected() float32 {
	a, b := r.training.A, r.training.B
	return a.Add(b).Scale(0.5).Power() + a.Sub(b).Scale(0.5).Power()/2
}

// keep takes a sample to be learnt from.
func (r *Receiver) keep(x dsp.Point) {
	t := &r.trainer
	r.clock(x)
	t.kept[t.n] = x
	if t.n++; t.n < t.want {
		return
	}
	learn := r.learnLong
	if r.training.Short && r.restored.valid {
		learn = r.learnShort
	}
	if !learn() {
		r.fail()
		return
	}
	r.level.trust()
	r.state = (*Receiver).work
	for i := t.learnt; i < t.n && r.state != nil; i++ {
		r.advance(t.kept[i], i%2 == 0)
	}
}

// begins finds the symbol at which the Known ones begin, and what the line makes
// of a symbol there.
func (r *Receiver) begins() (at int, line dsp.Point, ok bool) {
	const length = 96
	t := &r.trainer
	known := r.training.Known[:min(length, len(r.training.Known))]
	var mean dsp.Point
	for _, k := range known {
		mean = mean.Add(k)
	}
	mean = mean.Scale(1 / float32(len(known)))
	var energy, best, whole float32
	for _, k := range known {
		energy += k.Sub(mean).Power()
	}
	for d := 0; d <= maxSearch && 2*(d+len(known)) <= t.want; d++ {
		var sum dsp.Point
		var have float32
		for k, s := range known {
			x := t.kept[2*(d+k)]
			sum = sum.Add(x.MulConj(s.Sub(mean)))
			have += x.Power()
		}
		if p := sum.Power(); p > best {
			at, best, whole, line = d, p, have, sum.Scale(1/energy)
		}
	}
	const like = 0.1 // 1 is just alike
	return at, line, best > like*energy*whole
}

// Speeds of learning, pass by pass.
var passes = [...]float32{0.5, 0.4, 0.3, 0.2, 0.12, 0.08}

// worst is the share of errors in the power after training: above, it has
// failed.
const worst = 0.2

// learnLong goes over the kept symbols several times.
func (r *Receiver) learnLong() bool {
	at, line, ok := r.begins()
	if !ok || line.Power() == 0 {
		return false
	}
	r.equaliser.Reset()
	r.equaliser.Prime(r.expected())
	r.carrier.Reset(-line.Phase())
	usual := float32(math.Inf(1))
	for pass, speed := range passes {
		if pass > 0 {
			r.carrier.Rewind(r.data.symbol)
		}
		if pass > 1 {
			usual = r.usualError()
		}
		r.goOver(at, usual, speed, 0.05)
	}
	r.data.error = r.usualError()
	return r.data.error < worst*dsp.MeanPower(r.training.Known...)
}

// usualError is that of the Known symbols, when they were gone over last. Symbols
// from a packet that was lost have none: it is made of the median, which, with
// noise, is 0.69 of the mean square.
func (r *Receiver) usualError() float32 {
	e := r.trainer.errors[:r.data.symbol]
	if len(e) == 0 {
		return float32(math.Inf(1))
	}
	slices.Sort(e)
	return e[len(e)/2] / 0.69
}

// goOver goes over the Known symbols once, as far as they are kept; they begin
// with the at-th, and have usual errors.
func (r *Receiver) goOver(at int, usual, speed, follow float32) {
	t := &r.trainer
	r.equaliser.Clear()
	r.data = data{error: usual}
	first := 2*at + dsp.Centre // with this sample the first Known symbol comes out
	i := max(0, first-dsp.Taps+1)
	for ; i < t.want && r.data.symbol < len(r.training.Known); i++ {
		r.equaliser.Put(t.kept[i])
		if i >= first && (i-first)%2 == 0 {
			t.errors[r.data.symbol] = r.learn(r.training.Known[r.data.symbol], speed, follow)
			r.data.error = usual
			r.data.symbol++
		}
	}
	t.learnt = i
}

// beyond is how many times the usual error shows that a symbol is not what was
// sent: its packet was lost. Noise makes one of four hundred such.
const beyond = 6

// learn takes the equaliser's output for a symbol that is known, and gives the
// error of it.
func (r *Receiver) learn(sent dsp.Point, speed, follow float32) float32 {
	z := r.carrier.Turned(r.equaliser.Output())
	e := sent.Sub(z)
	p := e.Power()
	if p > beyond*r.data.error {
		r.carrier.Coast()
		p = beyond * r.data.error // lest the line has become worse for good
	} else {
		r.equaliser.Adapt(r.carrier.Unturned(e), speed)
		r.carrier.Track(z, sent, follow)
	}
	r.data.error += (p - r.data.error) * (1.0 / 128)
	return e.Power()
}

// learnShort finds the phase and where the Known symbols begin; all else is
// restored.
func (r *Receiver) learnShort() bool {
	t := &r.trainer
	r.equaliser.Reset()
	r.equaliser.Restore(r.restored.coefficients)
	r.equaliser.Prime(r.expected())
	known := r.training.Known
	var z [maxCollect]dsp.Point
	n := 0
	for i := range t.kept[:t.want] {
		r.equaliser.Put(t.kept[i])
		if i >= dsp.Centre && (i-dsp.Centre)%2 == 0 {
			z[n] = r.equaliser.Output()
			n++
		}
	}
	at, best := -1, float32(0)
	var phase float64
	var energy float32
	for _, k := range known {
		energy += k.Power()
	}
	for d := 0; d+len(known) <= n && d <= maxSearch; d++ {
		var sum dsp.Point
		var have float32
		for k, s := range known {
			sum = sum.Add(z[d+k].MulConj(s))
			have += z[d+k].Power()
		}
		if p := sum.Power() / (have * energy); p > best {
			at, best, phase = d, p, sum.Phase()
		}
	}
	const like = 0.5
	if best < like {
		return false
	}
	r.carrier.Reset(-phase)
	r.goOver(at, float32(math.Inf(1)), 0.02, 0.1)
	r.data.error = r.usualError()
	return r.data.error < worst*dsp.MeanPower(known...)
}
