package v29

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem"
)

// recorder is a Sink that keeps everything.
type recorder struct {
	statuses []modem.Status
	bits     []byte
}

func (r *recorder) Status(s modem.Status) { r.statuses = append(r.statuses, s) }
func (r *recorder) Bit(bit byte)          { r.bits = append(r.bits, bit) }

// sequence is a Source of these bits.
type sequence struct {
	bits []byte
	next int
}

func (s *sequence) NextBit() (byte, bool) {
	if s.next == len(s.bits) {
		return 0, false
	}
	s.next++
	return s.bits[s.next-1], true
}

func randomBits(n int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	bits := make([]byte, n)
	for i := range bits {
		bits[i] = byte(random.IntN(2))
	}
	return bits
}

// transmission is the whole signal of some bits, with silence around it.
func transmission(t testing.TB, rate int, bits []byte, o Options) []int16 {
	t.Helper()
	tx, err := NewTransmitter(rate, &sequence{bits: bits}, o)
	if err != nil {
		t.Fatal(err)
	}
	line := make([]int16, 800)
	var block [160]int16
	for {
		n := tx.Transmit(block[:])
		line = append(line, block[:n]...)
		if n < len(block) {
			return append(line, make([]int16, 800)...)
		}
	}
}

func TestLoopback(t *testing.T) {
	for _, rate := range Rates {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			bits := randomBits(20000)
			var got recorder
			rx, err := NewReceiver(rate, &got)
			if err != nil {
				t.Fatal(err)
			}
			rx.Receive(transmission(t, rate, bits, Options{}))
			if fmt.Sprint(got.statuses) != "[carrier up trained carrier down]" {
				t.Error(got.statuses)
			}
			compare(t, bits, got.bits)
		})
	}
}

// compare wants these bits, and at most 300 more.
func compare(t *testing.T, want, got []byte) {
	t.Helper()
	if len(got) < len(want) || len(got) > len(want)+300 {
		t.Errorf("%d bits, want %d", len(got), len(want))
	}
	wrong := 0
	for i := range min(len(want), len(got)) {
		if got[i] != want[i] {
			wrong++
		}
	}
	if wrong > 0 {
		t.Errorf("%d bits of %d are wrong", wrong, len(want))
	}
}
