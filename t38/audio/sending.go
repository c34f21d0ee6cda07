package audio

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/hdlc"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// sending is what a Line has to send: signals, one after the other.
type sending struct {
	queue []*transmission
	last  *transmission // the one that may still grow; nil: none
}

// transmission is one signal on its way out.
type transmission struct {
	pause   int // samples of silence before it
	begun   bool
	isTone  bool
	tone    t30.Tone
	samples modem.Transmitter
	frames  *hdlc.Transmitter // where its bits come from, one of these two
	octets  *octets
	rate    int
}

// Flags around frames.
const (
	preamble     = time.Second            // of V.21 (T.30 5.3.1)
	fastPreamble = 200 * time.Millisecond // before a partial page (T.4 Annex A)
	closing      = 3                      // flags behind the last frame
)

// loud reports whether something is being sent that drowns what comes. Silence
// before a signal does not, nor does a tone: T.30 listens during CNG.
func (s *sending) loud() bool {
	return len(s.queue) > 0 && s.queue[0].begun && !s.queue[0].isTone
}

// comes reports whether a signal comes next that has not begun.
func (s *sending) comes() bool {
	return len(s.queue) > 0 && !s.queue[0].begun && !s.queue[0].isTone
}

// toneNow gives the tone that is being sent.
func (s *sending) toneNow() (tone t30.Tone, on bool) {
	if len(s.queue) == 0 || !s.queue[0].begun || !s.queue[0].isTone {
		return 0, false
	}
	return s.queue[0].tone, true
}

// cut forgets all that is to be sent.
func (s *sending) cut() { s.queue, s.last = nil, nil }

// endTone ends a tone that is being sent.
func (s *sending) endTone() {
	if len(s.queue) > 0 && s.queue[0].isTone {
		s.queue = s.queue[1:]
	}
}

func (s *sending) put(t *transmission, pause time.Duration) {
	t.pause = samples(pause)
	s.queue = append(s.queue, t)
}

func (s *sending) tone(t t30.Tone, level float64, pause, duration time.Duration) {
	tone := modem.CNG
	if t == t30.CED {
		tone = modem.CED
	}
	s.put(&transmission{isTone: true, tone: t, samples: modem.NewToneTransmitter(tone, level, duration)}, pause)
}

// carrier begins a signal, which done ends.
func (s *sending) carrier(m t30.Modulation, short bool, o LineOptions, pause time.Duration) {
	t := &transmission{frames: &hdlc.Transmitter{}, octets: &octets{}, rate: m.Rate()}
	t.samples = newTransmitter(m, short, t, o)
	if t.samples == nil {
		return
	}
	s.put(t, pause)
	s.last = t
}

// NextBit implements modem.Source: what came first decides whether the signal
// is in HDLC.
func (t *transmission) NextBit() (byte, bool) {
	if t.octets.used {
		return t.octets.NextBit()
	}
	return t.frames.NextBit()
}

func (s *sending) frame(octets []byte, good bool) {
	if s.last == nil {
		return
	}
	s.last.frames.Append(octets)
	s.last.frames.EndFrame(good)
}

func (s *sending) data(octets []byte) {
	if s.last == nil {
		return
	}
	s.last.octets.used = true
	s.last.octets.data = append(s.last.octets.data, octets...)
}

func (s *sending) done() {
	if s.last == nil {
		return
	}
	s.last.frames.End(closing)
	s.last.octets.ended = true
	s.last = nil
}

// fill makes samples. It reports whether the last signal has ended with them.
func (s *sending) fill(out []int16) (done bool) {
	for len(out) > 0 {
		if len(s.queue) == 0 {
			clear(out)
			return done
		}
		t := s.queue[0]
		if t.pause > 0 {
			n := min(t.pause, len(out))
			clear(out[:n])
			out = out[n:]
			t.pause -= n
			continue
		}
		t.begun = true
		n := t.samples.Transmit(out)
		if n < len(out) {
			s.queue = s.queue[1:]
			done = len(s.queue) == 0
		}
		out = out[n:]
	}
	return done
}

// octets is a source of bits outside HDLC.
type octets struct {
	data  []byte
	n     int // bits sent
	used  bool
	ended bool
}

// NextBit implements modem.Source.
func (o *octets) NextBit() (byte, bool) {
	if o.n>>3 >= len(o.data) {
		return 0, !o.ended
	}
	bit := o.data[o.n>>3] >> (7 - o.n&7) & 1
	if o.n++; o.n == 8*keep && !o.ended {
		o.data, o.n = append(o.data[:0], o.data[keep:]...), 0
	}
	return bit, true
}

// keep is how many octets that have been sent are kept while more may come.
const keep = 4096
