package tsb85

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
)

// Wire is the tester's end of the line to the device: signals go out and come
// in, and time passes. Its verbs return when what they say has been sent.
type Wire interface {
	Now() time.Time
	Wait(time.Duration)

	Tone(t30.Tone)     // begins a tone
	Up(t30.Modulation) // a carrier, with its training
	Down(t30.Modulation)
	Frame(m t30.Modulation, octets []byte, good bool)
	Play(t30.TransmitImage) // a whole fast signal outside HDLC
	HangUp()

	// Next waits for something that matches and passes over what comes before;
	// Peek leaves everything where it is.
	Next(limit time.Duration, match func(t30.Event) bool) (t30test.Heard, bool)
	Peek(limit time.Duration, match func(t30.Event) bool) (t30test.Heard, bool)
	// Settle waits until the device sends nothing.
	Settle(limit time.Duration)
	// Gone waits until the device has hung up, and says when.
	Gone(limit time.Duration) (time.Time, bool)
	Outcome() t30.Outcome
}

// Device makes a device under test and gives the other end of its line.
type Device func(t30.Config, t30test.Document) Wire

// Engine is the engine alone: signals are its events and actions.
func Engine(cfg t30.Config, doc t30test.Document) Wire {
	return engineWire{t30test.NewTester(nil, cfg, doc)}
}

type engineWire struct{ *t30test.Tester }

func (w engineWire) Now() time.Time           { return w.World.Now() }
func (w engineWire) Tone(t t30.Tone)          { w.Terminal.Hear(t30.ToneHeard{Tone: t}) }
func (w engineWire) Play(a t30.TransmitImage) { w.Tester.Play(a) }
func (w engineWire) Outcome() t30.Outcome     { return w.Terminal.Engine.Outcome() }

func (w engineWire) Gone(limit time.Duration) (time.Time, bool) {
	ok := w.World.Run(limit, func() bool { return w.Terminal.Gone })
	return w.Terminal.GoneAt, ok
}
