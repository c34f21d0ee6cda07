package v29

import (
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
	"github.com/pagebridge/pagebridge/t38/modem/internal/qam"
)

// A Receiver hears V.29 at one rate.
type Receiver struct {
	*qam.Receiver
	decoder decoder
}

// NewReceiver makes a Receiver at a rate in bit/s that tells sink. It fails when
// there is no such rate.
func NewReceiver(rate int, sink modem.Sink) (*Receiver, error) {
	r := new(Receiver)
	r.decoder.bits = qam.Bits{Sink: sink, Scrambler: scrambler()}
	r.Receiver = qam.NewReceiver(line, &r.decoder, sink)
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
	r.Receiver.Restart(qam.Training{A: m.a, B: m.b, Known: m.known, Points: m.points})
	return nil
}

// decoder makes bits of symbols.
type decoder struct {
	mode  *mode
	bits  qam.Bits
	phase uint8 // of the last symbol
}

// Start implements qam.Decoder.
func (d *decoder) Start() {
	d.phase = 0
	d.bits.Start(segment4 * d.mode.bits)
}

// Decide implements qam.Decoder.
func (d *decoder) Decide(z dsp.Point) (dsp.Point, bool) {
	phase, level := nearest(z, d.mode.levels)
	bits := change[(phase-d.phase)&7]
	d.phase = phase
	ok := true
	if d.mode.levels > 1 {
		ok = d.bits.Put(level)
	}
	ok = ok && d.bits.Put(bits>>2)
	ok = ok && d.bits.Put(bits>>1)
	ok = ok && d.bits.Put(bits)
	return phases[phase][level], ok
}

// End implements qam.Decoder.
func (d *decoder) End() {}

// nearest gives the point of the alphabet that is nearest to z.
func nearest(z dsp.Point, levels int) (phase, level uint8) {
	best := float32(1e30)
	for p := range phases {
		for l := range phases[p][:levels] {
			if e := z.Sub(phases[p][l]).Power(); e < best {
				best, phase, level = e, uint8(p), uint8(l)
			}
		}
	}
	return phase, level
}
