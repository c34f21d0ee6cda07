package v29

import (
	"fmt"
	"time"

	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
	"github.com/pagebridge/pagebridge/t38/modem/internal/qam"
)

// The segments of V.29 8, in symbols.
const (
	segment1 = 48  // no energy
	segment2 = 128 // alternations
	segment3 = 384 // for the equaliser
	segment4 = 48  // scrambled ones
)

// TrainingTime is how long a transmission takes to its first bit of data.
const TrainingTime = (segment1 + segment2 + segment3 + segment4) * time.Second / baud

const (
	carrier = 1700
	baud    = 2400
	rolloff = 0.25 // V.29 leaves it open
)

var line = qam.Line{Carrier: carrier, Baud: baud, Rolloff: rolloff}

// mode is what the rates differ in.
type mode struct {
	bits   int // a symbol
	levels int // amplitudes a phase
	points []dsp.Point
	power  float32
	a, b   dsp.Point
	known  []dsp.Point // segment 3
	all    []dsp.Point // segments 1 to 3
}

var modes = map[int]*mode{9600: newMode(4, 2), 7200: newMode(3, 1)}

func newMode(bits, levels int) *mode {
	m := &mode{bits: bits, levels: levels}
	for _, p := range phases {
		m.points = append(m.points, p[:levels]...)
	}
	m.power = dsp.MeanPower(m.points...)
	// V.29 8.2: A is the point of phase 180 and amplitude 3, B that of phase 315
	// and the greater amplitude in use.
	m.a, m.b = phases[4][0], phases[7][levels-1]
	c, d := phases[0][0], phases[3][levels-1]
	// V.29 8.3: 1 + x^-6 + x^-7, beginning with 0101010; C stands for 0.
	register := byte(0b0101010)
	for range segment3 {
		p := c
		if register&1 == 1 {
			p = d
		}
		m.known = append(m.known, p)
		register = register>>1 | (register^register>>1)&1<<6
	}
	m.all = make([]dsp.Point, segment1)
	for i := range segment2 {
		m.all = append(m.all, [2]dsp.Point{m.a, m.b}[i%2])
	}
	m.all = append(m.all, m.known...)
	return m
}

func modeOf(rate int) (*mode, error) {
	m := modes[rate]
	if m == nil {
		return nil, fmt.Errorf("v29: no rate of %d bit/s; there are 9600 and 7200", rate)
	}
	return m, nil
}

func scrambler() dsp.Scrambler { return dsp.NewScrambler(18, 23) }
