package t38

import (
	"context"
	"log/slog"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// session is one terminal on one UDPTL flow: the engine and all that is between
// it and the wire. It is pure: datagrams, answers of the store and the time go
// in, datagrams and requests come out through outlet. Whoever owns it calls
// advance whenever deadline has come.
type session struct {
	o      Options
	out    outlet
	log    *slog.Logger
	debug  bool
	now    time.Time
	engine *t30.Engine

	tx transmitter
	rx receiver
	in udptl.Receiver
	to emitter

	held       []t30.Action // taken from the engine, not yet carried out
	confirming bool         // nothing is carried out until the store has answered
	ended      bool         // the engine has disconnected
	local      localTCF
}

// outlet is what a session wants done. send must not keep the datagram. Each of
// the others is answered by a call of session.event or session.confirmed.
type outlet interface {
	send(datagram []byte)
	fetch(n int)
	confirm(n int)
	commit(page *t4.Page)
}

func newSession(o Options, now time.Time, out outlet) *session {
	o = o.withDefaults()
	s := &session{o: o, out: out, log: o.Logger, now: now}
	s.debug = s.log.Enabled(context.Background(), slog.LevelDebug)
	s.to = newEmitter(o, o.PacketInterval, out.send)
	s.tx = transmitter{interval: o.PacketInterval, room: s.to.room}
	s.rx = receiver{emit: s.heard, syntax: o.syntax(), seam: noSeam}
	// The first packet opens address translators on the way and shows the peer
	// where its packets come from.
	s.sendPacket(&ifp.Packet{Indicator: ifp.NoSignal})
	s.engine = t30.New(o.T30, now)
	s.drain()
	s.settle()
	return s
}

// datagram takes what came from the peer. An error says that it was not UDPTL.
func (s *session) datagram(now time.Time, b []byte) error {
	s.now = now
	err := s.in.Receive(now, b)
	s.deliver(s.in.Next(now))
	s.rx.alive(now)
	s.settle()
	return err
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

// event takes an answer of the store, or the end of the call.
func (s *session) event(now time.Time, ev t30.Event) {
	s.now = now
	s.engine.Handle(now, ev)
	s.drain()
	s.settle()
}

// callEnded takes what the peer has sent so far, without waiting for what is
// missing, and then the end of the call.
func (s *session) callEnded(now time.Time) {
	s.now = now
	for it, more := s.in.Flush(); more; it, more = s.in.Flush() {
		s.item(it)
	}
	s.confirming = false
	s.event(now, t30.CallEnded{})
}

// confirmed takes the answer to confirm.
func (s *session) confirmed(now time.Time, err error) {
	s.now = now
	s.confirming = false
	if err != nil {
		// The peer has the page, the store does not know: to go on would send
		// it again one day, to stop sends only the rest again.
		s.engine.Handle(now, t30.PageUnavailable{Err: err})
	}
	s.drain()
	s.settle()
}

// advance does all that is due by now.
func (s *session) advance(now time.Time) {
	s.now = now
	s.deliver(s.in.Next(now))
	s.settle()
}

// deadline is when advance wants to be called, zero for never.
func (s *session) deadline() time.Time {
	d := earliest(s.tx.deadline(), s.to.repeatAt)
	d = earliest(earliest(d, s.in.Deadline()), earliest(s.local.due, s.rx.deadline))
	return earliest(d, s.engine.Deadline())
}

// done reports that the call is over and all has been said.
func (s *session) done() bool {
	return s.ended && s.tx.deadline().IsZero() && s.to.repeats == 0
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
		case s.due(s.engine.Deadline()):
			s.engine.Advance(s.now)
			s.drain()
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
		s.engine.Handle(s.now, t30.TransmitDone{})
		s.drain()
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
	switch h.kind {
	case toneHeard:
		s.engine.Handle(s.now, t30.ToneHeard{Tone: h.tone})
	case carrierUp:
		s.engine.Handle(s.now, t30.CarrierUp{Modulation: h.modulation})
	case carrierDown:
		s.engine.Handle(s.now, t30.CarrierDown{})
	case frameHeard:
		s.engine.Handle(s.now, t30.FrameReceived{Octets: h.octets, FCSOK: h.fcsOK})
	case dataHeard:
		s.engine.Handle(s.now, t30.DataReceived{Octets: h.octets})
	case dataLost:
		s.engine.Handle(s.now, t30.DataLost{})
	}
	s.drain()
}

// drain takes the engine's actions and carries them out.
func (s *session) drain() {
	for a, more := s.engine.Next(); more; a, more = s.engine.Next() {
		s.held = append(s.held, a)
	}
	for len(s.held) > 0 && !s.confirming {
		a := s.held[0]
		s.held = append(s.held[:0], s.held[1:]...)
		s.carryOut(a)
	}
}

func (s *session) carryOut(a t30.Action) {
	switch a := a.(type) {
	case t30.TransmitNothing:
		s.tx.stop(s.now)
	case t30.Listen:
		if s.o.LocalTCF {
			s.local.listen(s.now, a)
		}
	case t30.FetchPage:
		s.out.fetch(a.N)
	case t30.ConfirmPage:
		s.confirming = true
		s.out.confirm(a.N)
	case t30.CommitPage:
		s.out.commit(a.Page)
	case t30.Disconnect:
		s.ended = true
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
	} else if s.o.T30.InternetAware && s.engine.Outcome().InternetAware {
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
