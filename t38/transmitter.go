package t38

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// transmitter turns the Transmit actions of the engine into IFP packets, each
// at the time at which a modem on a line would have sent the last bit of what
// it tells. So a peer that has a real line behind it never runs dry, and the
// far end never answers a signal that this end still sends. Times follow from
// each other, not from the clock, so they do not drift.
type transmitter struct {
	interval time.Duration // of the packets of data
	room     func(image bool) int

	sig   signal
	phase phase
	due   time.Time // of the end of the phase, or of the packet being filled

	// The packet being filled.
	frame, offset, chunk int
	ones                 stuffing

	quiet time.Time // when to say no-signal after a signal's end; zero: not
	ifp   ifp.Packet
}

// signal is what one Transmit action puts on the line.
type signal struct {
	indicator ifp.Indicator
	lead      time.Duration // preamble, training or the whole of a tone
	tone      bool          // nothing follows the lead
	mute      bool          // not even the indicator is sent
	data      ifp.DataType
	rate      int
	unpaced   bool // both ends are Internet-aware: there is no line to wait for
	hdlc      bool
	frames    [][]byte
	octets    []byte // outside HDLC
	zeros     int    // TCF
}

type phase uint8

const (
	phaseIdle  phase = iota
	phasePause       // silence before the signal
	phaseLead        // the indicator is out; tone, preamble or training
	phaseData        // packets of data
)

// start begins the signal at now, in place of any that is under way.
func (t *transmitter) start(now time.Time, sig signal, pause time.Duration) {
	if t.phase != phaseIdle && t.phase != phasePause {
		t.quiet = now
	}
	t.sig, t.phase, t.due = sig, phasePause, now.Add(pause)
	t.frame, t.offset, t.chunk, t.ones = 0, 0, 0, 0
}

// stop ends the signal under way.
func (t *transmitter) stop(now time.Time) {
	if t.phase != phaseIdle && t.phase != phasePause {
		t.quiet = now
	}
	t.phase = phaseIdle
}

// deadline is when step has something to do, zero for never.
func (t *transmitter) deadline() time.Time {
	if t.phase == phaseIdle {
		return t.quiet
	}
	return earliest(t.due, t.quiet)
}

// step does what is due by now, once: it gives a packet to send, valid until
// the next call, and whether the signal is complete with it. It is called until
// deadline lies after now.
func (t *transmitter) step(now time.Time) (packet *ifp.Packet, done bool) {
	if !t.quiet.IsZero() && !t.quiet.After(now) && (t.phase == phaseIdle || t.due.After(t.quiet)) {
		t.quiet = time.Time{}
		return t.say(ifp.NoSignal), false
	}
	if t.phase == phaseIdle || t.due.After(now) {
		return nil, false
	}
	switch t.phase {
	case phasePause:
		// The indicator alone tells that a signal before it has ended.
		t.quiet = time.Time{}
		t.phase = phaseLead
		t.due = t.due.Add(t.sig.lead)
		if t.sig.mute {
			return nil, false
		}
		return t.say(t.sig.indicator), false
	case phaseLead:
		if t.sig.tone {
			t.end()
			return nil, true
		}
		t.phase = phaseData
		return nil, t.fill()
	}
	packet = t.drain()
	return packet, t.fill()
}

func (t *transmitter) say(i ifp.Indicator) *ifp.Packet {
	t.ifp = ifp.Packet{Indicator: i, Fields: t.ifp.Fields[:0]}
	return &t.ifp
}

// end comes after the last packet. That the line is quiet is said a little
// later, unless something else is said until then.
func (t *transmitter) end() {
	t.phase = phaseIdle
	t.quiet = t.due.Add(t.interval)
}

// fill begins the next packet of data and sets when it is due. It reports
// whether there was no more.
func (t *transmitter) fill() (done bool) {
	if t.sig.hdlc && t.frame == len(t.sig.frames) || !t.sig.hdlc && t.left() == 0 {
		t.end()
		return true
	}
	n := t.size()
	if !t.sig.hdlc {
		t.chunk = min(n, t.left())
		t.wait(8 * t.chunk)
		return false
	}
	frame := t.sig.frames[t.frame]
	t.chunk = min(n, len(frame)-t.offset)
	bits := t.ones.bits(frame[t.offset : t.offset+t.chunk])
	if t.offset+t.chunk == len(frame) {
		bits += trailerBits
	}
	t.wait(bits)
	return false
}

