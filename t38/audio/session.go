package audio

import (
	"log/slog"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38/internal/terminal"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// session is one terminal on one stream of audio: the engine, its modems and
// all that is between them and the packets. It is a terminal.Session: packets,
// answers of the store and the time go in, packets and requests come out through
// outlet.
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

	packet rtp.Packet // the one just received
}

// outlet is what a session wants done: packets sent to the peer, which it must
// not keep, and documents handled.
type outlet interface {
	Send(packet []byte)
	terminal.Desk
}

func newSession(o Options, now time.Time, out outlet) *session {
	o = o.withDefaults()
	s := &session{o: o, log: o.Logger, now: now, next: now}
	s.block = make([]int16, samples(o.Ptime))
	s.out = newSender(sendFunc(func(b []byte) error { out.Send(b); return nil }), Leg{Law: o.Law, PayloadType: o.PayloadType, Ptime: o.Ptime, Stream: o.Stream})
	s.out.resume(now)
	s.line = NewLine(LineOptions{Level: o.Level, EchoProtection: o.EchoProtection, Hear: s.hear})
	s.in = arrival{
		law: o.Law, payload: o.PayloadType, events: o.Events, jitter: o.Jitter,
		give: s.line.Receive, lose: s.line.Lose, busy: s.line.Busy, tone: func(t t30.Tone) { s.hear(t30.ToneHeard{Tone: t}) },
	}
	s.driver.Start(o.T30, now, out, s.carryOut)
	return s
}

// Datagram takes what came from the peer; what is no RTP is passed over.
func (s *session) Datagram(now time.Time, b []byte) {
	if !parse(b, &s.packet) {
		return
	}
	s.advanceTo(now)
	s.in.packet(now, &s.packet)
	s.settle()
}

func (s *session) Answer(now time.Time, a terminal.Answer) {
	s.advanceTo(now)
	s.driver.Answer(now, a)
	s.settle()
}

func (s *session) CallEnded(now time.Time) {
	s.now = now
	s.driver.CallEnded(now)
}

func (s *session) Deadline() time.Time {
	d := s.next
	for _, t := range []time.Time{s.in.deadline(), s.driver.Engine.Deadline()} {
		if !t.IsZero() && t.Before(d) {
			d = t
		}
	}
	return d
}

func (s *session) Advance(now time.Time) (err error) {
	s.advanceTo(now)
	// A program that was held up for long does not say all it missed at once.
	if late := now.Sub(s.next); late > catchUp {
		s.log.Warn("the program was held up, what is sent is late", "by", late.String())
		s.out.skip(samples(late.Truncate(s.o.Ptime)))
		s.next = s.next.Add(late.Truncate(s.o.Ptime))
	}
	for !s.Done() && !s.next.After(now) {
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

func (s *session) Done() bool { return s.driver.Ended }

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
