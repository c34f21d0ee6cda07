package g711

import (
	"math"
	"testing"
)

// TestTheTablesOfG711 compares with values printed in G.711's tables 1a, 1b, 2a
// and 2b, scaled to 16 bits (A-law by 8, mu-law by 4).
func TestTheTablesOfG711(t *testing.T) {
	for _, c := range []struct {
		law   Law
		octet byte
		want  int16
	}{
		{ALaw, 0xD5, 1 * 8}, {ALaw, 0x55, -1 * 8}, {ALaw, 0xAA, 4032 * 8}, {ALaw, 0x2A, -4032 * 8},
		{MuLaw, 0xFF, 0}, {MuLaw, 0x7F, 0}, {MuLaw, 0x80, 8031 * 4}, {MuLaw, 0x00, -8031 * 4},
		{MuLaw, 0xFE, 2 * 4}, {MuLaw, 0xEF, 33 * 4},
	} {
		if got := c.law.Decode(c.octet); got != c.want {
			t.Errorf("%v %#02x is %d, want %d", c.law, c.octet, got, c.want)
		}
	}
}

// TestEncodingRoundsToAStep checks for every sample that it is at most half a
// step of its segment away from what it becomes, and that the order is kept.
// (Where two segments meet, G.711's decision value belongs to the coarser one,
// so that the nearest value is not always the right one.)
func TestEncodingRoundsToAStep(t *testing.T) {
	for _, law := range []Law{MuLaw, ALaw} {
		greatest, before := 0, math.MinInt16
		for octet := range 256 {
			greatest = max(greatest, int(law.Decode(byte(octet))))
		}
		for v := math.MinInt16; v <= math.MaxInt16; v++ {
			octet := law.Encode(int16(v))
			got := int(law.Decode(octet))
			if far := abs(got - max(min(v, greatest), -greatest)); far > halfStep(law, octet) {
				t.Fatalf("%v: %d becomes %d, which is %d away", law, v, got, far)
			}
			if got < before {
				t.Fatalf("%v: %d becomes %d, less than what is below it", law, v, got)
			}
			before = got
		}
	}
}

// halfStep is half the distance of two values in the segment of octet.
func halfStep(law Law, octet byte) int {
	if law == ALaw {
		return 8 << max(int((octet^0x55)>>4&7)-1, 0)
	}
	return 4 << (^octet >> 4 & 7)
}

func abs(n int) int { return max(n, -n) }

func TestADecodedOctetEncodesToItself(t *testing.T) {
	for _, law := range []Law{MuLaw, ALaw} {
		for octet := range 256 {
			got := law.Encode(law.Decode(byte(octet)))
			if got != byte(octet) && !(law == MuLaw && octet == 0x7F && got == 0xFF) { // minus zero
				t.Errorf("%v: %#02x becomes %#02x", law, octet, got)
			}
		}
	}
}

// TestTheReferenceSignal decodes G.711's tables 5 and 6: one of the periodic
// sequences of octets that are a sine of 1 kHz at 0 dBm0.
func TestTheReferenceSignal(t *testing.T) {
	for law, octets := range map[Law][]byte{
		ALaw:  {0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4},
		MuLaw: {0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E},
	} {
		var power float64
		for _, octet := range octets {
			v := float64(law.Decode(octet))
			power += v * v
		}
		if level := dBm0(power / float64(len(octets))); math.Abs(level) > 0.1 {
			t.Errorf("%v: %.2f dBm0, want 0", law, level)
		}
	}
}

// dBm0 gives the level of samples by their mean square. The greatest sine of
// A-law is 3.14 dBm0.
func dBm0(meanSquare float64) float64 {
	full := math.MaxInt16 * math.MaxInt16 / 2.0
	return 10*math.Log10(meanSquare/full) + 3.14
}

func BenchmarkEncode(b *testing.B) {
	for _, law := range []Law{MuLaw, ALaw} {
		b.Run(law.String(), func(b *testing.B) {
			v := int16(0)
			for b.Loop() {
				law.Encode(v)
				v += 257
			}
		})
	}
}
