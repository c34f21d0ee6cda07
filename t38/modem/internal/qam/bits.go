package qam

import (
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
)

// Bits takes the bits of a signal off the line, from the scrambled ones that end
// the training on, and tells the sink of them.
type Bits struct {
	Sink      modem.Sink
	Scrambler dsp.Scrambler

	ones         int // bits of the training that are still to come
	right, wrong int
}

// uncertain bits are not judged: the descrambler must fill, and some modems
// begin with another state of it.
const uncertain = 24

// Start says how many bits of scrambled ones come first.
func (b *Bits) Start(ones int) {
	b.ones, b.right, b.wrong = ones, -uncertain, 0
	b.Scrambler.Register = 0
}

// Put takes a bit off the line. It is false when the ones were no ones, that is,
// when this is not the modem or the rate.
func (b *Bits) Put(bit byte) bool {
	bit = b.Scrambler.Descramble(bit & 1)
	if b.ones == 0 {
		b.Sink.Bit(bit)
		return true
	}
	if b.ones--; bit == 1 || b.right < 0 {
		b.right++
	} else {
		b.wrong++
	}
	if b.ones > 0 {
		return true
	}
	if b.wrong > b.right/3 {
		return false
	}
	b.Sink.Status(modem.Trained)
	return true
}
