package qam

import "github.com/pagebridge/pagebridge/t38/modem/internal/dsp"

// A Line is what a modem's signal is on the line.
type Line struct {
	Carrier, Baud int     // Hz
	Rolloff       float64 // of the root raised cosine
}

// A Training is the sequence that a Receiver learns from.
type Training struct {
	// A and B alternate first. A Receiver needs some 60 of them; Few are some 50,
	// of which half may be lost where a line takes time to let a signal through.
	A, B dsp.Point
	Few  bool
	// Known are the symbols after them. Short trainings have some 40, long ones
	// more than 300.
	Known []dsp.Point
	// Bridge is the number of symbols after the Known that are A or A turned by
	// any quarters.
	Bridge int
	// Points are those of the data. Without them a Receiver does not mend slips.
	Points []dsp.Point
	// Short has the equaliser of the last long training restored.
	Short bool
}

// A Decoder makes bits of symbols.
type Decoder interface {
	// Start says that the next symbol is the first after training and bridge.
	Start()
	// Decide takes a symbol and tells for which point it was sent, as far as can
	// be said now. It is false when the symbols make no sense: training failed.
	Decide(z dsp.Point) (sent dsp.Point, ok bool)
	// End says that the signal has ended: the Decoder tells what it knows of the
	// last symbols.
	End()
}
