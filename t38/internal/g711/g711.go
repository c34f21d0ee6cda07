package g711

import "math/bits"

// Law is which of the two codings of G.711 is spoken.
type Law uint8

const (
	MuLaw Law = iota // PCMU
	ALaw             // PCMA
)

func (l Law) String() string {
	if l == ALaw {
		return "PCMA"
	}
	return "PCMU"
}

// Encode gives the octet of a 16-bit sample.
func (l Law) Encode(sample int16) byte {
	if l == ALaw {
		return encodeA(int(sample))
	}
	return encodeMu(int(sample))
}

// Decode gives the 16-bit sample of an octet.
func (l Law) Decode(octet byte) int16 { return decoded[l&1][octet] }

// decoded has the value of each octet by law.
var decoded = func() (t [2][256]int16) {
	for octet := range 256 {
		t[MuLaw][octet] = decodeMu(byte(octet))
		t[ALaw][octet] = decodeA(byte(octet))
	}
	return t
}()

// Both laws have a sign, eight segments and sixteen steps in each. In G.711 the
// values of mu-law are 14 bits wide and those of A-law 13; here they are scaled
// to 16.
//
//	mu-law  all bits inverted; |value| + 33*4 = 1mmmm1 << segment+2, and so the
//	        segments are those of |value| + 132
//	A-law   even bits inverted; |value| = 1mmmm1 << segment+2, and in segment 0,
//	        which is as steep as segment 1, mmmm1 << 3
const muBias = 33 << 2

func encodeMu(v int) byte {
	sign := byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v+muBias, 0x7FFF)
	segment := bits.Len(uint(v)) - 8
	return ^(sign | byte(segment<<4|v>>(segment+3)&0xF))
}

func decodeMu(octet byte) int16 {
	octet = ^octet
	segment, step := int(octet>>4&7), int(octet&0xF)
	v := (step<<1|0x21)<<(segment+2) - muBias
	if octet&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

const aInversion = 0x55

func encodeA(v int) byte {
	sign := byte(0x80)
	if v < 0 {
		v, sign = -v, 0
	}
	v = min(v, 0x7FFF)
	segment := max(bits.Len(uint(v))-8, 0)
	shift := max(segment, 1) + 3
	return (sign | byte(segment<<4|v>>shift&0xF)) ^ aInversion
}

func decodeA(octet byte) int16 {
	octet ^= aInversion
	segment, step := int(octet>>4&7), int(octet&0xF)
	v := (step<<1 | 1) << 3
	if segment > 0 {
		v = (step<<1 | 0x21) << (segment + 2)
	}
	if octet&0x80 == 0 {
		v = -v
	}
	return int16(v)
}
