package v21

import (
	"math/bits"

	"github.com/pagebridge/pagebridge/t38/modem"
)

// carrier tells V.21 from everything else.
type carrier struct {
	up      bool
	history uint32  // of bits, the newest the lowest
	tone    float32 // of the stronger tone in each bit, smoothed
	power   float32 // of the line, smoothed likewise
	weak    int     // bits that were not of this carrier, less those that were
	steady  bool
	bit     correlation // the last one
}

const (
	// judged bits tell a carrier; remembered ones of them come with it, and not
	// more, for the first may be older than the signal.
	judged, remembered = 24, 16

	// A pure tone has this share of the power that Receiver.correlate measures,
	// taken as |correlation|² (N samples of amplitude A give A²N²/4) over power
	// (near 1750 Hz 1.9 A²N).
	samplesPerBit = 4 * quarter
	wholeShare    = samplesPerBit / 7.6

	// Shares of the tones in the power of the line. Noise in the whole band at
	// the power of the carrier leaves 0.7, and without carrier makes 0.2.
	clearShare = 0.75 // with changes by the clock, in phase, this is a carrier
	flagShare  = 0.38 // with three flags in a row too
	weakShare  = 0.35

	gone = 8 // weak bits
)

// Levels where the carrier is taken up and given up. V.21 asks for -43 and -48
// dBm0 at most.
var upTone, downTone = tonePower(-45.5), tonePower(-48)

func tonePower(level float64) float32 {
	c := modem.Amplitude(level) * samplesPerBit / 2
	return float32(c * c)
}

func (c *carrier) hear(bit correlation, decided byte, steady bool) {
	c.history = c.history<<1 | uint32(decided)
	c.bit, c.steady = bit, steady
}

// decide tells after each bit whether there is a carrier.
func (c *carrier) decide() {
	if c.bit.lost > 0 && c.up {
		return
	}
	tone := max(square(c.bit.space), square(c.bit.mark))
	c.tone += (tone - c.tone) / 8
	c.power += (c.bit.power - c.power) / 8
	if !c.up {
		c.up = c.tone > upTone && c.alike()
		c.weak = 0
		return
	}
	if tone < weakShare*wholeShare*c.bit.power || tone < c.tone/16 || tone < downTone {
		c.weak++
	} else if c.weak > 0 {
		c.weak--
	}
	if c.weak == gone {
		*c = carrier{} // what was heard is no proof of another carrier
	}
}

// alike tells whether the last bits are of V.21: the tones make up most of what
// is on the line, and change by the clock; for a signal in noise, that they are
// flags.
func (c *carrier) alike() bool {
	share := c.tone / (wholeShare * c.power)
	if share < flagShare {
		return false
	}
	const mask = 1<<judged - 1
	changes := bits.OnesCount32((c.history ^ c.history>>1) & (mask >> 1))
	return share > clearShare && c.steady && changes >= 6 || flags(c.history)
}

// flags tells whether the last 24 bits are three flags, wherever they begin.
func flags(history uint32) bool {
	h := uint8(history)
	if uint8(history>>8) != h || uint8(history>>16) != h {
		return false
	}
	return bits.OnesCount8(h) == 6 && bits.OnesCount8(h^bits.RotateLeft8(h, 1)) == 2
}
