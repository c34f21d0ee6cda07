package dsp

import "math"

func rsqrt(x float32) float32 { return float32(1 / math.Sqrt(float64(x))) }

// Carrier turns symbols so that they stand still: a phase locked loop of second
// order.
type Carrier struct {
	turn      Point   // what to turn the next symbol by
	frequency float32 // radians a symbol, by which turn goes on
}

// Reset sets the phase, in radians, and the frequency to zero.
func (c *Carrier) Reset(phase float64) { *c = Carrier{turn: Turn(phase)} }

// Frequency is how far the carrier turns in a symbol, in radians.
func (c *Carrier) Frequency() float32 { return c.frequency }

// Turned gives the symbol turned, and Unturned an error turned back.
func (c *Carrier) Turned(z Point) Point { return z.Mul(c.turn) }

// Unturned is the opposite of Turned.
func (c *Carrier) Unturned(z Point) Point { return z.MulConj(c.turn) }

// Track goes on to the next symbol. z is what Turned gave, and was is what it
// should have been. Speed is the share of the error that is corrected at once.
func (c *Carrier) Track(z, was Point, speed float32) {
	var late float32
	if p := max(was.Power(), z.Power()); p > 0 {
		late = z.MulConj(was).Im / p
	}
	c.frequency -= late * speed * speed * 0.25
	c.turnBy(c.frequency - late*speed)
}

// Coast goes on to the next symbol when nothing is known of this one.
func (c *Carrier) Coast() { c.turnBy(c.frequency) }

// turnBy turns by a small angle.
func (c *Carrier) turnBy(by float32) {
	t := c.turn.Mul(Point{1 - by*by/2, by})
	c.turn = t.Scale(1.5 - 0.5*t.Power())
}

// Rewind goes back by so many symbols, at the present frequency.
func (c *Carrier) Rewind(symbols int) {
	c.turn = c.turn.Mul(Turn(-float64(c.frequency) * float64(symbols)))
}
