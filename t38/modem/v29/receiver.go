package v29

import (
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
	"github.com/pagebridge/pagebridge/t38/modem/internal/qam"
)

// A Receiver hears V.29 at one rate.
type Receiver struct {
	signal  *qam.Receiver
	decoder decoder
}

// NewReceiver makes a Receiver at a rate in bit/s that tells sink. It fails when
// there is no such rate.
func NewReceiver(rate int, sink modem.Sink) (*Receiver, error) {
	r := new(Receiver)
	r.decoder.bits = qam.Bits{Sink: sink, Scrambler: scrambler()}
	r.signal = qam.NewReceiver(line, &r.decoder, sink)
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
	r.signal.Restart(qam.Training{A: m.a, B: m.b, Known: m.known, Points: m.points})
	return nil
}

// Receive implements modem.Receiver.
func (r *Receiver) Receive(samples []int16) { r.signal.Receive(samples) }

// Lose implements modem.Receiver.
func (r *Receiver) Lose(guess []int16) { r.signal.Lose(guess) }

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
//
// Turned by whole quarters so that it points to the right, a symbol is near the
// axis or near one of the diagonals. Which is nearer depends on the levels, so
// what remains is compared: the points on the axis, and those on one diagonal.
func nearest(z dsp.Point, levels int) (phase, level uint8) {
	quarter := uint8(0)
	if z.Re+z.Im < 0 {
		z, quarter = dsp.Point{Re: -z.Re, Im: -z.Im}, 4
	}
	if z.Im > z.Re {
		z, quarter = dsp.Point{Re: z.Im, Im: -z.Re}, quarter+2
	}
	diagonal := dsp.Point{Re: z.Re, Im: z.Im}
	corner := uint8(1)
	if z.Im < 0 {
		diagonal.Im, corner = -z.Im, 7
	}
	if levels == 1 {
		if distance(z, 3, 0) <= distance(diagonal, 1, 1) {
			return quarter, 0
		}
		return (quarter + corner) & 7, 0
	}
	var onAxis, onDiagonal uint8
	axis, across := distance(z, 3, 0), distance(diagonal, 1, 1)
	if z.Re > 4 {
		axis, onAxis = distance(z, 5, 0), 1
	}
	if diagonal.Re+diagonal.Im > 4 {
		across, onDiagonal = distance(diagonal, 3, 3), 1
	}
	if axis <= across {
		return quarter, onAxis
	}
	return (quarter + corner) & 7, onDiagonal
}

// distance is the square of that from z to a point.
func distance(z dsp.Point, re, im float32) float32 {
	return (z.Re-re)*(z.Re-re) + (z.Im-im)*(z.Im-im)
}
