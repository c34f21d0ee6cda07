package qam

import (
	"math"

	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
)

// data is the state of work symbol by symbol.
type data struct {
	symbol   int     // since the first of the Known
	error    float32 // mean square, smoothed
	decoding bool
}

// Speeds: of the equaliser, the carrier and the clock.
const (
	learnFast, learnSlow   = 0.05, 0.01
	followFast, followSlow = 0.05, 0.02
	timeFast, timeSlow     = 0.02, 0.004
)

// work takes a sample once the equaliser is taught.
func (r *Receiver) work(x dsp.Point) {
	r.advance(x, r.clock(x))
}

// advance takes a sample, and with every other the symbol that the equaliser
// makes of the last.
func (r *Receiver) advance(x dsp.Point, symbol bool) {
	r.equaliser.Put(x)
	if !symbol {
		return
	}
	d, t := &r.data, &r.training
	known := len(t.Known)
	if d.symbol == known && !t.Short {
		r.remember()
	}
	switch {
	case d.symbol < known:
		r.learn(t.Known[d.symbol], learnFast, followFast)
	case d.symbol < known+t.Bridge:
		r.learn(r.corner(r.carrier.Turned(r.equaliser.Output())), learnSlow, followSlow)
	default:
		r.decode()
	}
	d.symbol++
}

// corner is the nearest of A's four turns.
func (r *Receiver) corner(z dsp.Point) dsp.Point {
	a := r.training.A
	q := z.MulConj(a)
	switch {
	case q.Re >= abs(q.Im):
		return a
	case -q.Re >= abs(q.Im):
		return dsp.Point{Re: -a.Re, Im: -a.Im}
	case q.Im > 0:
		return dsp.Point{Re: -a.Im, Im: a.Re}
	}
	return dsp.Point{Re: a.Im, Im: -a.Re}
}

func abs(x float32) float32 { return float32(math.Abs(float64(x))) }

// decode gives the decoder a symbol and learns from what it says.
func (r *Receiver) decode() {
	d := &r.data
	if !d.decoding {
		d.decoding = true
		r.mending.begin()
		r.decoder.Start()
	}
	if r.level.drained() {
		r.carrier.Coast()
		return
	}
	z := r.carrier.Turned(r.equaliser.Output())
	sent, ok := r.decoder.Decide(z)
	if !ok {
		r.fail()
		return
	}
	if !r.sees() {
		r.carrier.Coast()
		return
	}
	e := sent.Sub(z)
	if d.symbol&1 == 0 { // every other symbol teaches enough
		r.equaliser.Adapt(r.carrier.Unturned(e), 2*learnSlow)
	}
	r.carrier.Track(z, sent, followSlow)
	d.error += (e.Power() - d.error) * (1.0 / 32)
	r.mending.note(e.Power())
}

// remember keeps what a short training restores.
func (r *Receiver) remember() {
	t := &r.trainer
	turn := float64(r.carrier.Frequency()) / (2 * math.Pi) * float64(r.line.Baud)
	r.restored = memory{
		valid:        true,
		coefficients: r.equaliser.Coefficients(),
		hertz:        r.front.Hertz() - turn,
		drift:        r.timing.Drift(),
		gain:         r.front.Gain(),
		power:        t.power,
	}
}
