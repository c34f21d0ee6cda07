package t30test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// Tester is the other end of a Terminal as a script. Its verbs say what goes
// over the line and take as long as that takes; meanwhile the world goes on.
// Each Want begins with the reason, so that a test reads as an argument and
// fails as a sentence.
type Tester struct {
	T        testing.TB
	World    *World
	Terminal *Terminal
	Line     Line // towards the terminal
	// X is set in what the tester sends: it is the one that has received DIS.
	X bool

	inbox []Heard // what the terminal has sent and nobody has looked at
}

// Heard is what the tester heard, and when.
type Heard struct {
	At    time.Time
	Event t30.Event
}

// NewTester makes a terminal of the configuration and talks to it. Without a
// testing.TB the verbs that begin with Want cannot be used.
func NewTester(t testing.TB, cfg t30.Config, doc Document) *Tester {
	w := &World{}
	if cfg.Ladder == nil {
		cfg.Ladder = &t30.Ladder{}
	}
	x := &Tester{T: t, World: w, Terminal: w.Call(cfg, doc), X: !cfg.Calling}
	x.Terminal.Peer = x
	if t == nil {
		return x
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the ladder of the terminal:\n%v", cfg.Ladder)
		}
	})
	return x
}

// Hear records what the terminal sends.
func (x *Tester) Hear(ev t30.Event) {
	x.inbox = append(x.inbox, Heard{x.World.Now(), ev})
}

// Wait lets time pass.
func (x *Tester) Wait(d time.Duration) {
	x.World.Run(d, func() bool { return false })
}

// Say sends frames by V.21: silence, preamble, frames.
func (x *Tester) Say(frames ...t30.Frame) {
	x.Wait(75 * time.Millisecond)
	x.Up(t30.V21)
	x.Wait(v21Preamble)
	for i, f := range frames {
		f.Final, f.X = i == len(frames)-1, x.X
		x.Frame(t30.V21, f.Octets(), true)
	}
	x.Down(t30.V21)
}

// Reply sends a frame that is its FCF only, or with an FIF.
func (x *Tester) Reply(c t30.FCF, fif ...byte) { x.Say(t30.Frame{FCF: c, FIF: fif}) }

// Up begins a carrier.
func (x *Tester) Up(m t30.Modulation) {
	x.Wait(TrainingTime(m, false))
	x.Terminal.Hear(t30.CarrierUp{Modulation: m})
}

// Down ends it, after the closing flags.
func (x *Tester) Down(m t30.Modulation) {
	x.Wait(2 * OctetTime(m))
	x.Terminal.Hear(t30.CarrierDown{})
}

// Frame sends an HDLC frame on the carrier that is up.
func (x *Tester) Frame(m t30.Modulation, octets []byte, good bool) {
	x.Wait(time.Duration(len(octets)+3) * OctetTime(m))
	x.Terminal.Hear(t30.FrameReceived{Octets: octets, FCSOK: good})
}

// Play sends a fast signal as a terminal would: TCF, image or partial page.
func (x *Tester) Play(a t30.Action) {
	events, takes := x.Line.signal(a)
	for _, h := range events {
		x.World.After(h.after, func() { x.Terminal.Hear(h.event) })
	}
	x.Wait(takes)
}

// TCF sends the training check at a modulation.
func (x *Tester) TCF(m t30.Modulation) {
	x.Play(t30.TransmitTCF{Pause: 75 * time.Millisecond, Modulation: m, Octets: m.Rate() * 3 / 16})
}

// HangUp ends the call.
func (x *Tester) HangUp() { x.Terminal.Hear(t30.CallEnded{}) }

// Peek is Next, but leaves what it found and what came before it.
func (x *Tester) Peek(limit time.Duration, match func(t30.Event) bool) (Heard, bool) {
	var found Heard
	ok := x.World.Run(limit, func() bool {
		for _, h := range x.inbox {
			if match(h.Event) {
				found = h
				return true
			}
		}
		return x.Terminal.Gone
	})
	return found, ok && found.Event != nil
}

// Settle waits until the terminal sends nothing.
func (x *Tester) Settle(limit time.Duration) {
	x.World.Run(limit, func() bool { return !x.Terminal.on })
}

