package v21

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem"
)

type sink struct {
	bits   []byte
	status []modem.Status
	at     []int
	n      *int
}

func (s *sink) Status(st modem.Status) {
	s.status = append(s.status, st)
	if s.n != nil {
		s.at = append(s.at, *s.n)
	}
}
func (s *sink) Bit(b byte) { s.bits = append(s.bits, b) }

type randomBits struct {
	r    *rand.Rand
	bits []byte
	n    int
}

func (r *randomBits) NextBit() (byte, bool) {
	if len(r.bits) == r.n {
		return 0, false
	}
	var b byte
	if len(r.bits) < 304 {
		b = 0b01111110 >> (len(r.bits) & 7) & 1
	} else {
		b = byte(r.r.Uint32() & 1)
	}
	r.bits = append(r.bits, b)
	return b, true
}

func TestBER(t *testing.T) {
	for _, snr := range []float64{100, 4, 2, 0, -1, -2} {
		src := &randomBits{r: rand.New(rand.NewPCG(3, 4)), n: 6000}
		tx := NewTransmitter(src, -15)
		line := make([]int16, 8000*22)
		n := tx.Transmit(line)
		noise := modem.Amplitude(-15) / math.Sqrt2 * math.Pow(10, -snr/20)
		for i := range line {
			line[i] += int16(noise * src.r.NormFloat64())
		}
		var s sink
		at := 0
		s.n = &at
		r := NewReceiver(&s)
		for at = 0; at < len(line); at += 160 {
			r.Receive(line[at : at+160])
		}
		t.Log(snr, n, len(src.bits), len(s.bits), s.status, s.at)
		best := 1 << 30
		bestAt := 0
		for off := -60; off < 60; off++ {
			e := 0
			for i := 304; i < len(src.bits); i++ {
				if j := i + off; j < 0 || j >= len(s.bits) || s.bits[j] != src.bits[i] {
					e++
				}
			}
			if e < best {
				best, bestAt = e, off
			}
		}
		t.Log("errors", best, bestAt)
	}
}
