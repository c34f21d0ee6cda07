package v29

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

// A Transmitter sends V.29.
type Transmitter struct {
	signal *qam.Transmitter
}

// tail is how many symbols of scrambled ones follow the data, to push them
// through receivers that need it; V.29 asks for none.
const tail = 12

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
	t := &Transmitter{qam.NewTransmitter(line, scrambler(), o.Level, m.power)}
	t.signal.Restart(qam.Transmission{
		EchoProtection: o.EchoProtection,
		Training:       m.all,
		Ones:           segment4,
		Tail:           tail,
		Encoder:        &encoder{levels: m.levels},
		BitsPerSymbol:  m.bits,
		Source:         source,
	})
	return t, nil
}

// Transmit implements modem.Transmitter.
func (t *Transmitter) Transmit(out []int16) int { return t.signal.Transmit(out) }

// encoder makes symbols of Q1 Q2 Q3 Q4, or of Q2 Q3 Q4 (V.29 Tables 1 and 2).
type encoder struct {
	levels int
	phase  uint8 // of the last symbol
}

// Encode implements qam.Encoder.
func (e *encoder) Encode(bits uint32) dsp.Point {
	e.phase = (e.phase + turns[bits&7]) & 7
	return phases[e.phase][bits>>3&1]
}
