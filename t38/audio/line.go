package audio

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// Line is the modems of one fax machine at its end of a telephone line: it sends
// signals and hears the other machine's, in samples. It is pure; its time is the
// count of samples.
//
//	Send, Tone, Carrier, Frame, Data, Done ──▶ transmission ──▶ Transmit
//	hear ◀── V.21, the fast modem of Listen, tones ◀─────────── Receive
//
// The line is half duplex: while this side sends more than a tone, what comes is
// its own echo and not listened to.
type Line struct {
	o       LineOptions
	sending sending
	hearing hearing
	silence []int16
	waited  int // samples for which a signal has waited
	deaf    int // samples to come that are not listened to
}

// LineOptions is how a Line sends, and whom it tells what it hears.
type LineOptions struct {
	Level          float64 // dBm0; 0: modem.DefaultLevel
	EchoProtection bool    // before each fast training

	// Hear is told what comes from the line, and that what was sent has left
	// (TransmitDone). Octets in events are valid only during the call.
	Hear func(t30.Event)
	// Training, if not nil, is told that a fast modem has found the beginning of
	// a training: CarrierUp or TrainingFailed follows, later.
	Training func(m t30.Modulation, short bool)
}

// NewLine makes a silent line.
func NewLine(o LineOptions) *Line {
	if o.Level == 0 {
		o.Level = modem.DefaultLevel
	}
	l := &Line{o: o}
	l.hearing.init(&l.o)
	return l
}

// Transmit makes the next samples to send, silence when there is nothing to say.
func (l *Line) Transmit(out []int16) {
	if l.waits(len(out)) {
		clear(out)
		return
	}
	if l.sending.fill(out) {
		l.o.Hear(t30.TransmitDone{})
	}
}

// waits reports whether the next signal has to wait for the end of the other
// machine's, so many samples more: the silence before it counts from there
// (T.30). What wants to be said after a frame is known before the flags behind
// that are over.
func (l *Line) waits(n int) bool {
	if !l.sending.comes() || !l.hearing.busy() {
		l.waited = 0
		return false
	}
	l.waited += n
	return l.waited <= samples(patience)
}

// patience is for how long the other machine may send behind its last frame.
const patience = 2 * time.Second

// Receive takes the next samples that have come.
func (l *Line) Receive(in []int16) {
	if l.sending.loud() {
		l.deaf = samples(echoTail) + len(in)
		l.hearing.own.sending()
	}
	if tone, on := l.sending.toneNow(); on {
		l.hearing.own.sounding(tone)
	}
	if l.deaf > 0 {
		l.deaf -= len(in)
		for len(l.silence) < len(in) {
			l.silence = append(l.silence, 0)
		}
		in = l.silence[:len(in)]
	}
	l.hearing.receive(in)
}

// Lose takes as many samples as guess has, which the network has lost, and may
// have been what guess is.
func (l *Line) Lose(guess []int16) {
	if l.sending.loud() || l.deaf > 0 {
		l.Receive(guess)
		return
	}
	l.hearing.lose(guess)
}

// echoTail is for how long after a signal of ours its echo is expected. The other
// machine answers after 75 ms - 20 ms at the earliest (T.30).
const echoTail = 50 * time.Millisecond

// Busy reports whether the other machine's carrier is on the line.
func (l *Line) Busy() bool {
	h := &l.hearing
	return h.slow.carrier || h.fast.training || h.fast.trained
}

// Listen says which fast signal may come; V.21 may come at any time.
func (l *Line) Listen(m t30.Modulation, c t30.Content, short bool) { l.hearing.arm(m, c, short) }

// Send carries out a Transmit action or TransmitNothing, in place of what is
// being sent.
func (l *Line) Send(a t30.Action) {
	l.sending.cut()
	switch a := a.(type) {
	case t30.TransmitTone:
		l.sending.tone(a.Tone, l.o.Level, a.Pause, a.Duration)
	case t30.TransmitFrames:
		l.hearing.own.say(a.Frames)
		l.hdlc(t30.V21, false, a.Pause, a.Frames)
	case t30.TransmitTCF:
		l.octets(a.Modulation, false, a.Pause, make([]byte, a.Octets))
	case t30.TransmitImage:
		l.octets(a.Modulation, a.ShortTraining, a.Pause, a.Octets)
	case t30.TransmitPartialPage:
		l.hdlc(a.Modulation, a.ShortTraining, a.Pause, a.Frames)
	}
}

func (l *Line) hdlc(m t30.Modulation, short bool, pause time.Duration, frames [][]byte) {
	l.sending.carrier(m, short, l.o, pause)
	for _, f := range frames {
		l.sending.frame(f, true)
	}
	l.sending.done()
}

func (l *Line) octets(m t30.Modulation, short bool, pause time.Duration, octets []byte) {
	l.sending.carrier(m, short, l.o, pause)
	l.sending.data(octets)
	l.sending.done()
}

// What follows sends a signal piece by piece, as a gateway hears it.

// gatewayPause is the silence between signals (T.30: 75 ms).
const gatewayPause = 75 * time.Millisecond

// Tone sends CNG or CED until something else is sent, four seconds at most.
func (l *Line) Tone(t t30.Tone) {
	l.sending.cut()
	duration := 4 * time.Second
	if t == t30.CNG {
		duration = 500 * time.Millisecond
	}
	l.sending.tone(t, l.o.Level, 0, duration)
}

// Carrier begins a signal behind what is still to be sent.
func (l *Line) Carrier(m t30.Modulation, short bool) {
	l.sending.endTone()
	l.sending.done()
	l.sending.carrier(m, short, l.o, gatewayPause)
}

// Frame adds an HDLC frame to the signal, with a wrong FCS if it came so.
func (l *Line) Frame(octets []byte, good bool) { l.sending.frame(octets, good) }

// Data adds octets to the signal, outside HDLC. When they run out before Done,
// zeros are sent: fill to TCF and to rows at their end.
func (l *Line) Data(octets []byte) { l.sending.data(octets) }

// Done ends the signal behind what it has been given.
func (l *Line) Done() { l.sending.done() }
