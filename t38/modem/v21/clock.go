package v21

// clock tells how long each quarter of a bit is, such that a bit ends with every
// fourth of them. Where the tone changes between two bits, the time of a bit
// that lies half before and half after leans to neither tone.
type clock struct {
	at     int     // the quarter of the bit that has just ended, 0 for the last
	last   float32 // lean
	rest   float32 // of a sample
	wander float32 // how far changes are from where they are expected, smoothed
}

const (
	// Until there is a carrier the clock follows any change; then noise must not
	// move it, and no drift asks for more than the slow gain.
	fastGain = quarter / 4
	slowGain = quarter / 16
	// steadily is the wander in quarters of a bit below which the changes come by
	// the clock; those of noise wander by one.
	steadily = 0.5
)

// next takes how the last time of a bit leans and gives the samples of the next
// quarter.
func (c *clock) next(lean float32, locked bool) int {
	c.at = (c.at + 1) & 3
	length := quarter + c.rest
	if lean*c.last < 0 {
		// The change was between the last quarter's end and this one's, and is
		// expected where the second quarter ends.
		late := float32(c.at) - lean/(lean-c.last) - 2
		if late < -2 {
			late += 4
		}
		c.wander += (max(late, -late) - c.wander) / 8
		switch {
		case locked:
			length += slowGain * late
		case late > 1:
			c.at = (c.at - 1) & 3
		case late < -1:
			c.at = (c.at + 1) & 3
		default:
			length += fastGain * late
		}
	}
	c.last = lean
	n := min(max(int(length), minQuarter), maxQuarter)
	c.rest = length - float32(n)
	return n
}

// coast is next when samples are lost.
func (c *clock) coast() int {
	c.last = 0 // no change is seen
	return c.next(0, true)
}

func (c *clock) bitEnds() bool { return c.at == 0 }

// steady tells whether the tones change by the clock.
func (c *clock) steady() bool { return c.wander < steadily }
