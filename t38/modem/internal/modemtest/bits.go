package modemtest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem"
)

// A Recorder is a Sink that keeps everything.
type Recorder struct {
	Statuses []modem.Status
	Bits     []byte
}

// Status implements modem.Sink.
func (r *Recorder) Status(s modem.Status) { r.Statuses = append(r.Statuses, s) }

// Bit implements modem.Sink.
func (r *Recorder) Bit(bit byte) { r.Bits = append(r.Bits, bit) }

// A Sequence is a Source of these bits.
type Sequence struct {
	Bits []byte
	next int
}

// NextBit implements modem.Source.
func (s *Sequence) NextBit() (byte, bool) {
	if s.next == len(s.Bits) {
		return 0, false
	}
	s.next++
	return s.Bits[s.next-1], true
}

// RandomBits gives n bits, the same for the same seed.
func RandomBits(n int, seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 29))
	bits := make([]byte, n)
	for i := range bits {
		bits[i] = byte(random.IntN(2))
	}
	return bits
}

// Samples gives the whole of what a Transmitter sends.
func Samples(tx modem.Transmitter) []int16 {
	var block [160]int16
	var all []int16
	for {
		n := tx.Transmit(block[:])
		all = append(all, block[:n]...)
		if n < len(block) {
			return all
		}
	}
}

// Pause gives so many milliseconds of silence.
func Pause(millis int) []int16 { return make([]int16, millis*modem.SampleRate/1000) }

// Join gives one signal after another.
func Join(parts ...[]int16) []int16 {
	var all []int16
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// Received wants that a receiver was trained and heard these bits, and at most
// some more when the signal ended.
func Received(t testing.TB, r *Recorder, want []byte) {
	t.Helper()
	if s := fmt.Sprint(r.Statuses); s != "[carrier up trained carrier down]" {
		t.Errorf("statuses: %s", s)
	}
	const surplus = 400
	if len(r.Bits) < len(want) || len(r.Bits) > len(want)+surplus {
		t.Errorf("%d bits, want %d and few more", len(r.Bits), len(want))
	}
	if wrong := Wrong(r.Bits, want); wrong > 0 {
		t.Errorf("%d bits of %d are wrong", wrong, len(want))
	}
}

// Wrong is how many of the bits are not as they should be, or missing.
func Wrong(got, want []byte) int {
	n := max(0, len(want)-len(got))
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			n++
		}
	}
	return n
}
