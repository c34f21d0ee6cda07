package v27ter

import (
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
	"github.com/pagebridge/pagebridge/t38/modem/internal/qam"
)

// Options are those of a Transmitter. The zero value is good.
type Options struct {
	// Level in dBm0; 0 means -13.
	Level float64
	// EchoProtection sends 190 ms of carrier and a silence before the training.
	EchoProtection bool
}

// A Transmitter sends V.27 ter.
type Transmitter struct {
	*qam.Transmitter
}

// tail is how many symbols of scrambled ones follow the data: 5 to 10 ms (V.27
// ter).
const tail = 11

// NewTransmitter makes a Transmitter of one transmission: the training at a rate
// in bit/s, then source's bits. It fails when there is no such rate.
func NewTransmitter(rate int, source modem.Source, o Options) (*Transmitter, error) {
	m, err := modeOf(rate)
	if err != nil {
		return nil, err
	}
	if o.Level == 0 {
		o.Level = modem.DefaultLevel
	}
	// A scrambler of two equal taps does nothing: encoder has one of its own.
	t := &Transmitter{qam.NewTransmitter(m.line, dsp.NewScrambler(1, 1), o.Level, 1)}
	t.Restart(qam.Transmission{
		EchoProtection: o.EchoProtection,
		Training:       training,
		Ones:           segment5,
		Tail:           tail,
		Encoder:        &encoder{mode: m, phase: lastPhase, scrambler: trained},
		BitsPerSymbol:  m.bits,
		Source:         source,
	})
	return t, nil
}

// encoder scrambles the bits of a symbol and turns the phase by them.
type encoder struct {
	*mode
	scrambler scrambler
	phase     uint8
}

// Encode implements qam.Encoder.
func (e *encoder) Encode(bits uint32) dsp.Point {
	var line uint8
	for i := e.bits - 1; i >= 0; i-- {
		line = line<<1 | e.scrambler.scramble(byte(bits>>i&1))
	}
	e.phase = (e.phase + e.turns[line]) & 7
	return phases[e.phase]
}
