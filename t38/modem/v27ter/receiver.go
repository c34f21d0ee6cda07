package v27ter

import (
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
	"github.com/pagebridge/pagebridge/t38/modem/internal/qam"
)

// A Receiver hears V.27 ter at one rate.
type Receiver struct {
	*qam.Receiver // the one of the rate
	receivers     map[int]*qam.Receiver
	decoder       decoder
}

// NewReceiver makes a Receiver at a rate in bit/s that tells sink. It fails when
// there is no such rate.
func NewReceiver(rate int, sink modem.Sink) (*Receiver, error) {
	r := &Receiver{receivers: make(map[int]*qam.Receiver)}
	r.decoder.sink = sink
	for rate, m := range modes {
		r.receivers[rate] = qam.NewReceiver(m.line, &r.decoder, sink)
	}
	return r, r.Restart(rate)
}

// Restart makes the Receiver wait for a training at a rate. It fails, and changes
// nothing, when there is no such rate.
func (r *Receiver) Restart(rate int) error {
	m, err := modeOf(rate)
	if err != nil {
		return err
	}
	r.decoder.mode = m
	r.Receiver = r.receivers[rate]
	r.Receiver.Restart(qam.Training{
		A: phases[0], B: phases[4], Few: true, Known: training[segment3+skipped:], Points: m.points,
	})
	return nil
}

// decoder makes bits of symbols.
type decoder struct {
	*mode
	sink      modem.Sink
	scrambler scrambler
	phase     uint8 // of the last symbol

	ones  int // bits of segment 5 that are still to come
	wrong int // of those that should have been ones
}

// uncertain bits of segment 5 are not judged: the descrambler must fill.
const uncertain = 7

// Start implements qam.Decoder.
func (d *decoder) Start() {
	d.phase, d.scrambler = lastPhase, scrambler{}
	d.ones, d.wrong = segment5*d.bits, 0
}

// Decide implements qam.Decoder.
func (d *decoder) Decide(z dsp.Point) (dsp.Point, bool) {
	phase := d.nearest(z)
	bits := d.bitOf[(phase-d.phase)&7]
	d.phase = phase
	for i := d.bits - 1; i >= 0; i-- {
		if !d.put(bits >> i & 1) {
			return dsp.Point{}, false
		}
	}
	return phases[phase], true
}

// put takes a bit off the line; it is false when the training was not followed by
// ones.
func (d *decoder) put(bit byte) bool {
	bit = d.scrambler.descramble(bit)
	if d.ones == 0 {
		d.sink.Bit(bit)
		return true
	}
	d.ones--
	all := segment5 * d.bits
	if bit == 0 && d.ones < all-uncertain {
		d.wrong++
	}
	if d.ones > 0 {
		return true
	}
	if d.wrong > (all-uncertain)/3 {
		return false
	}
	d.sink.Status(modem.Trained)
	return true
}

// End implements qam.Decoder.
func (d *decoder) End() {}

// nearest gives the phase of those in use that is nearest to z's.
func (d *decoder) nearest(z dsp.Point) (phase uint8) {
	x, y := z.Re, z.Im
	if y < 0 {
		phase, x, y = 4, -x, -y
	}
	// z is in the upper half. The border of a point is half way to the next: 22.5°
	// with eight, 45° with four of them.
	border := float32(0.41421356)
	if d.bits == 2 {
		border = 1
	}
	across := abs(x)
	switch {
	case y <= border*across:
		if x < 0 {
			phase += 4
		}
	case across <= border*y:
		phase += 2
	case x > 0:
		phase++
	default:
		phase += 3
	}
	return phase & 7
}

func abs(x float32) float32 { return max(x, -x) }
