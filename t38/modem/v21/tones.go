package v21

import (
	"math"

	"github.com/pagebridge/pagebridge/t38/modem"
)

// The characteristic frequencies of channel 2 and the rate (V.21).
const (
	mark  = 1650 // Hz, 1
	space = 1850 // Hz, 0
	rate  = 300  // bit/s
)

// period is how many samples hold whole waves of both tones, shift those of
// their difference.
const (
	period = 160
	shift  = 40
)

// waves has the phase of one sample, against the tones.
type waves struct{ spaceRe, spaceIm, markRe, markIm float32 }

// reference has one period and what a quarter of a bit may need more.
var reference = func() (t [period + maxQuarter]waves) {
	for n := range t {
		s, m := turn(space, n), turn(mark, n)
		t[n] = waves{real(s), -imag(s), real(m), -imag(m)}
	}
	return t
}()

// difference has by how much the phase of space has run away from that of mark
// after so many samples.
var difference = func() (t [shift]complex64) {
	for n := range t {
		t[n] = turn(space-mark, n)
	}
	return t
}()

func turn(hertz, samples int) complex64 {
	s, c := math.Sincos(2 * math.Pi * float64(hertz*samples) / modem.SampleRate)
	return complex(float32(c), float32(s))
}
