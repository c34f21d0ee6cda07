package t38

// stuffing counts the bits that HDLC adds: a zero after each five ones in a row
// (T.4 Annex A, ISO/IEC 13239). Its value is the ones that the last octet ended
// with.
type stuffing int

// bits is how many bits the octets take on the line.
func (s *stuffing) bits(octets []byte) int {
	n := 8 * len(octets)
	ones := int(*s)
	for _, o := range octets {
		for i := 7; i >= 0; i-- {
			if o>>i&1 == 0 {
				ones = 0
			} else if ones++; ones == 5 {
				n++
				ones = 0
			}
		}
	}
	*s = stuffing(ones)
	return n
}

// trailerBits are the FCS and one flag after a frame.
const trailerBits = 16 + 8
