package qam

import (
	"math"

	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
)

// seek waits for the alternations, and watches them until they end.
type seek struct {
	now, last tones
	alike     int  // blocks of alternations in a row
	foreign   int  // blocks of something else
	failed    bool // TrainingFailed was said for what is heard

	turned dsp.Point // sum of tones.since
	power  float32   // of the envelope, smoothed
	blocks int

	// The envelope of the last blocks; that is where the alternations' end is.
	recent [2 * blockSamples]dsp.Point
}

const (
	maxForeign  = 14 // blocks: 90 ms at 2400 baud
	maxOffset   = 15.0
	foundBlocks = 2 // but 1 where there are Few
)

// look takes a sample while there are no alternations yet.
func (r *Receiver) look(x dsp.Point) {
	s := &r.seek
	s.now.put(x)
	if !s.now.full() {
		return
	}
	switch {
	case s.now.alternating(r.carrierShare):
		s.alike++
		s.foreign = 0
	case s.now.onlyCarrier(), s.now.energy > 4*s.last.energy:
		// A signal begins, after noise that was as loud as some signals are.
		s.alike, s.foreign = 0, 0
	default:
		s.alike = 0
		s.foreign++
	}
	enough := foundBlocks
	if r.training.Few {
		enough = 1
	}
	if s.alike >= enough && math.Abs(r.offset(s.now.since(&s.last))) < maxOffset {
		r.found()
		return
	}
	s.last, s.now = s.now, tones{}
	switch {
	case s.foreign <= maxForeign || s.failed:
	case r.level.unknown:
		// No signal has begun since the Restart: this is the line's noise.
		r.level.isBackground()
		r.state = nil
	default:
		r.fail()
	}
}

// offset is the frequency in Hz at which the carrier turns that has turned so
// far in a block.
func (r *Receiver) offset(turned dsp.Point) float64 {
	return turned.Phase() / (2 * math.Pi) * float64(2*r.line.Baud) / blockSamples
}

// found sets the clock by the alternations and goes on watching them.
func (r *Receiver) found() {
	s := &r.seek
	if s.failed {
		s.failed = false
		r.end() // of the signal that was foreign
		r.level.present = true
	}
	r.up()
	late := s.now.clock().Phase() / (2 * math.Pi)
	r.front.Shift(-late * 8000 / float64(r.line.Baud))
	r.timing.Reset()
	r.odd = false
	r.seek = seek{}
	r.state = (*Receiver).settle
}

// settle takes a sample of alternations. The clock is right, so every other one
// is a symbol.
func (r *Receiver) settle(x dsp.Point) {
	s := &r.seek
	r.clock(x)
	copyAt := blockSamples + s.now.n
	s.recent[copyAt] = x
	s.now.put(x)
	if !s.now.full() {
		return
	}
	if s.blocks > 0 && !s.goesOn() {
		r.settled()
		return
	}
	if s.blocks > 0 {
		s.turned = s.turned.Add(s.now.since(&s.last))
	}
	s.power = s.now.energy / blockSamples
	s.blocks++
	copy(s.recent[:], s.recent[blockSamples:])
	s.last, s.now = s.now, tones{}
	if s.blocks > 4*60 {
		r.fail() // a second of it: no modem's
	}
}

// goesOn tells whether this block is still of the same alternations as the one
// before.
func (s *seek) goesOn() bool {
	c, u, l := s.now.shares()
	if c+u+l < pureShare {
		return false
	}
	// Known symbols that begin with the same pattern have another phase.
	p := s.now.since(&s.last)
	return p.Re > 0.5*float32(math.Sqrt(float64(p.Power())))
}

// settled is called when the alternations have ended somewhere in the last
// block.
func (r *Receiver) settled() {
	s := &r.seek
	offset := 0.0
	if s.blocks > 1 {
		offset = r.offset(s.turned)
	}
	r.collect(offset, s.power)
}

// clock takes a sample for the timing and moves the instants, unless the signal
// is away; it tells whether the sample is a symbol's.
func (r *Receiver) clock(x dsp.Point) bool {
	speed := float32(timeFast)
	switch {
	case !r.sees():
		speed = 0
	case r.data.decoding:
		speed = timeSlow
	}
	return r.path.clock(x, r.line.Baud, speed)
}

// clock takes a sample for the timing and moves the instants at a speed; it tells
// whether the sample is a symbol's.
func (p *path) clock(x dsp.Point, baud int, speed float32) bool {
	p.odd = !p.odd
	if !p.odd {
		p.timing.PutBetween(x)
		return false
	}
	p.timing.Put(x)
	p.front.Shift(p.timing.Adjust(speed) * 8000 / float64(baud))
	return true
}
