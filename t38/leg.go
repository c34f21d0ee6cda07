package t38

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/internal/socket"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// Leg is one end of a T.38 flow that does not speak T.30 itself: a gateway's.
// It tells what the peer's packets mean, in the events of package t30, and says
// signals as packets. Nothing is paced: what is said goes out at once, for it
// comes from a real line.
//
//	datagrams ──▶ udptl.Receiver ── receiver ──▶ hear
//	datagrams ◀── emitter ◀── Tone, Carrier, Frame, Data, Done
//
// It is pure: whoever owns it calls Advance whenever Deadline has come.
type Leg struct {
	now  time.Time
	in   udptl.Receiver
	rx   receiver
	out  emitter
	hear func(t30.Event)

	m      t30.Modulation // of the signal that is being said; NoModulation: none
	raw    bool           // it is outside HDLC
	packet ifp.Packet

	octets, garbled  int // that came; IFP packets not understood
	sent, sentOctets int // datagrams
}

// NewLeg makes a leg of what was agreed (the T30 part of o does not count) and
// opens the way with a first packet. send takes each datagram, hear what the
// peer says; octets in events are valid only during the call.
func NewLeg(o Options, now time.Time, send func(datagram []byte), hear func(t30.Event)) *Leg {
	o = o.withDefaults()
	l := &Leg{now: now, hear: hear}
	l.out = newEmitter(o, unpacedPause, func(b []byte) {
		l.sent, l.sentOctets = l.sent+1, l.sentOctets+len(b)
		send(b)
	})
	l.rx = receiver{emit: l.heard, syntax: o.syntax(), seam: noSeam}
	l.say(ifp.Packet{Indicator: ifp.NoSignal})
	return l
}

// Datagram takes what came from the peer. An error says that it was not UDPTL.
func (l *Leg) Datagram(now time.Time, b []byte) error {
	l.now = now
	l.octets += len(b)
	err := l.in.Receive(now, b)
	l.deliver()
	l.rx.alive(now)
	return err
}

// Advance does what is due by now.
func (l *Leg) Advance(now time.Time) {
	l.now = now
	l.deliver()
	l.rx.released(now)
	if d := l.rx.deadline; !d.IsZero() && !d.After(now) {
		l.rx.silent()
	}
	l.out.repeat(now)
}

// Deadline is when Advance wants to be called.
func (l *Leg) Deadline() time.Time {
	return earliest(earliest(l.in.Deadline(), l.rx.deadline), l.out.repeatAt)
}

func (l *Leg) deliver() {
	for it, more := l.in.Next(l.now); more; it, more = l.in.Next(l.now) {
		if it.Missing > 0 {
			l.rx.lost()
			continue
		}
		if l.rx.ifpPacket(it.IFP) != nil {
			l.garbled++ // it says nothing
		}
	}
}

// Stats counts what came and what was sent; nothing waits for an answer here, so
// that the delays and Spoilt are zero.
func (l *Leg) Stats() LegStats {
	in := l.in.Stats()
	return LegStats{
		Datagrams: in.Datagrams, Octets: l.octets, Malformed: in.Malformed, Garbled: l.garbled,
		Repaired: in.Recovered, Lost: in.Missing, Late: in.Late, Repeated: in.Repeated,
		Sent: l.sent, SentOctets: l.sentOctets,
	}
}

// NextNumber is the number of the next packet: for whoever takes the flow over
// (Options.FirstNumber).
func (l *Leg) NextNumber() uint16 { return l.out.sender.Next() }

func (l *Leg) heard(h heard) {
	switch h.kind {
	case toneHeard:
		l.hear(t30.ToneHeard{Tone: h.tone})
	case carrierUp:
		l.hear(t30.CarrierUp{Modulation: h.modulation})
	case carrierDown:
		l.hear(t30.CarrierDown{})
	case frameHeard:
		l.hear(t30.FrameReceived{Octets: h.octets, FCSOK: h.fcsOK})
	case dataHeard:
		l.hear(t30.DataReceived{Octets: h.octets})
	case dataLost:
		l.hear(t30.DataLost{})
	}
}

// ShortTraining reports, within the CarrierUp of a fast modem, whether the peer
// has announced its short training.
func (l *Leg) ShortTraining() bool {
	p := &l.rx.packet
	d, ok := modemOf(l.rx.carrier)
	return ok && !p.IsData && p.Indicator == d.short && d.short != d.long
}

// Tone says CNG or CED.
func (l *Leg) Tone(t t30.Tone) {
	l.Done()
	if t == t30.CED {
		l.say(ifp.Packet{Indicator: ifp.CED})
		return
	}
	l.say(ifp.Packet{Indicator: ifp.CNG})
}

// Carrier announces a signal: the preamble of V.21 or a training.
func (l *Leg) Carrier(m t30.Modulation, short bool) {
	l.Done()
	l.m, l.raw = m, false
	if m == t30.V21 {
		l.say(ifp.Packet{Indicator: ifp.V21Preamble})
		return
	}
	d, ok := modemOf(m)
	switch {
	case !ok:
		l.m = t30.NoModulation
	case short:
		l.say(ifp.Packet{Indicator: d.short})
	default:
		l.say(ifp.Packet{Indicator: d.long})
	}
}

// Frame says an HDLC frame of the signal, without its FCS, and whether that was
// right.
func (l *Leg) Frame(octets []byte, good bool) {
	if l.m == t30.NoModulation {
		return
	}
	end := ifp.HDLCFCSBad
	if good {
		end = ifp.HDLCFCSOK
	}
	for room := l.room(); len(octets) > room; octets = octets[room:] {
		l.fields(ifp.Field{Type: ifp.HDLCData, Data: octets[:room]})
	}
	if len(octets) == 0 {
		l.fields(ifp.Field{Type: end})
		return
	}
	l.fields(ifp.Field{Type: ifp.HDLCData, Data: octets}, ifp.Field{Type: end})
}

// Data says octets of TCF or of rows.
func (l *Leg) Data(octets []byte) {
	if l.m == t30.NoModulation {
		return
	}
	l.raw = true
	for room := l.room(); len(octets) > 0; {
		n := min(room, len(octets))
		l.fields(ifp.Field{Type: ifp.T4NonECMData, Data: octets[:n]})
		octets = octets[n:]
	}
}

// Done says that the signal has ended, if there is one.
func (l *Leg) Done() {
	if l.m == t30.NoModulation {
		return
	}
	if l.raw {
		l.fields(ifp.Field{Type: ifp.T4NonECMSigEnd})
	} else {
		l.fields(ifp.Field{Type: ifp.HDLCSigEnd})
	}
	l.m = t30.NoModulation
	l.say(ifp.Packet{Indicator: ifp.NoSignal})
}

func (l *Leg) room() int {
	if room := l.out.room(l.m != t30.V21); room > 0 {
		return room
	}
	return socket.MaxDatagram
}

func (l *Leg) fields(f ...ifp.Field) {
	data := ifp.V21
	if d, ok := modemOf(l.m); ok {
		data = d.data
	}
	l.say(ifp.Packet{IsData: true, DataType: data, Fields: f})
}

// say sends a packet. All that a leg says can be written in either syntax.
func (l *Leg) say(p ifp.Packet) {
	l.packet = p
	_ = l.out.emit(l.now, &l.packet, l.rx.syntax)
}
