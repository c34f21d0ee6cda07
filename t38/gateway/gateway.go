package gateway

import (
	"bytes"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// Speaker says signals on one side. At most one signal is under way; another
// Tone or Carrier ends it.
type Speaker interface {
	// Tone sends CNG or CED until something else is said.
	Tone(t30.Tone)
	// Carrier begins a signal: the preamble of V.21 or a training, short where
	// the modem has one.
	Carrier(m t30.Modulation, short bool)
	// Frame sends an HDLC frame of the signal, its FCS wrong if it came so.
	Frame(octets []byte, good bool)
	// Data sends octets of the signal outside HDLC.
	Data(octets []byte)
	// Done ends the signal behind what has been said.
	Done()
}

// Line is the side of the fax machine.
type Line interface {
	Speaker
	// Listen says which fast signal may come; V.21 may come at any time.
	Listen(Expected)
}

// Options is how a gateway behaves. The zero value will do.
type Options struct {
	// GatewayLimits are what the machines are not to agree on.
	t30.GatewayLimits
	// KeepNonStandard passes NSF, NSC and NSS on. They announce what only two
	// machines of one maker understand, and no gateway.
	KeepNonStandard bool

	Ladder *t30.Ladder // "->" is from the line, "<-" from T.38; nil: none
}

// Gateway carries one call. It is not safe for concurrent use.
type Gateway struct {
	o     Options
	line  Line
	t38   Speaker
	watch watch
	fax   Fax

	now   time.Time
	sides [2]side

	// A command of the machine on the line waits for its answer from across the
	// network.
	holdAt  time.Time // when to begin flags, zero: nothing waits
	holdEnd time.Time // when to stop them, zero: none are being sent

	// The line's TCF cannot be understood, and is told so.
	spoilAt  time.Time // when to tell more, zero: it is not
	spoilEnd time.Time // when it must be over
}

// side is what one side has under way.
type side struct {
	carrier t30.Modulation // NoModulation: silence
	command bool           // its last frame wants an answer
}

// New makes the gateway of a call between a line and a T.38 peer.
func New(o Options, line Line, t38 Speaker, now time.Time) *Gateway {
	g := &Gateway{o: o, line: line, t38: t38, now: now}
	line.Listen(Expected{})
	return g
}

// How long the answer to a command may stay away before the gateway keeps the
// machine on the line from saying it again: that waits T4, 3 s - 15 %, for a
// carrier, and no longer than it needs to for what the carrier brings.
const (
	holdAfter = 2300 * time.Millisecond
	holdFor   = 3500 * time.Millisecond
)

// A TCF that is not understood is told in pieces, for as long as the machine sends it:
// what is left of the training, and 1.5 s.
const (
	spoilEvery = 40 * time.Millisecond
	spoilFor   = 4 * time.Second
)

// Deadline is when Advance wants to be called, zero for never.
func (g *Gateway) Deadline() time.Time {
	d := g.spoilAt
	for _, t := range []time.Time{g.holdAt, g.holdEnd} {
		if d.IsZero() || !t.IsZero() && t.Before(d) {
			d = t
		}
	}
	return d
}

// Advance does what is due by now.
func (g *Gateway) Advance(now time.Time) {
	g.now = now
	switch {
	case due(g.holdAt, now):
		g.holdAt, g.holdEnd = time.Time{}, now.Add(holdFor)
		g.line.Carrier(t30.V21, false)
		g.fax.Held++
		g.note(OnT38, "V.21 flags, until the answer comes")
	case due(g.holdEnd, now):
		g.holdEnd = time.Time{}
		g.line.Done()
	case due(g.spoilEnd, now):
		g.Done(now, OnLine)
	case due(g.spoilAt, now):
		g.spoil()
	}
}

// spoil tells a piece of a TCF that is not the zeros it ought to be.
func (g *Gateway) spoil() {
	g.spoilAt = g.spoilAt.Add(spoilEvery)
	octets := g.sides[OnLine].carrier.Rate() / 8 * int(spoilEvery/time.Millisecond) / 1000
	g.t38.Data(bytes.Repeat([]byte{0x55}, octets))
}

func due(t, now time.Time) bool { return !t.IsZero() && !t.After(now) }

func (g *Gateway) speaker(s Side) Speaker {
	if s == OnLine {
		return g.line
	}
	return g.t38
}

// Tone takes a tone heard on a side.
func (g *Gateway) Tone(now time.Time, from Side, t t30.Tone) {
	g.begin(now, from)
	g.o.Ladder.Add(now, direction(from), t30.KindTone, []byte{byte(t)})
	g.speaker(from.other()).Tone(t)
}

// Carrier takes the beginning of a signal, as early as the side can tell what it
// is: for a fast modem while it still trains.
func (g *Gateway) Carrier(now time.Time, from Side, m t30.Modulation, short bool) {
	holding := g.begin(now, from)
	g.sides[from].carrier, g.sides[from].command = m, false
	if m != t30.V21 {
		g.o.Ladder.Add(now, direction(from), t30.KindTraining, []byte{byte(m)})
	}
	if holding && m == t30.V21 {
		return // the flags that are being sent are its preamble
	}
	g.speaker(from.other()).Carrier(m, short)
}

// TrainingFailed takes the failure of a fast modem's training on the line, whose
// beginning was told; Done follows when the signal ends. If it leads to TCF, the peer
// must hear one that is bad, or it says no FTT and the call ends here (T.30 5.3.2).
func (g *Gateway) TrainingFailed(now time.Time) {
	g.now = now
	if m := g.sides[OnLine].carrier; m == t30.NoModulation || m == t30.V21 || g.watch.expected.Content != t30.ContentTCF {
		g.Done(now, OnLine)
		return
	}
	g.note(OnLine, "the training is not understood")
	g.spoilAt, g.spoilEnd = now, now.Add(spoilFor)
}

// begin ends what waits when a side says something new. It reports whether flags
// are being sent for it.
func (g *Gateway) begin(now time.Time, from Side) (holding bool) {
	g.now = now
	holding = !g.holdEnd.IsZero() && from == OnT38
	if !g.holdEnd.IsZero() && from == OnLine {
		g.line.Done() // it has not waited: flags would only be in its way
	}
	g.holdAt, g.holdEnd = time.Time{}, time.Time{}
	if from == OnLine {
		g.spoilAt, g.spoilEnd = time.Time{}, time.Time{}
	}
	return holding
}

// Frame takes an HDLC frame.
func (g *Gateway) Frame(now time.Time, from Side, octets []byte, good bool) {
	g.now = now
	if g.sides[from].carrier == t30.V21 {
		octets = g.control(from, octets, good)
	}
	if !good {
		g.fax.BadFrames[from]++
	}
	if len(octets) > 0 {
		g.speaker(from.other()).Frame(octets, good)
	}
}

// control looks at a frame of the procedure and gives what goes on in its place,
// nil for nothing.
func (g *Gateway) control(from Side, octets []byte, good bool) []byte {
	if !good {
		g.o.Ladder.Add(g.now, direction(from), t30.KindBadFrame, octets)
		return octets
	}
	f, err := t30.ParseFrame(octets)
	if err != nil {
		return octets
	}
	g.o.Ladder.Add(g.now, direction(from), t30.KindFrame, octets)
	if g.edit(&f) {
		octets = f.Octets()
	} else if f.FCF == t30.NSF || f.FCF == t30.NSC || f.FCF == t30.NSS {
		if !g.o.KeepNonStandard && !f.Final {
			return nil
		}
	}
	g.sides[from].command = f.Final && wantsAnswer(f.FCF)
	g.watch.frame(from, f)
	g.fax.frame(from, f, &g.watch)
	g.line.Listen(g.watch.expected)
	return octets
}

// edit takes out of DIS, DTC and DCS what cannot be carried; false when nothing
// was.
func (g *Gateway) edit(f *t30.Frame) bool {
	switch f.FCF {
	case t30.DIS, t30.DTC, t30.DCS:
		fif := t30.OverGateway(f.FIF, f.FCF, g.o.GatewayLimits)
		changed := string(fif) != string(f.FIF)
		f.FIF = fif
		return changed
	}
	return false
}

// wantsAnswer reports whether a machine that has said so waits for a response,
// and says it again after T4. After DCS it sends TCF first.
func wantsAnswer(c t30.FCF) bool {
	switch c {
	case t30.DIS, t30.DTC, t30.MPS, t30.EOM, t30.EOP, t30.PRIMPS, t30.PRIEOM, t30.PRIEOP,
		t30.PPS, t30.EOR, t30.CTC, t30.RR:
		return true
	}
	return false
}

// Data takes octets of a signal outside HDLC.
func (g *Gateway) Data(now time.Time, from Side, octets []byte) {
	g.now = now
	g.speaker(from.other()).Data(octets)
}

// Done takes the end of a signal.
func (g *Gateway) Done(now time.Time, from Side) {
	g.now = now
	s := &g.sides[from]
	if s.carrier == t30.NoModulation {
		return
	}
	// TCF wants an answer as well.
	tcf := s.carrier != t30.V21 && g.watch.expected.Modulation != t30.NoModulation && g.watch.expected.Content == t30.ContentTCF
	s.carrier = t30.NoModulation
	if from == OnLine {
		g.spoilAt, g.spoilEnd = time.Time{}, time.Time{}
	}
	g.speaker(from.other()).Done()
	if from == OnLine && (s.command || tcf) && g.sides[OnT38].carrier == t30.NoModulation {
		g.holdAt = now.Add(holdAfter)
	}
	s.command = false
}

// Fax is what the machines have said so far.
func (g *Gateway) Fax() Fax { return g.fax }

func (g *Gateway) note(from Side, text string) {
	g.o.Ladder.Add(g.now, direction(from), t30.KindText, []byte(text))
}

func direction(from Side) t30.Direction {
	if from == OnLine {
		return t30.Sent
	}
	return t30.Received
}
