package audio

import (
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/hdlc"
	"github.com/pagebridge/pagebridge/t38/modem/v21"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// hearing is what a Line listens with: V.21 always, beside it the fast modem
// that is armed, and for the tones of phase A until the procedure has begun. At
// most one of the two modems has the line: the one that was first sure.
type hearing struct {
	o *LineOptions

	tones *modem.ToneDetector // nil: phase A is over
	slow  slow
	fast  fast
	own   own

	receiving bool   // within receive: a modem is not changed under its own hands
	want      *armed // by arm, as soon as that may be done
}

func (h *hearing) init(o *LineOptions) {
	h.o = o
	h.tones = modem.NewToneDetector(h)
	h.slow.hearing, h.fast.hearing = h, h
	h.slow.receiver = v21.NewReceiver(&h.slow)
	h.slow.frames = hdlc.NewReceiver(&h.slow, hdlc.Limits{Gaps: maxGaps})
	h.fast.frames = hdlc.NewReceiver(&h.fast, hdlc.Limits{})
}

// maxGaps is how many bits of a frame of V.21 may be lost and found: those of 30
// ms.
const maxGaps = 9

func (h *hearing) receive(in []int16) { h.hear(in, true) }

// lose takes samples that are lost, and what may have been there.
func (h *hearing) lose(guess []int16) {
	h.fast.doubt = doubtFor
	h.hear(guess, false)
}

// hear takes samples that came, or guesses.
func (h *hearing) hear(in []int16, came bool) {
	h.receiving = true
	h.listen(in, came)
	h.receiving = false
	if h.want != nil && !h.fast.trained {
		h.fast.arm(*h.want)
		h.want = nil
	}
}

func (h *hearing) listen(in []int16, came bool) {
	h.own.pass(len(in))
	if h.tones != nil {
		h.tones.Receive(in)
	}
	if !h.fast.trained {
		give(h.slow.receiver, in, came)
	}
	if h.fast.receiver != nil && !h.slow.told {
		give(h.fast.receiver, in, came)
		h.fast.flush()
		if came {
			h.fast.doubt = max(0, h.fast.doubt-len(in))
		}
		h.fast.wait(len(in))
	}
}

func give(r modem.Receiver, in []int16, came bool) {
	if came {
		r.Receive(in)
	} else {
		r.Lose(in)
	}
}

// busy reports whether the other machine sends.
func (h *hearing) busy() bool { return h.slow.told || h.fast.trained }

// arm changes what is listened for. A signal under way is not cut.
func (h *hearing) arm(m t30.Modulation, c t30.Content, short bool) {
	a := armed{m, c, short}
	if h.receiving || h.fast.trained {
		h.want = &a
		return
	}
	h.want = nil
	h.fast.arm(a)
}

// ToneHeard implements modem.ToneSink.
func (h *hearing) ToneHeard(t modem.Tone) {
	heard := t30.CED
	if t == modem.CNG {
		heard = t30.CNG
	}
	if !h.own.sounded(heard) {
		h.o.Hear(t30.ToneHeard{Tone: heard})
	}
}

// ToneEnded implements modem.ToneSink.
func (h *hearing) ToneEnded(modem.Tone) {}

// slow is V.21 and its frames.
type slow struct {
	*hearing
	receiver *v21.Receiver
	frames   *hdlc.Receiver
	carrier  bool // something that sounds like V.21
	told     bool // flags or a frame: it is the procedure
}

// Status implements modem.Sink.
func (s *slow) Status(status modem.Status) {
	switch status {
	case modem.CarrierUp:
		s.carrier = true
		s.frames.Reset()
	case modem.CarrierDown:
		s.carrier = false
		s.frames.Reset()
		if s.told {
			s.told = false
			s.o.Hear(t30.CarrierDown{})
		}
	}
}

// Bit implements modem.Sink.
func (s *slow) Bit(bit byte) {
	if s.receiver.Guessed() {
		s.frames.Guess(bit)
		return
	}
	s.frames.Bit(bit)
}

// Flags implements hdlc.Sink: the preamble of T.30 5.3.1.
func (s *slow) Flags() {
	if s.told || !s.carrier {
		return
	}
	s.told = true
	s.tones = nil
	s.fast.abandon()
	s.o.Hear(t30.CarrierUp{Modulation: t30.V21})
}

// Frame implements hdlc.Sink.
func (s *slow) Frame(octets []byte, good bool) {
	if good && s.own.said(octets) {
		return
	}
	if good {
		s.Flags()
	}
	if s.told {
		s.o.Hear(t30.FrameReceived{Octets: octets, FCSOK: good})
	}
}

// armed is a fast signal that may come.
type armed struct {
	modulation t30.Modulation
	content    t30.Content
	short      bool
}

// fast is the fast modem that listens, and what it brings.
type fast struct {
	*hearing
	made     receivers
	receiver modem.Receiver // nil: none is armed
	armed    armed
	training bool // it has found the beginning of one

	trained bool
	failing int  // samples until a failed training is told; 0: none has failed
	told    bool // it has been

	doubt  int // samples until bits are of what came
	frames *hdlc.Receiver
	octet  byte
	bits   int
	octets []byte
}

// failTime is for how long a training that failed may still turn out to be
// V.21, which other modems cannot be sure of at once.
const failTime = modem.SampleRate / 4

// doubtFor is for how many samples behind lost ones the bits are wrong: for the
// length of the filters, the symbols that V.17 decides at once, and the scrambler.
const doubtFor = 30 * modem.SampleRate / 1000

func (f *fast) arm(a armed) {
	if f.armed == a && f.receiver != nil && f.failing == 0 && !f.told {
		return
	}
	f.armed, f.failing, f.told = a, 0, false
	f.receiver = f.made.get(a.modulation, a.short, f)
}

// abandon gives the line to V.21: what seemed to be a training was none.
func (f *fast) abandon() {
	f.failing, f.told = 0, false
	f.receiver = f.made.get(f.armed.modulation, f.armed.short, f)
}

// wait counts down to telling that a training failed.
func (f *fast) wait(n int) {
	if f.failing == 0 {
		return
	}
	if f.failing -= n; f.failing <= 0 {
		f.failing = 0
		if !f.slow.carrier {
			f.told = true
			f.o.Hear(t30.TrainingFailed{Modulation: f.armed.modulation})
		}
	}
}

// Status implements modem.Sink.
func (f *fast) Status(s modem.Status) {
	switch s {
	case modem.CarrierUp:
		f.training = true
		if f.o.Training != nil {
			f.o.Training(f.armed.modulation, f.armed.short)
		}
	case modem.Trained:
		f.training = false
		f.trained, f.failing, f.told = true, 0, false
		f.tones = nil
		f.frames.Reset()
		f.octets, f.bits = f.octets[:0], 0
		f.o.Hear(t30.CarrierUp{Modulation: f.armed.modulation})
	case modem.TrainingFailed:
		f.training = false
		if !f.told {
			f.failing = failTime
		}
	case modem.CarrierDown:
		f.down()
	}
}

func (f *fast) down() {
	failed := f.failing > 0 && !f.slow.carrier
	if failed {
		f.o.Hear(t30.TrainingFailed{Modulation: f.armed.modulation})
	}
	tell := f.trained || f.told || failed
	f.flush()
	f.trained, f.training, f.told, f.failing = false, false, false, 0
	if tell {
		f.o.Hear(t30.CarrierDown{})
	}
}

// Bit implements modem.Sink.
func (f *fast) Bit(bit byte) {
	if f.armed.content == t30.ContentECM {
		f.frames.Bit(bit)
		return
	}
	f.octet = f.octet<<1 | bit
	if f.bits++; f.bits == 8 {
		f.octets, f.bits = append(f.octets, f.octet), 0
	}
}

// flush tells of the octets that have come. Those of TCF that are the network's
// fault are not the modem's, which is what TCF tries.
func (f *fast) flush() {
	if len(f.octets) == 0 {
		return
	}
	if f.doubt > 0 && f.armed.content == t30.ContentTCF {
		f.o.Hear(t30.DataLost{Octets: len(f.octets)})
	} else {
		f.o.Hear(t30.DataReceived{Octets: f.octets})
	}
	f.octets = f.octets[:0]
}

// Flags implements hdlc.Sink.
func (f *fast) Flags() {}

// Frame implements hdlc.Sink.
func (f *fast) Frame(octets []byte, good bool) {
	f.o.Hear(t30.FrameReceived{Octets: octets, FCSOK: good})
}
