package v29

import "github.com/pagebridge/pagebridge/t38/modem/internal/dsp"

// Rates are those that T.30 uses, in bit/s.
var Rates = []int{9600, 7200}

// phases are the absolute phases in steps of 45 degrees, with the two amplitudes
// that V.29 Table 2 gives each: 3 and 5 for multiples of 90 degrees, the square
// root of 2 and three times that for the others.
var phases = [8][2]dsp.Point{
	{{Re: 3, Im: 0}, {Re: 5, Im: 0}},
	{{Re: 1, Im: 1}, {Re: 3, Im: 3}},
	{{Re: 0, Im: 3}, {Re: 0, Im: 5}},
	{{Re: -1, Im: 1}, {Re: -3, Im: 3}},
	{{Re: -3, Im: 0}, {Re: -5, Im: 0}},
	{{Re: -1, Im: -1}, {Re: -3, Im: -3}},
	{{Re: 0, Im: -3}, {Re: 0, Im: -5}},
	{{Re: 1, Im: -1}, {Re: 3, Im: -3}},
}

// turns are the phase changes, in steps of 45 degrees, for the bits Q2 Q3 Q4
// (V.29 Table 1).
var turns = [8]uint8{
	0b001: 0,
	0b000: 1,
	0b010: 2,
	0b011: 3,
	0b111: 4,
	0b110: 5,
	0b100: 6,
	0b101: 7,
}

// change is the opposite of turns.
var change = func() (c [8]byte) {
	for bits, t := range turns {
		c[t] = byte(bits)
	}
	return c
}()
