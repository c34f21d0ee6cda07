package v17

import (
	"fmt"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/t38/modem/internal/dsp"
	"github.com/pagebridge/pagebridge/t38/modem/internal/qam"
)

// The segments of V.17 5, in symbols.
const (
	segment1      = 256 // alternations
	segment2Long  = 2976
	segment2Short = 38
	segment3      = 64 // bridge, only after the long one
	segment4      = 48 // scrambled ones
	tail          = 32 // scrambled ones after the data
)

// LongTrainingTime and ShortTrainingTime are how long a transmission takes to
// its first bit of data.
const (
	LongTrainingTime  = (segment1 + segment2Long + segment3 + segment4) * time.Second / baud
	ShortTrainingTime = (segment1 + segment2Short + segment4) * time.Second / baud
)

const (
	carrier = 1800
	baud    = 2400
	rolloff = 0.25 // V.17 leaves it open
)

var line = qam.Line{Carrier: carrier, Baud: baud, Rolloff: rolloff}

// corners are A, B, C and D: each a quarter of a turn from the one before.
var corners = [4]dsp.Point{{Re: -6, Im: -2}, {Re: 2, Im: -6}, {Re: 6, Im: 2}, {Re: -2, Im: 6}}

const (
	// scramblerStart makes segment 2 begin with C D C D C D.
	scramblerStart = 0x2ECDD5
	// bridge is what segment 3 repeats, the first bit the most significant.
	bridge, bridgeLength = uint16(0b0000000100010001), 16
)

var (
	// Segment 2 sends a corner for two bits, segment 3 turns by so many quarters.
	cornerOf = [4]uint8{0b00: 2, 0b01: 3, 0b10: 1, 0b11: 0}
	turnOf   = [4]uint8{0b00: 1, 0b01: 0, 0b10: 2, 0b11: 3}
)

// longKnown is segment 2 of the long training, shortKnown that of the short one,
// longAll and shortAll are everything before the scrambled ones.
var longKnown, longAll = trainingOf(segment2Long, segment3)
var shortKnown, shortAll = trainingOf(segment2Short, 0)

func trainingOf(segment2, segment3 int) (known, all []dsp.Point) {
	for i := range segment1 {
		all = append(all, corners[i%2])
	}
	s := scrambler()
	s.Register = scramblerStart
	var corner uint8
	for range segment2 {
		bits := s.Scramble(1) << 1
		corner = cornerOf[bits|s.Scramble(1)]
		all = append(all, corners[corner])
	}
	known = all[segment1:]
	for i := range segment3 {
		at := bridgeLength - 1 - 2*i%bridgeLength
		bits := s.Scramble(byte(bridge>>at&1)) << 1
		bits |= s.Scramble(byte(bridge >> (at - 1) & 1))
		corner = (corner + turnOf[bits]) & 3
		all = append(all, corners[corner])
	}
	return known, all
}

// mode is what the rates differ in.
type mode struct {
	bits   int // a symbol
	points []dsp.Point
	power  float32
	slicer func() *slicer // made when it is first needed, as it is large
}

var modes = map[int]*mode{
	14400: newMode(6, diagram14400),
	12000: newMode(5, diagram12000),
	9600:  newMode(4, diagram9600),
	7200:  newMode(3, diagram7200),
}

func newMode(bits int, diagram [][2]place) *mode {
	points := pointsOf(diagram)
	return &mode{
		bits:   bits,
		points: points,
		power:  dsp.MeanPower(points...),
		slicer: sync.OnceValue(func() *slicer { return newSlicer(points) }),
	}
}

func modeOf(rate int) (*mode, error) {
	m := modes[rate]
	if m == nil {
		return nil, fmt.Errorf("v17: no rate of %d bit/s; there are 14400, 12000, 9600 and 7200", rate)
	}
	return m, nil
}

func scrambler() dsp.Scrambler { return dsp.NewScrambler(18, 23) }
