package v27ter

// scrambler is 1 + x^-6 + x^-7. When the line has repeated itself with a period
// of 1, 2, 3, 4, 6, 8, 9 or 12 bits for long enough it inverts a bit, for no such
// pattern may last on the line (V.27 ter).
type scrambler struct {
	register uint32 // the last bits on the line, the newest the lowest
	repeated int    // bits that may be of such a pattern
}

// patience is how many bits of a pattern may go by.
const patience = 33

// key is what the next bit is inverted by.
func (s *scrambler) key() byte {
	k := s.register>>5 ^ s.register>>6
	if s.repeated >= patience {
		k ^= 1
	}
	return byte(k & 1)
}

// put takes the bit that is on the line. It belongs to a pattern when it is as
// 8, 9 or 12 bits ago: one of these is a multiple of every period.
func (s *scrambler) put(bit byte) {
	r, b := s.register, uint32(bit)
	belongs := ^((r>>7 ^ b) & (r>>8 ^ b) & (r>>11 ^ b)) & 1
	if s.repeated >= patience {
		belongs = 0
	}
	s.repeated = (s.repeated + 1) * int(belongs) // no branch: bits are random
	s.register = r<<1 | b
}

func (s *scrambler) scramble(bit byte) byte {
	bit ^= s.key()
	s.put(bit)
	return bit
}

func (s *scrambler) descramble(bit byte) byte {
	out := bit ^ s.key()
	s.put(bit)
	return out
}
