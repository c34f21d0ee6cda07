package audio

import (
	"net/netip"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// Port is a Line at the end of an RTP stream: what a gateway has where a terminal
// has its T.30 engine. It is pure; whoever owns it calls Advance whenever Deadline
// has come.
//
//	packets ──▶ arrival ──▶ Line ──▶ hear
//	packets ◀── sender  ◀── Line ◀── Tone, Carrier, Frame, Data, Done
type Port struct {
	*Line
	in     arrival
	out    *sender
	ptime  time.Duration
	next   time.Time // when the next packet leaves
	block  []int16
	packet rtp.Packet
}

// PortOptions is what was agreed on with the peer (the T30 part of Options does
// not count), and whom a Port tells.
type PortOptions struct {
	Options
	// Send takes each packet, which it must not keep.
	Send func(packet []byte) error
	// Hear and Training are those of LineOptions.
	Hear     func(t30.Event)
	Training func(m t30.Modulation, short bool)
}

// NewPort makes a silent one.
func NewPort(o PortOptions, now time.Time) *Port {
	o.Options = o.Options.withDefaults()
	p := &Port{ptime: o.Ptime, next: now, block: make([]int16, samples(o.Ptime))}
	p.out = newSender(sendFunc(o.Send), Leg{Law: o.Law, PayloadType: o.PayloadType, Ptime: o.Ptime, Stream: o.Stream})
	p.out.resume(now)
	p.Line = NewLine(LineOptions{Level: o.Level, EchoProtection: o.EchoProtection, Hear: o.Hear, Training: o.Training})
	p.in = arrival{
		law: o.Law, payload: o.PayloadType, events: o.Events, jitter: o.Jitter,
		give: p.Line.Receive, lose: p.Line.Lose, busy: p.Line.Busy,
		tone: func(t t30.Tone) { o.Hear(t30.ToneHeard{Tone: t}) },
	}
	return p
}

type sendFunc func([]byte) error

func (f sendFunc) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), f(b) }

// RTP takes what came from the peer; what is no RTP is passed over.
func (p *Port) RTP(now time.Time, octets []byte) {
	if parse(octets, &p.packet) {
		p.in.packet(now, &p.packet)
	}
}

// Deadline is when Advance wants to be called.
func (p *Port) Deadline() time.Time {
	if d := p.in.deadline(); !d.IsZero() && d.Before(p.next) {
		return d
	}
	return p.next
}

// Advance does what is due by now. The error is that of Send.
func (p *Port) Advance(now time.Time) error {
	p.in.advance(now)
	// A program that was held up for long does not say all it missed at once.
	if late := now.Sub(p.next); late > catchUp {
		p.out.skip(samples(late.Truncate(p.ptime)))
		p.next = p.next.Add(late.Truncate(p.ptime))
	}
	for !p.next.After(now) {
		p.Line.Transmit(p.block)
		p.next = p.next.Add(p.ptime)
		if err := p.out.send(p.block); err != nil {
			return err
		}
	}
	return nil
}

// Sending reports whether something that was said has not left yet.
func (p *Port) Sending() bool { return len(p.sending.queue) > 0 }

// Received counts what has come.
func (p *Port) Received() Received { return p.in.stats }