// size is how many octets go into a packet.
func (t *transmitter) size() int {
	n := max(t.sig.rate*int(t.interval/time.Millisecond)/8000, 1)
	if t.sig.unpaced {
		n = unpacedSize
	}
	if room := t.room(t.sig.data != ifp.V21); room > 0 {
		n = min(n, room)
	}
	return n
}

// wait sets the packet due when so many bits more have left.
func (t *transmitter) wait(bits int) {
	t.due = t.due.Add(time.Duration(bits) * time.Second / time.Duration(t.sig.rate))
}

// left is how many octets outside HDLC remain.
func (t *transmitter) left() int {
	return max(len(t.sig.octets), t.sig.zeros) - t.offset
}

// drain gives the packet that has been filled.
func (t *transmitter) drain() *ifp.Packet {
	t.ifp = ifp.Packet{IsData: true, DataType: t.sig.data, Fields: t.ifp.Fields[:0]}
	if !t.sig.hdlc {
		t.drainOctets()
	} else {
		t.drainFrame()
	}
	return &t.ifp
}

func (t *transmitter) drainOctets() {
	data := zeros[:min(t.chunk, len(zeros))]
	if t.sig.zeros == 0 {
		data = t.sig.octets[t.offset : t.offset+t.chunk]
	}
	t.offset += t.chunk
	kind := ifp.T4NonECMData
	if t.left() == 0 {
		kind = ifp.T4NonECMSigEnd
	}
	t.ifp.Fields = append(t.ifp.Fields, ifp.Field{Type: kind, Data: data})
}

func (t *transmitter) drainFrame() {
	frame := t.sig.frames[t.frame]
	data := frame[t.offset : t.offset+t.chunk]
	if len(data) > 0 {
		t.ifp.Fields = append(t.ifp.Fields, ifp.Field{Type: ifp.HDLCData, Data: data})
	}
	if t.offset += t.chunk; t.offset < len(frame) {
		return
	}
	t.frame, t.offset, t.ones = t.frame+1, 0, 0
	kind := ifp.HDLCFCSOK
	if t.frame == len(t.sig.frames) {
		kind = ifp.HDLCFCSOKSigEnd
	}
	t.ifp.Fields = append(t.ifp.Fields, ifp.Field{Type: kind})
}

// zeros is what TCF is made of.
var zeros [1024]byte

// earliest gives the earlier of two times, where zero stands for never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// signalOf says what an action of the engine puts on the line; false for
// actions that put nothing there.
func signalOf(a t30.Action) (sig signal, pause time.Duration, ok bool) {
	switch a := a.(type) {
	case t30.TransmitTone:
		indicator := ifp.CNG
		if a.Tone == t30.CED {
			indicator = ifp.CED
		}
		return signal{indicator: indicator, lead: a.Duration, tone: true}, a.Pause, true
	case t30.TransmitFrames:
		return signal{indicator: ifp.V21Preamble, lead: preambleTime, data: ifp.V21,
			rate: t30.V21.Rate(), hdlc: true, frames: a.Frames}, a.Pause, true
	case t30.TransmitTCF:
		sig = fastSignal(a.Modulation, false)
		sig.zeros = a.Octets
		return sig, a.Pause, true
	case t30.TransmitImage:
		sig = fastSignal(a.Modulation, a.ShortTraining)
		sig.octets = a.Octets
		return sig, a.Pause, true
	case t30.TransmitPartialPage:
		sig = fastSignal(a.Modulation, a.ShortTraining)
		sig.lead += flagsTime
		sig.hdlc, sig.frames = true, a.Frames
		return sig, a.Pause, true
	}
	return signal{}, 0, false
}

func fastSignal(m t30.Modulation, short bool) signal {
	d, _ := modemOf(m)
	sig := signal{indicator: d.long, lead: d.longTime, data: d.data, rate: max(m.Rate(), t30.V21.Rate())}
	if short {
		sig.indicator, sig.lead = d.short, d.shortTime
	}
	return sig
}

// Between Internet-aware ends packets are as large as an ECM frame and leave at
// a rate that a socket's buffer stands.
const (
	unpacedSize = 260
	unpacedRate = 4_000_000
)

// hurried is the signal as it goes between Internet-aware ends.
func (sig signal) hurried() signal {
	sig.unpaced, sig.rate = true, unpacedRate
	if !sig.tone {
		sig.lead = 0
	}
	return sig
}

// localCheck is a TCF that stays on this side (T.38 8.1): the time passes, and
// nothing is sent.
func (sig signal) localCheck() signal {
	sig.lead += time.Duration(sig.zeros) * 8 * time.Second / time.Duration(sig.rate)
	sig.tone, sig.mute = true, true
	return sig
}
