package v21

import "github.com/pagebridge/pagebridge/t38/modem"

const (
	// quarter is a quarter of a bit in samples; the clock keeps one within these
	// bounds.
	quarter    = modem.SampleRate / (4.0 * rate)
	maxQuarter = 12
	minQuarter = 3
)

// A Receiver hears V.21 on a line that may carry anything.
type Receiver struct {
	sink modem.Sink

	// The quarter that is being taken: its correlations, the power of the line,
	// and how many samples it lacks.
	sum    waves
	power  float32
	x1, x2 float32 // the samples before
	lacks  int
	lost   int // samples of it that were not heard
	wave   int // the next sample's place in reference

	guessed  bool // the bit that is told
	quarters quarters
	clock    clock
	bits     decision
	carrier  carrier
}

// NewReceiver makes a Receiver that tells sink.
func NewReceiver(sink modem.Sink) *Receiver {
	return &Receiver{sink: sink, lacks: minQuarter}
}

// Receive implements modem.Receiver.
func (r *Receiver) Receive(samples []int16) {
	for len(samples) > 0 {
		n := min(r.lacks, len(samples))
		r.correlate(samples[:n])
		samples = samples[n:]
		r.wave += n
		if r.lacks -= n; r.lacks == 0 {
			r.quarterDone()
		}
	}
}

// Lose implements modem.Receiver. The samples count as silence.
func (r *Receiver) Lose(guess []int16) {
	for left := len(guess); left > 0; {
		n := min(r.lacks, left)
		left -= n
		r.wave += n
		r.lost += n
		if r.lacks -= n; r.lacks == 0 {
			r.quarterDone()
		}
	}
}

// Guessed tells, while the Sink is told a bit, that most of it was lost.
func (r *Receiver) Guessed() bool { return r.guessed }

// correlate takes at most maxQuarter samples. The power is that of each sample
// less the one before the last: that leaves out direct current and hum, and is
// nearly flat around both tones.
func (r *Receiver) correlate(samples []int16) {
	ref := reference[r.wave:][:len(samples)]
	sum, power, x1, x2 := r.sum, r.power, r.x1, r.x2
	for i, s := range samples {
		x, w := float32(s), &ref[i]
		sum.spaceRe += x * w.spaceRe
		sum.spaceIm += x * w.spaceIm
		sum.markRe += x * w.markRe
		sum.markIm += x * w.markIm
		power += (x - x2) * (x - x2)
		x1, x2 = x, x1
	}
	r.sum, r.power, r.x1, r.x2 = sum, power, x1, x2
}

func (r *Receiver) quarterDone() {
	r.wave %= period
	now := r.quarters.put(r.sum, r.power, r.lost)
	r.sum, r.power, r.lost = waves{}, 0, 0
	if now.lost > 0 {
		r.lacks = r.clock.coast()
	} else {
		r.lacks = r.clock.next(now.lean(), r.carrier.up)
	}
	if !r.clock.bitEnds() {
		return
	}
	r.guessed = 2*float64(r.bits.now.lost) > samplesPerBit
	bit := r.bits.decide(now, difference[r.wave%shift])
	r.carrier.hear(now, bit, r.clock.steady() && r.bits.continues())
	r.tell(bit)
}

// tell passes on what the carrier and the bit are. With the carrier come the
// bits by which it was recognised.
func (r *Receiver) tell(bit byte) {
	was := r.carrier.up
	r.carrier.decide()
	switch {
	case was && !r.carrier.up:
		r.sink.Status(modem.CarrierDown)
	case was:
		r.sink.Bit(bit)
	case r.carrier.up:
		r.guessed = false
		r.sink.Status(modem.CarrierUp)
		r.sink.Status(modem.Trained)
		for i := remembered - 1; i >= 0; i-- {
			r.sink.Bit(byte(r.carrier.history >> i & 1))
		}
	}
}
