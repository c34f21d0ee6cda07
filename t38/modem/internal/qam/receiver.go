package qam

import (
	"math"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
)

const (
	blockLength = 40 // samples: 5 ms
	blockMillis = 1000 * blockLength / modem.SampleRate

	// Levels in dBm0 at which a signal is taken up and given up.
	levelOn, levelOff = -45.0, -48.0
)

// A Receiver hears one modem.
type Receiver struct {
	// Set at construction and by Restart.
	line         Line
	training     Training
	decoder      Decoder
	sink         modem.Sink
	carrierShare float32
	suspect      float32 // error of a symbol, squared

	block  [blockLength]int16 // samples that are not yet heard
	filled int
	lost   bool               // some of them
	before [blockLength]int16 // the block heard last
	blind  int                // symbols are made of lost samples for so many blocks to come

	state func(*Receiver, dsp.Point) // takes a sample of the envelope; nil: silence
	level level
	heard bool // CarrierUp was said, and no CarrierDown since

	path
	mending mending

	seek     seek
	trainer  trainer
	data     data
	restored memory
}

// path is what the samples go through until they are symbols.
type path struct {
	front     dsp.Front
	timing    dsp.Timing
	equaliser dsp.Equaliser
	carrier   dsp.Carrier
	odd       bool // the next sample of the envelope is between two symbols
}

// NewReceiver makes a Receiver that has to be started by Restart.
func NewReceiver(line Line, decoder Decoder, sink modem.Sink) *Receiver {
	r := &Receiver{line: line, decoder: decoder, sink: sink}
	r.front = *dsp.NewFront(line.Carrier, line.Baud, line.Rolloff)
	return r
}

// Restart makes the Receiver wait for a training. What it has learnt from the
// last long one it keeps.
func (r *Receiver) Restart(t Training) {
	r.training = t
	mean, swing := t.A.Add(t.B).Scale(0.5).Power(), t.A.Sub(t.B).Scale(0.5).Power()
	r.carrierShare = mean / (mean + swing/2)
	r.suspect = suspicious * spacing(t.Points)
	r.state, r.heard, r.data = nil, false, data{}
	r.filled, r.lost, r.blind = 0, false, 0
	r.before = [blockLength]int16{}
	r.level = level{}
}

// blindFor is for how many blocks lost samples are in what the front and the
// equaliser make symbols of.
const blindFor = 4

// Lose implements modem.Receiver.
func (r *Receiver) Lose(guess []int16) {
	for len(guess) > 0 {
		n := copy(r.block[r.filled:], guess)
		if r.data.decoding {
			// Silence moves neither clock nor carrier.
			clear(r.block[r.filled:][:n])
		}
		guess = guess[n:]
		r.lost = true
		if r.filled += n; r.filled == blockLength {
			r.hearBlock()
		}
	}
}

// Receive implements modem.Receiver.
func (r *Receiver) Receive(samples []int16) {
	for len(samples) > 0 {
		if r.filled == 0 && len(samples) >= blockLength {
			r.hear(samples[:blockLength])
			samples = samples[blockLength:]
			continue
		}
		n := copy(r.block[r.filled:], samples)
		samples = samples[n:]
		if r.filled += n; r.filled == blockLength {
			r.hearBlock()
		}
	}
}

// hearBlock takes the block that has been filled piece by piece.
func (r *Receiver) hearBlock() {
	lost := r.lost
	r.filled, r.lost = 0, false
	if lost && r.data.decoding {
		r.miss()
		return
	}
	r.hear(r.block[:])
}

// miss lets a block of data pass that is not all of what was sent, and says
// nothing of the level.
func (r *Receiver) miss() {
	r.blind = blindFor
	r.mending.forget()
	r.before = r.block
	r.pass(r.block[:])
}

// sees tells whether what is heard is the signal and not what is in its place.
func (r *Receiver) sees() bool { return r.blind == 0 && !r.level.away() }

// hear takes a block.
func (r *Receiver) hear(block []int16) {
	r.blind = max(r.blind-1, 0)
	event := r.level.put(dsp.Power(block))
	if r.state == nil {
		if event != rises {
			copy(r.before[:], block)
			return
		}
		r.begin()
		r.pass(r.before[:]) // the signal may have begun in it
	}
	copy(r.before[:], block)
	if event == falls {
		r.end()
		return
	}
	r.mending.before(&r.path, block)
	r.pass(block)
	if r.data.decoding && r.sees() {
		r.mend()
	}
}

func (r *Receiver) pass(block []int16) {
	r.front.Feed(block)
	for {
		x, ok := r.front.Next()
		if !ok || r.state == nil {
			return
		}
		r.state(r, x)
	}
}

// begin prepares for the signal that has been noticed.
func (r *Receiver) begin() {
	r.front.Reset()
	r.lookOut()
}

// lookOut waits for alternations.
func (r *Receiver) lookOut() {
	r.front.Tune(float64(r.line.Carrier))
	r.front.SetGain(1)
	r.seek = seek{}
	r.state = (*Receiver).look
}

// end is called when the signal is over.
func (r *Receiver) end() {
	if r.data.decoding {
		r.decoder.End()
	}
	r.data.decoding = false
	if r.heard {
		r.sink.Status(modem.CarrierDown)
	}
	r.heard, r.state = false, nil
}

// up says that a signal is there, unless that was said.
func (r *Receiver) up() {
	if !r.heard {
		r.heard = true
		r.sink.Status(modem.CarrierUp)
	}
}

// fail gives the signal up. Another one, with alternations of its own, may yet
// come without a pause.
func (r *Receiver) fail() {
	r.data.decoding = false
	r.lookOut()
	r.seek.failed = true
	r.level.forget()
	r.up()
	r.sink.Status(modem.TrainingFailed)
}

// power is that of a sine of a level in dBm0.
func power(level float64) float32 {
	a := modem.Amplitude(level)
	return float32(a * a / 2)
}

// radians gives those in a sample of the envelope at a frequency.
func (r *Receiver) radians(hertz float64) float64 {
	return 2 * math.Pi * hertz / float64(2*r.line.Baud)
}
