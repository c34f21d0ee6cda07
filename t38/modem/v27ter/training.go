package v27ter

import (
	"fmt"
	"time"

	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
	"github.com/pagebridge/pagebridge/t38/modem/internal/qam"
)

// Rates are those of V.27 ter, in bit/s.
var Rates = []int{4800, 2400}

// The segments of the long sequence in V.27 ter, in symbols; the first two
// are those against echo.
const (
	segment3 = 50   // reversals
	segment4 = 1074 // for the equaliser
	segment5 = 8    // scrambled ones
)

// TrainingTime is how long a transmission at a rate takes to its first bit of
// data, without protection against echo.
func TrainingTime(rate int) time.Duration {
	m := modes[rate]
	if m == nil {
		return 0
	}
	return (segment3 + segment4 + segment5) * time.Second / time.Duration(m.line.Baud)
}

// skipped is how many symbols of segment 4 a receiver does without. It has so
// few reversals to find that they may be over when it knows them.
const skipped = 8

// turns are the phase changes in steps of 45 degrees by the bits of a symbol, the
// first the most significant (V.27 ter Tables 1 and 2).
var (
	turns4800 = []uint8{0b001: 0, 0b000: 1, 0b010: 2, 0b011: 3, 0b111: 4, 0b110: 5, 0b100: 6, 0b101: 7}
	turns2400 = []uint8{0b00: 0, 0b01: 2, 0b11: 4, 0b10: 6}
)

// mode is what the rates differ in.
type mode struct {
	line   qam.Line
	bits   int // a symbol
	turns  []uint8
	bitOf  [8]byte     // for each turn
	points []dsp.Point // by which slips are noticed
}

var modes = map[int]*mode{4800: newMode(1600, 3, turns4800), 2400: newMode(1200, 2, turns2400)}

func newMode(baud, bits int, turns []uint8) *mode {
	// V.27 ter: a raised cosine of 50 % half at either end.
	m := &mode{line: qam.Line{Carrier: 1800, Baud: baud, Rolloff: 0.5}, bits: bits, turns: turns}
	if bits == 3 {
		// A slip turns the carrier by 81°: among four points it looks like another
		// symbol, and there is nothing to notice.
		m.points = phases[:]
	}
	for b, t := range turns {
		m.bitOf[t] = byte(b)
	}
	return m
}

func modeOf(rate int) (*mode, error) {
	m := modes[rate]
	if m == nil {
		return nil, fmt.Errorf("v27ter: no rate of %d bit/s; there are 4800 and 2400", rate)
	}
	return m, nil
}

// phases are the points of the signal, in steps of 45 degrees.
var phases = func() (p [8]dsp.Point) {
	const r = 0.70710678
	return [8]dsp.Point{{Re: 1}, {Re: r, Im: r}, {Im: 1}, {Re: -r, Im: r}, {Re: -1}, {Re: -r, Im: -r}, {Im: -1}, {Re: r, Im: -r}}
}()

// training has segments 3 and 4, the phase of the last symbol, and the scrambler
// as it is after them. Segment 4 has every third bit of scrambled ones: a one
// reverses the phase (V.27 ter).
var training, lastPhase, trained = func() (symbols []dsp.Point, phase uint8, s scrambler) {
	for range segment3 {
		symbols = append(symbols, phases[phase])
		phase ^= 4
	}
	phase ^= 4
	s.register = 0b0111100
	for range segment4 {
		if s.scramble(1) == 1 {
			phase ^= 4
		}
		s.scramble(1)
		s.scramble(1)
		symbols = append(symbols, phases[phase])
	}
	return symbols, phase, s
}()
