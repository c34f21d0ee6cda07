package t38

import (
	"context"
	"log/slog"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/internal/terminal"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// session is one terminal on one UDPTL flow: the engine and all that is between
// it and the wire. It is a terminal.Session: datagrams, answers of the store and
// the time go in, datagrams and requests come out through outlet.
type session struct {
	o      Options
	log    *slog.Logger
	debug  bool
	now    time.Time
	driver terminal.Driver

	tx transmitter
	rx receiver
	in udptl.Receiver
	to emitter

	firstBy time.Time // a packet of the peer must have come by then; zero: no matter

	local localTCF
}

// outlet is what a session wants done. Send must not keep the datagram; what the
// desk is asked for is answered by a call of session.Answer.
type outlet interface {
	Send(datagram []byte)
	terminal.Desk
}

func newSession(o Options, now time.Time, out outlet) *session {
	o = o.withDefaults()
	s := &session{o: o, log: o.Logger, now: now}
	s.debug = s.log.Enabled(context.Background(), slog.LevelDebug)
	if o.FirstPacket > 0 {
		s.firstBy = now.Add(o.FirstPacket)
	}
	s.to = newEmitter(o, o.PacketInterval, out.Send)
	s.tx = transmitter{interval: o.PacketInterval, room: s.to.room}
	s.rx = receiver{emit: s.heard, syntax: o.syntax(), seam: noSeam}
	// The first packet opens address translators on the way and shows the peer
	// where its packets come from.
	s.sendPacket(&ifp.Packet{Indicator: ifp.NoSignal})
	s.driver.Start(o.T30, now, out, s.line)
	s.settle()
	return s
}

func (s *session) Datagram(now time.Time, b []byte) {
	s.now, s.firstBy = now, time.Time{}
	if err := s.in.Receive(now, b); err != nil {
		s.log.Debug("a datagram was not understood", "octets", len(b), "err", err)
	}
	s.deliver(s.in.Next(now))
	s.rx.alive(now)
	s.settle()
}

// deliver hands on packets in order.
func (s *session) deliver(it udptl.Item, more bool) {
	for ; more; it, more = s.in.Next(s.now) {
		s.item(it)
	}
}

func (s *session) item(it udptl.Item) {
	if it.Missing > 0 {
		s.log.Debug("packets lost", "seq", it.Seq, "count", it.Missing)
		s.rx.lost()
		return
	}
	err := s.rx.ifpPacket(it.IFP)
	if s.debug {
		s.log.Debug("<- IFP", "seq", it.Seq, "packet", &s.rx.packet, "err", err)
	}
}

func (s *session) Answer(now time.Time, a terminal.Answer) {
	s.now = now
	s.driver.Answer(now, a)
	s.settle()
}

// CallEnded takes what the peer has sent so far, without waiting for what is
// missing, and then the end of the call.
func (s *session) CallEnded(now time.Time) {
	s.now = now
	for it, more := s.in.Flush(); more; it, more = s.in.Flush() {
		s.item(it)
	}
	s.driver.CallEnded(now)
	s.settle()
}

func (s *session) Advance(now time.Time) error {
	s.now = now
	if s.due(s.firstBy) {
		return ErrNoPackets
	}
	s.deliver(s.in.Next(now))
	s.rx.released(now)
	s.settle()
	return nil
}

func (s *session) Deadline() time.Time {
	d := earliest(s.tx.deadline(), s.to.repeatAt)
	d = earliest(earliest(d, s.in.Deadline()), earliest(s.local.due, s.rx.deadline))
	return earliest(earliest(d, s.firstBy), s.driver.Engine.Deadline())
}

func (s *session) Done() bool {
	return s.driver.Ended && s.tx.deadline().IsZero() && s.to.repeats == 0
}

// settle carries on until nothing is due: sending first, then the timers, which
// so see all that has happened.
func (s *session) settle() {
	for {
		switch {
		case s.due(s.tx.deadline()):
			s.transmit()
		case s.due(s.rx.deadline):
			s.rx.silent()
		case s.due(s.local.due):
			s.local.step(s.engineHears)
		case s.due(s.driver.Engine.Deadline()):
			s.driver.Advance(s.now)
		default:
			s.repeat()
			return
		}
	}
}

// due reports whether a deadline has come.
func (s *session) due(t time.Time) bool { return !t.IsZero() && !t.After(s.now) }

func (s *session) transmit() {
	packet, done := s.tx.step(s.now)
	if packet != nil {
		s.sendPacket(packet)
	}
	if done {
		s.driver.Handle(s.now, t30.TransmitDone{})
	}
}

// heard takes what the peer's packets mean.
func (s *session) heard(h heard) {
	if !s.local.replaces(h) {
		s.engineHears(h)
	}
}

// engineHears gives the engine an event. The calls are written out so that none
// needs memory of its own.
func (s *session) engineHears(h heard) {
	e := s.driver.Engine
	switch h.kind {
	case toneHeard:
		e.Handle(s.now, t30.ToneHeard{Tone: h.tone})
	case carrierUp:
		e.Handle(s.now, t30.CarrierUp{Modulation: h.modulation})
	case carrierDown:
		e.Handle(s.now, t30.CarrierDown{})
	case frameHeard:
		e.Handle(s.now, t30.FrameReceived{Octets: h.octets, FCSOK: h.fcsOK})
	case dataHeard:
		e.Handle(s.now, t30.DataReceived{Octets: h.octets})
	case dataLost:
		e.Handle(s.now, t30.DataLost{})
	}
	s.driver.Drain()
}

// line carries out what concerns the line.
func (s *session) line(a t30.Action) {
	switch a := a.(type) {
	case t30.TransmitNothing:
		s.tx.stop(s.now)
	case t30.Listen:
		if s.o.LocalTCF {
			s.local.listen(s.now, a)
		}
	default:
		s.put(a)
	}
}

// put begins the signal of a Transmit action.
func (s *session) put(a t30.Action) {
	sig, pause, ok := signalOf(a)
	if !ok {
		return
	}
	if sig.zeros > 0 && s.o.LocalTCF {
		sig = sig.localCheck()
	} else if s.o.T30.InternetAware && s.driver.Engine.Outcome().InternetAware {
		sig, pause = sig.hurried(), 0
	}
	if s.o.FillBitRemoval {
		sig.octets = withoutFill(sig.octets)
	}
	s.tx.start(s.now, sig, pause)
}

func (s *session) sendPacket(p *ifp.Packet) {
	if err := s.to.emit(s.now, p, s.rx.syntax); err != nil {
		s.log.Error("a packet cannot be written", "packet", p, "err", err)
		return
	}
	if s.debug {
		s.log.Debug("-> IFP", "packet", p)
	}
}

// repeat sends the last datagram again while there is nothing new; where a new
// one is near, that brings the copy.
func (s *session) repeat() {
	if !s.due(s.to.repeatAt) {
		return
	}
	if d := s.tx.deadline(); !d.IsZero() && d.Sub(s.now) < 3*s.o.PacketInterval {
		s.to.repeatAt = d.Add(s.o.PacketInterval)
		return
	}
	s.to.repeat(s.now)
}
