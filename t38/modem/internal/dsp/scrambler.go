package dsp

// A Scrambler is a self-synchronising one: 1 + x^-near + x^-far. Its zero state
// is the zero Register.
type Scrambler struct {
	Register uint32 // the last bits on the line, the newest the lowest
	taps     [2]uint8
}

// NewScrambler makes one with these taps.
func NewScrambler(near, far uint8) Scrambler {
	return Scrambler{taps: [2]uint8{near - 1, far - 1}}
}

// Scramble gives the bit for the line.
func (s *Scrambler) Scramble(bit byte) byte {
	bit ^= byte(s.Register>>(s.taps[0]&31)^s.Register>>(s.taps[1]&31)) & 1
	s.Register = s.Register<<1 | uint32(bit)
	return bit
}

// Descramble takes the bit from the line.
func (s *Scrambler) Descramble(bit byte) byte {
	out := bit ^ byte(s.Register>>(s.taps[0]&31)^s.Register>>(s.taps[1]&31))&1
	s.Register = s.Register<<1 | uint32(bit)
	return out
}
