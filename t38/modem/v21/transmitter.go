package v21

import (
	"math"

	"github.com/pagebridge/pagebridge/t38/modem"
)

// A Transmitter makes the samples of one transmission.
type Transmitter struct {
	source modem.Source
	wave   [waveLength]int16
	phase  uint32 // a turn is 1<<32
	step   uint32
	clock  int // in 1/(rate*samples a second)
	ended  bool
}

const waveBits, waveLength = 10, 1 << 10

var steps = [2]uint32{step(space), step(mark)}

func step(hertz float64) uint32 { return uint32(hertz / modem.SampleRate * (1 << 32)) }

// NewTransmitter makes a Transmitter of source's bits at a level in dBm0; 0 means
// -13. The signal ends with the last of them.
func NewTransmitter(source modem.Source, level float64) *Transmitter {
	if level == 0 {
		level = modem.DefaultLevel
	}
	t := &Transmitter{source: source}
	amplitude := min(modem.Amplitude(level), math.MaxInt16)
	for i := range t.wave {
		t.wave[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*(float64(i)+0.5)/waveLength)))
	}
	return t
}

// Transmit implements modem.Transmitter.
func (t *Transmitter) Transmit(out []int16) int {
	for i := range out {
		if t.clock -= rate; t.clock < 0 {
			if !t.next() {
				return i
			}
		}
		out[i] = t.wave[t.phase>>(32-waveBits)]
		t.phase += t.step
	}
	return len(out)
}

func (t *Transmitter) next() bool {
	if t.ended {
		return false
	}
	bit, more := t.source.NextBit()
	if !more {
		t.ended, t.clock = true, 0
		return false
	}
	t.step = steps[bit&1]
	t.clock += modem.SampleRate
	return true
}
