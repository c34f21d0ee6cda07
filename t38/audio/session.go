package audio

import (
	"log/slog"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38/internal/terminal"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// session is one terminal on one stream of audio: the engine, its modems and
// all that is between them and the packets. It is pure: packets, answers of the
// store and the time go in, packets and requests come out through outlet.
type session struct {
	o      Options
	log    *slog.Logger
	now    time.Time
	driver terminal.Driver
	line   *Line
	in     arrival
	out    *sender

	next  time.Time // when the next packet leaves
	block []int16
}

// outlet is what a session wants done: packets sent to the peer, which it must
// not keep, and documents handled.
type outlet interface {
	packetWriter
	terminal.Desk
}

func newSession(o Options, now time.Time, out outlet) *session {
	o = o.withDefaults()
	s := &session{o: o, log: o.Logger, now: now, next: now}
	s.block = make([]int16, samples(o.Ptime))
	s.out = newSender(out, Leg{Law: o.Law, PayloadType: o.PayloadType, Ptime: o.Ptime, Stream: o.Stream})
	s.out.resume(now)
	s.line = NewLine(LineOptions{Level: o.Level, EchoProtection: o.EchoProtection, Hear: s.hear})
	s.in = arrival{
		law: o.Law, payload: o.PayloadType, events: o.Events, jitter: o.Jitter,
		give: s.line.Receive, lose: s.line.Lose, busy: s.line.Busy, tone: func(t t30.Tone) { s.hear(t30.ToneHeard{Tone: t}) },
	}
	s.driver.Start(o.T30, now, out, s.carryOut)
	return s
}

// packet takes what came from the peer.
func (s *session) packet(now time.Time, p *rtp.Packet) {
	s.advanceTo(now)
	s.in.packet(now, p)
	s.settle()
}

// answer takes an answer of the store.
func (s *session) answer(now time.Time, a terminal.Answer) {
	s.advanceTo(now)
	if a.Confirmed {
		s.driver.Confirmed(now, a.Err)
	} else {
		s.driver.Handle(now, a.Event)
	}
	s.settle()
}

// callEnded takes the end of the call.
func (s *session) callEnded(now time.Time) {
	s.now = now
	s.driver.CallEnded(now)
}

// deadline is when advance wants to be called.
func (s *session) deadline() time.Time {
	d := s.next
	for _, t := range []time.Time{s.in.deadline(), s.driver.Engine.Deadline()} {
		if !t.IsZero() && t.Before(d) {
			d = t
		}
	}
	return d
}

// advance does all that is due by now.
func (s *session) advance(now time.Time) (err error) {
	s.advanceTo(now)
	// A program that was held up for long does not say all it missed at once.
	if late := now.Sub(s.next); late > catchUp {
		s.out.skip(samples(late.Truncate(s.o.Ptime)))
		s.next = s.next.Add(late.Truncate(s.o.Ptime))
	}
	for !s.done() && !s.next.After(now) {
		s.now = s.next
		err = s.say()
		s.next = s.next.Add(s.o.Ptime)
		if err != nil {
			break
		}
	}
	s.advanceTo(now)
	s.settle()
	return err
}

// say sends the next packet: samples, or what stands for them.
func (s *session) say() error {
	before, was := s.line.sending.toneNow()
	s.line.Transmit(s.block)
	if !s.o.SendEvents {
		return s.out.send(s.block)
	}
	tone, is := s.line.sending.toneNow()
	if was {
		tone = before
	}
	if was || is {
		return s.out.tone(s.o.Events, tone, s.o.Level, len(s.block))
	}
	if err := s.out.endTone(); err != nil {
		return err
	}
	return s.out.send(s.block)
}

// catchUp is for how long packets that are late are still sent. A modem that
// misses some loses a signal, so nearly all of them are.
const catchUp = 500 * time.Millisecond

// advanceTo lets the engine's timers run out one by one, and notes the time.
func (s *session) advanceTo(now time.Time) {
	if now.After(s.now) {
		s.now = now
	}
}

// settle lets what is due by now take effect.
func (s *session) settle() {
	s.in.advance(s.now)
	if d := s.driver.Engine.Deadline(); !d.IsZero() && !d.After(s.now) {
		s.driver.Advance(s.now)
	}
}

// done reports that the call is over and all has been said.
func (s *session) done() bool { return s.driver.Ended }

// hear takes what the line brings.
func (s *session) hear(ev t30.Event) { s.driver.Handle(s.now, ev) }

// carryOut does what the engine wants of the line.
func (s *session) carryOut(a t30.Action) {
	if a, ok := a.(t30.Listen); ok {
		s.line.Listen(a.Fast, a.Content, a.ShortTraining)
		return
	}
	s.line.Send(a)
}
