package dsp

import "math"

// rootRaisedCosine is the pulse whose spectrum is the square root of a raised
// cosine, at t symbols from its middle. Its energy is 1 a symbol.
func rootRaisedCosine(t, rolloff float64) float64 {
	const near = 1e-6
	switch {
	case math.Abs(t) < near:
		return 1 - rolloff + 4*rolloff/math.Pi
	case math.Abs(math.Abs(4*rolloff*t)-1) < near:
		a := math.Pi / (4 * rolloff)
		return rolloff / math.Sqrt2 * ((1+2/math.Pi)*math.Sin(a) + (1-2/math.Pi)*math.Cos(a))
	}
	p, u := math.Pi*t, 4*rolloff*t
	return (math.Sin(p*(1-rolloff)) + u*math.Cos(p*(1+rolloff))) / (p * (1 - u*u))
}

// kaiser is a window from -1 to 1; the higher beta the lower its side lobes and
// the wider its main lobe.
func kaiser(x, beta float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel0(beta*math.Sqrt(1-x*x)) / bessel0(beta)
}

// bessel0 is the modified Bessel function of the first kind and order zero.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}
