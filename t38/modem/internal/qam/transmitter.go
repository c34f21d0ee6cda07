package qam

import (
	"math"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
)

// An Encoder makes symbols of scrambled bits.
type Encoder interface {
	// Encode takes so many bits as a symbol has, the first of them the most
	// significant.
	Encode(bits uint32) dsp.Point
}

// A Transmission is what a Transmitter sends.
type Transmission struct {
	// EchoProtection sends a carrier and a silence first, so that echo
	// suppressors let the training through.
	EchoProtection bool
	// Training is everything before the scrambled ones.
	Training []dsp.Point
	// Ones is the number of symbols of scrambled ones at the training's end, Tail
	// that after the last bit.
	Ones, Tail int

	Encoder       Encoder
	BitsPerSymbol int
	Source        modem.Source
}

// T.30 takes these from V.29 and V.27ter: 185 to 200 ms of carrier, 20 to 25 ms
// of silence.
const (
	echoCarrier = 0.190 // seconds
	echoSilence = 0.022
)

// A Transmitter sends Transmissions.
type Transmitter struct {
	modulator *dsp.Modulator
	scrambler dsp.Scrambler
	baud      int
	unit      dsp.Point // a symbol of power 1

	Transmission
	carrier, silence int // symbols of echo protection to come
	sent             int // symbols of Training
	ones             int
	tail             bool // the Source has ended
}

// NewTransmitter makes a Transmitter; it sends at a level in dBm0 symbols that
// have a mean power.
func NewTransmitter(line Line, scrambler dsp.Scrambler, level float64, power float32) *Transmitter {
	amplitude := modem.Amplitude(level) / math.Sqrt(float64(power))
	return &Transmitter{
		modulator: dsp.NewModulator(line.Carrier, line.Baud, line.Rolloff, amplitude),
		scrambler: scrambler,
		baud:      line.Baud,
		unit:      dsp.Point{Re: float32(math.Sqrt(float64(power)))},
	}
}

// Restart begins a Transmission.
func (t *Transmitter) Restart(x Transmission) {
	t.Transmission = x
	t.carrier, t.silence = 0, 0
	if x.EchoProtection {
		t.carrier, t.silence = int(echoCarrier*float64(t.baud)), int(echoSilence*float64(t.baud))
	}
	t.sent, t.ones, t.tail = 0, x.Ones, false
	t.scrambler.Register = 0
	t.modulator.Restart(t)
}

// Transmit implements modem.Transmitter.
func (t *Transmitter) Transmit(out []int16) int { return t.modulator.Modulate(out) }

// NextSymbol implements dsp.Symbols.
func (t *Transmitter) NextSymbol() (dsp.Point, bool) {
	switch {
	case t.carrier > 0:
		t.carrier--
		return t.unit, true
	case t.silence > 0:
		t.silence--
		return dsp.Point{}, true
	case t.sent < len(t.Training):
		t.sent++
		return t.Training[t.sent-1], true
	case t.ones > 0:
		t.ones--
		return t.encode(), true
	case t.tail:
		return dsp.Point{}, false
	}
	return t.data(), true
}

// encode makes a symbol of scrambled ones.
func (t *Transmitter) encode() dsp.Point {
	var bits uint32
	for range t.BitsPerSymbol {
		bits = bits<<1 | uint32(t.scrambler.Scramble(1))
	}
	return t.Encoder.Encode(bits)
}

// data makes a symbol of the Source's bits, and of ones when they have ended.
func (t *Transmitter) data() dsp.Point {
	var bits uint32
	for range t.BitsPerSymbol {
		bit := byte(1)
		if !t.tail {
			var more bool
			if bit, more = t.Source.NextBit(); !more {
				bit, t.tail, t.ones = 1, true, t.Tail
			}
		}
		bits = bits<<1 | uint32(t.scrambler.Scramble(bit&1))
	}
	return t.Encoder.Encode(bits)
}
