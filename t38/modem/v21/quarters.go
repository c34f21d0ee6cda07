package v21

import "math"

// correlation is what was heard of both tones, and of all, in a time of one bit.
type correlation struct {
	space, mark complex64
	power       float32
	lost        int // samples
}

// lean says which tone the time holds: -1 is space alone, 1 mark alone.
func (c correlation) lean() float32 {
	s, m := square(c.space), square(c.mark)
	if s+m == 0 {
		return 0
	}
	return (m - s) / (m + s)
}

func square(c complex64) float32 { return real(c)*real(c) + imag(c)*imag(c) }

// quarters keeps the last four quarters of a bit.
type quarters struct {
	kept [4]correlation
	n    uint
}

// put adds a quarter and gives what the last four make together.
func (q *quarters) put(w waves, power float32, lost int) (sum correlation) {
	q.kept[q.n&3] = correlation{complex(w.spaceRe, w.spaceIm), complex(w.markRe, w.markIm), power, lost}
	q.n++
	for i := range q.kept {
		k := &q.kept[i]
		sum.space += k.space
		sum.mark += k.mark
		sum.power += k.power
		sum.lost += k.lost
	}
	return sum
}

// decision decides each bit when the one after it has been heard.
type decision struct {
	before, now correlation
	// By how much the tones had run apart when before ended, and when now ended.
	apart, apartNext complex64
	// continuous is 1 for a phase that goes on through changes of the tone, 0 for
	// one that jumps anywhere; smoothed.
	continuous float32
}

// decide takes the correlation of a whole bit, and by how much the tones had run
// apart at its end. It gives the bit before that one.
func (d *decision) decide(next correlation, apart complex64) (bit byte) {
	bit = d.now.bit()
	if n := next.bit(); n != bit {
		a, b := d.now.of(int(bit)), align(next.of(int(n)), int(bit), int(n), d.apartNext)
		if p := square(a) * square(b); p > 0 {
			same := (real(a)*real(b) + imag(a)*imag(b)) / float32(math.Sqrt(float64(p)))
			d.continuous += (same - d.continuous) / 16
		}
	}
	if d.continues() {
		bit = d.likeliest(&next)
	}
	d.before, d.now = d.now, next
	d.apart, d.apartNext = d.apartNext, apart
	return bit
}

// continues tells whether the phase goes on when the tone changes.
func (d *decision) continues() bool { return d.continuous > 0.5 }

// likeliest is the middle one of those three bits whose wave form is most like
// what was heard.
func (d *decision) likeliest(next *correlation) (middle byte) {
	best := float32(-1)
	for m := range 2 {
		for n := range 4 {
			first, last := n>>1, n&1
			sum := d.now.of(m) + align(next.of(last), m, last, d.apartNext)
			sum = d.before.of(first) + align(sum, first, m, d.apart)
			if p := square(sum); p > best {
				best, middle = p, byte(m)
			}
		}
	}
	return middle
}

// bit is the one of the stronger tone.
func (c *correlation) bit() byte {
	if square(c.mark) > square(c.space) {
		return 1
	}
	return 0
}

func (c *correlation) of(bit int) complex64 {
	if bit == 1 {
		return c.mark
	}
	return c.space
}

// align turns a correlation with the tone of one bit to the phase of that of the
// bit before it, as the phase was the same where the bits meet.
func align(c complex64, before, bit int, apart complex64) complex64 {
	switch {
	case before == bit:
		return c
	case bit == 1:
		return c * complex(real(apart), -imag(apart))
	default:
		return c * apart
	}
}
