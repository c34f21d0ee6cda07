package dsp

// Taps is the length of an Equaliser, two a symbol.
const Taps = 40

// Centre is how many samples after it the Equaliser gives a symbol: a whole number
// of symbols. Echoes come later than what they are of, so more taps are behind the
// centre than before it.
const Centre = 14

// Coefficients are those of an Equaliser.
type Coefficients struct{ re, im [Taps]float32 }

// An Equaliser is a filter with two taps a symbol that learns to undo what the
// line does (LMS). As its taps are closer than symbols it makes up for the phase
// at which the symbols are sampled, too.
type Equaliser struct {
	c      Coefficients
	re, im [2 * Taps]float32 // what was put in, twice, the newest first
	newest int
	power  float32 // of what was put in, smoothed
}

// Reset makes the Equaliser pass on what is put in.
func (e *Equaliser) Reset() {
	*e = Equaliser{}
	e.c.re[Centre] = 1
}

// Prime says what power to expect of what is put in.
func (e *Equaliser) Prime(power float32) { e.power = power }

// Clear forgets what was put in and keeps the coefficients.
func (e *Equaliser) Clear() {
	e.re, e.im = [2 * Taps]float32{}, [2 * Taps]float32{}
}

// Coefficients gives the present ones, to be restored later.
func (e *Equaliser) Coefficients() Coefficients { return e.c }

// Restore sets coefficients.
func (e *Equaliser) Restore(c Coefficients) { e.c = c }

// Put takes a sample.
func (e *Equaliser) Put(x Point) {
	n := e.newest - 1
	if n < 0 {
		n = Taps - 1
	}
	e.newest = n
	e.re[n], e.re[n+Taps] = x.Re, x.Re
	e.im[n], e.im[n+Taps] = x.Im, x.Im
	e.power += (x.Power() - e.power) * (1.0 / 64)
}

// Output is the filter's present output.
func (e *Equaliser) Output() Point {
	xr, xi := (*[Taps]float32)(e.re[e.newest:]), (*[Taps]float32)(e.im[e.newest:])
	var r0, r1, i0, i1 float32
	for k := range Taps {
		cr, ci := e.c.re[k], e.c.im[k]
		r0 += cr * xr[k]
		r1 += ci * xi[k]
		i0 += cr * xi[k]
		i1 += ci * xr[k]
	}
	return Point{r0 - r1, i0 + i1}
}

// Adapt moves the coefficients such that the present output moves by err. At
// speed 1 it would do so at once, and heed every bit of noise; speeds are far
// below.
func (e *Equaliser) Adapt(err Point, speed float32) {
	if e.power <= 0 {
		return
	}
	err = err.Scale(speed / (Taps * e.power))
	xr, xi := (*[Taps]float32)(e.re[e.newest:]), (*[Taps]float32)(e.im[e.newest:])
	er, ei := err.Re, err.Im
	for k := range Taps {
		a, b := xr[k], xi[k]
		e.c.re[k] += er*a + ei*b
		e.c.im[k] += ei*a - er*b
	}
}
