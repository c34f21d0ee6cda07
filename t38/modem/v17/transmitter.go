package v17

import (
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/qam"
)

// Options are those of a Transmitter. The zero value is good.
type Options struct {
	// Level in dBm0; 0 means -13.
	Level float64
	// EchoProtection sends 190 ms of carrier and a silence before the training.
	EchoProtection bool
}

// A Transmitter sends V.17.
type Transmitter struct {
	signal *qam.Transmitter
}

// NewTransmitter makes a Transmitter of one transmission: the training at a rate
// in bit/s, long or short, then source's bits. It fails when there is no such
// rate.
func NewTransmitter(rate int, short bool, source modem.Source, o Options) (*Transmitter, error) {
	m, err := modeOf(rate)
	if err != nil {
		return nil, err
	}
	if o.Level == 0 {
		o.Level = modem.DefaultLevel
	}
	t := &Transmitter{qam.NewTransmitter(line, scrambler(), o.Level, m.power)}
	training := longAll
	if short {
		training = shortAll
	}
	t.signal.Restart(qam.Transmission{
		EchoProtection: o.EchoProtection,
		Training:       training,
		Ones:           segment4,
		Tail:           tail,
		Encoder:        &encoder{mode: m},
		BitsPerSymbol:  m.bits,
		Source:         source,
	})
	return t, nil
}

// Transmit implements modem.Transmitter.
func (t *Transmitter) Transmit(out []int16) int { return t.signal.Transmit(out) }
