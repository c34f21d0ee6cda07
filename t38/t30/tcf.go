package t30

import "math/bits"

// trainingCheck judges TCF: 1.5 s of zeros (T.30 5.3.6.1.3), as it comes in.
type trainingCheck struct {
	modulation Modulation
	began      bool
	refused    bool // training failed, or the DCS was not to our liking
	zeros      int  // bits of the longest run of zeros but for some errors
	run        int
	errors     int // bits within run
}

func (t *trainingCheck) start(m Modulation) { *t = trainingCheck{modulation: m} }

// check counts zeros. A run ends where more than one bit in 64 of it is wrong;
// what precedes and follows the zeros (the tail of the training, the fall of
// the carrier) does no harm.
func (t *trainingCheck) check(octets []byte) {
	for _, o := range octets {
		t.run += 8
		t.errors += bits.OnesCount8(o)
		if t.errors*64 > t.run {
			t.run, t.errors = 0, 0
		}
		t.zeros = max(t.zeros, t.run)
	}
}

// good: at least 1 s of the 1.5 s were clean.
func (t *trainingCheck) good() bool {
	return t.began && !t.refused && t.zeros >= t.modulation.Rate()
}
