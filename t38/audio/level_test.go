package audio

import "math"

const fullScale = 3.14 // dBm0 of the greatest sine (G.711)

// dBm0 gives the level of samples by their mean square.
func dBm0(meanSquare float64) float64 {
	full := math.MaxInt16 * math.MaxInt16 / 2.0
	return 10*math.Log10(meanSquare/full) + fullScale
}