// Next waits for something that matches; what comes before is passed over.
func (x *Tester) Next(limit time.Duration, match func(t30.Event) bool) (Heard, bool) {
	var found Heard
	ok := x.World.Run(limit, func() bool {
		for i, h := range x.inbox {
			if match(h.Event) {
				found, x.inbox = h, x.inbox[i+1:]
				return true
			}
		}
		x.inbox = x.inbox[:0]
		return x.Terminal.Gone
	})
	return found, ok && found.Event != nil
}

// DefaultTimeout is how long a Want waits: twice T4 and the frame itself.
const DefaultTimeout = 7 * time.Second

// Want waits for the final frame of a V.21 signal, which must be this one, and
// for the silence after it.
func (x *Tester) Want(why string, want t30.FCF) t30.Frame {
	x.T.Helper()
	f, ok := x.frame(DefaultTimeout, func(f t30.Frame) bool { return f.Final })
	switch {
	case !ok:
		x.T.Fatalf("%s: want %v, heard nothing", why, want)
	case f.FCF != want:
		x.T.Fatalf("%s: want %v, heard %s", why, want, t30.DescribeFrame(f.Octets()))
	}
	x.Silence()
	return f
}

// Silence waits until the terminal is silent.
func (x *Tester) Silence() {
	x.Next(DefaultTimeout, func(ev t30.Event) bool { _, down := ev.(t30.CarrierDown); return down })
}

func (x *Tester) frame(limit time.Duration, match func(t30.Frame) bool) (t30.Frame, bool) {
	var f t30.Frame
	_, ok := x.Next(limit, func(ev t30.Event) bool {
		r, is := ev.(t30.FrameReceived)
		if !is {
			return false
		}
		parsed, err := t30.ParseFrame(r.Octets)
		if err != nil || parsed.FCF == t30.FCD || parsed.FCF == t30.RCP || !match(parsed) {
			return false
		}
		f = parsed
		return true
	})
	return f, ok
}

// WantCarrier waits for a fast carrier at a modulation and gives all that it
// brings: octets, or the frames one after the other.
func (x *Tester) WantCarrier(why string, m t30.Modulation) []byte {
	x.T.Helper()
	h, ok := x.Next(DefaultTimeout, func(ev t30.Event) bool { _, up := ev.(t30.CarrierUp); return up })
	if !ok {
		x.T.Fatalf("%s: want %v, heard nothing", why, m)
	}
	if got := h.Event.(t30.CarrierUp).Modulation; got != m {
		x.T.Fatalf("%s: want %v, heard %v", why, m, got)
	}
	return x.Carrier(20 * time.Minute)
}

// Carrier gives what the carrier brings until it drops.
func (x *Tester) Carrier(limit time.Duration) []byte {
	var data bytes.Buffer
	x.Next(limit, func(ev t30.Event) bool {
		switch ev := ev.(type) {
		case t30.DataReceived:
			data.Write(ev.Octets)
		case t30.FrameReceived:
			data.Write(ev.Octets)
		case t30.CarrierDown:
			return true
		}
		return false
	})
	return data.Bytes()
}

// WantIdle demands that the terminal sends nothing for a while.
func (x *Tester) WantIdle(why string, d time.Duration) {
	x.T.Helper()
	if h, ok := x.Next(d, func(ev t30.Event) bool { _, down := ev.(t30.CarrierDown); return !down }); ok {
		x.T.Fatalf("%s: want silence for %v, heard %s", why, d, describe(h.Event))
	}
}

// WantGone demands that the terminal hangs up within a time, for this cause.
func (x *Tester) WantGone(why string, within time.Duration, cause t30.Cause) t30.Outcome {
	x.T.Helper()
	if !x.World.Run(within, func() bool { return x.Terminal.Gone }) {
		x.T.Fatalf("%s: the terminal still holds the line after %v", why, within)
	}
	o := x.Terminal.Engine.Outcome()
	if o.Cause != cause || o.Success != (cause == t30.CauseNone) {
		x.T.Fatalf("%s: want the cause %v, got %v (%s)", why, cause, o.Cause, o.Sentence())
	}
	return o
}

func describe(ev t30.Event) string {
	if f, ok := ev.(t30.FrameReceived); ok {
		return t30.DescribeFrame(f.Octets)
	}
	return fmt.Sprintf("%T%v", ev, ev)
}
