package modem

import "math"

// fullScale is the level of the greatest sine that A-law can hold (G.711;
// mu-law's is 3.17).
const fullScale = 3.14 // dBm0

// Amplitude is the peak of a sine of that level, in dBm0, on the scale of the
// samples.
func Amplitude(level float64) float64 {
	return math.MaxInt16 * math.Pow(10, (level-fullScale)/20)
}

// DefaultLevel is that of transmitters that are not told another, in dBm0: what
// leaves a terminal at -9 to -15 dBm.
const DefaultLevel = -13.0
