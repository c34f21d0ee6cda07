package v17

import (
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
	"github.com/pagebridge/pagebridge/t38/modem/internal/qam"
)

// A Receiver hears V.17 at one rate.
type Receiver struct {
	signal  *qam.Receiver
	decoder decoder
}

// NewReceiver makes a Receiver that waits for a long training at a rate in bit/s
// and tells sink. It fails when there is no such rate.
func NewReceiver(rate int, sink modem.Sink) (*Receiver, error) {
	r := new(Receiver)
	r.decoder.bits = qam.Bits{Sink: sink, Scrambler: scrambler()}
	r.signal = qam.NewReceiver(line, &r.decoder, sink)
	return r, r.Restart(rate, false)
}

// Restart makes the Receiver wait for a training at a rate; before a short one
// this Receiver must have heard a long one, at any rate. It fails, and changes
// nothing, when there is no such rate.
func (r *Receiver) Restart(rate int, short bool) error {
	m, err := modeOf(rate)
	if err != nil {
		return err
	}
	r.decoder.mode, r.decoder.slicer = m, m.slicer()
	t := qam.Training{A: corners[0], B: corners[1], Known: longKnown, Bridge: segment3, Points: m.points}
	if short {
		t.Known, t.Bridge, t.Short = shortKnown, 0, true
	}
	r.signal.Restart(t)
	return nil
}

// Receive implements modem.Receiver.
func (r *Receiver) Receive(samples []int16) { r.signal.Receive(samples) }

// Lose implements modem.Receiver.
func (r *Receiver) Lose(guess []int16) { r.signal.Lose(guess) }

// decoder makes bits of symbols.
type decoder struct {
	mode      *mode
	slicer    *slicer
	bits      qam.Bits
	viterbi   viterbi
	undecided int   // symbols
	quarter   uint8 // of the last symbol that was decided
}

// Start implements qam.Decoder.
func (d *decoder) Start() {
	d.viterbi.start()
	d.undecided, d.quarter = 0, 0
	d.bits.Start(segment4 * d.mode.bits)
}

// Decide implements qam.Decoder.
func (d *decoder) Decide(z dsp.Point) (dsp.Point, bool) {
	var distance [8]int32
	points := d.slicer.nearest(z, &distance)
	sent := d.viterbi.put(points, &distance)
	ok := true
	if d.undecided++; d.undecided == memory {
		ok = d.tell(depth)
	}
	return d.mode.points[sent], ok
}

// End implements qam.Decoder.
func (d *decoder) End() { d.tell(0) }

// tell gives the bits of what can be decided when so many symbols are left.
func (d *decoder) tell(leave int) bool {
	var points [memory]uint8
	decided := d.viterbi.decide(&points, d.undecided, leave)
	d.undecided = leave
	for _, p := range decided {
		quarter := quarters[p>>1&1<<1|p>>2&1]
		q12 := pairs[(quarter-d.quarter)&3]
		d.quarter = quarter
		ok := d.bits.Put(q12>>1) && d.bits.Put(q12)
		for i := range d.mode.bits - 2 {
			ok = ok && d.bits.Put(p>>(3+i))
		}
		if !ok {
			return false
		}
	}
	return true
}
