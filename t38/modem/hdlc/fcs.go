package hdlc

// The frame check sequence is the complement of the remainder of the frame's
// bits, the first sixteen of them complemented, by x^16 + x^12 + x^5 + 1; its
// highest term is sent first (T.30 5.3.7).
const (
	fcsPolynomial = 1<<12 | 1<<5 | 1
	fcsBegin      = 0xFFFF
	// fcsResidue is what remains of a frame together with its correct FCS.
	fcsResidue = 0x1D0F
	fcsOctets  = 2
)

type fcs uint16

func (f fcs) with(octet byte) fcs { return f<<8 ^ fcsTable[byte(f>>8)^octet] }

// fcsTable has the remainder of each octet followed by sixteen zeros.
var fcsTable = func() (t [256]fcs) {
	for octet := range t {
		r := fcs(octet) << 8
		for range 8 {
			over := r&0x8000 != 0
			r <<= 1
			if over {
				r ^= fcsPolynomial
			}
		}
		t[octet] = r
	}
	return t
}()
