package dsp

import "math"

// A Point is a complex number: a symbol, or a sample of the complex envelope.
type Point struct{ Re, Im float32 }

// Add gives p+q.
func (p Point) Add(q Point) Point { return Point{p.Re + q.Re, p.Im + q.Im} }

// Sub gives p-q.
func (p Point) Sub(q Point) Point { return Point{p.Re - q.Re, p.Im - q.Im} }

// Mul gives p·q.
func (p Point) Mul(q Point) Point {
	return Point{p.Re*q.Re - p.Im*q.Im, p.Re*q.Im + p.Im*q.Re}
}

// MulConj gives p·q*: it takes q's phase from p.
func (p Point) MulConj(q Point) Point {
	return Point{p.Re*q.Re + p.Im*q.Im, p.Im*q.Re - p.Re*q.Im}
}

// Scale gives p times a number.
func (p Point) Scale(by float32) Point { return Point{p.Re * by, p.Im * by} }

// Power is |p|².
func (p Point) Power() float32 { return p.Re*p.Re + p.Im*p.Im }

// Phase is the angle of p in radians.
func (p Point) Phase() float64 { return math.Atan2(float64(p.Im), float64(p.Re)) }

// Turn is the unit Point at an angle in radians.
func Turn(angle float64) Point {
	s, c := math.Sincos(angle)
	return Point{float32(c), float32(s)}
}

// MeanPower is that of points used equally often.
func MeanPower(points ...Point) float32 {
	var sum float32
	for _, p := range points {
		sum += p.Power()
	}
	return sum / float32(len(points))
}
