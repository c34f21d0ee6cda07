//go:build unix

package modem_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

// gaps is a signal of which the network loses packets.
type gaps struct {
	packet int            // samples
	lost   func(int) bool // whether the n-th packet is
}

// pass gives a signal to a receiver as a network would, which has what came last
// as its guess of what is lost.
func (g gaps) pass(rx modem.Receiver, signal []int16) {
	last := make([]int16, g.packet)
	for n := 0; len(signal) >= g.packet; n++ {
		if g.lost(n) {
			rx.Lose(last)
		} else {
			rx.Receive(signal[:g.packet])
			last = signal[:g.packet]
		}
		signal = signal[g.packet:]
	}
	rx.Receive(signal)
}

// After a gap a modem goes on where the signal is: no bit more or less, and the
// bits behind it are right again as soon as the gap has left its filters.
func TestGapInData(t *testing.T) {
	for m := range modems {
		for _, millis := range []int{10, 20, 30, 60} {
			t.Run(fmt.Sprintf("%s/%dms", modems[m].name, millis), func(t *testing.T) {
				bits := modemtest.RandomBits(4*modems[m].rate, 3)
				signal := modemtest.Join(signalOf(t, m, bits), modemtest.Pause(100))
				every := 700 / millis // the training has passed by the first
				if trains(m) {
					every = 2000 / millis
				}
				g := gaps{8 * millis, func(n int) bool { return n%every == every-1 }}
				var r modemtest.Recorder
				rx, err := modems[m].receiver(&r)
				if err != nil {
					t.Fatal(err)
				}
				g.pass(rx, signal)
				bits, got := bits[skipped:], align(r.Bits, bits[skipped:])
				if len(got) < len(bits) {
					t.Fatalf("%d bits of %d; %v", len(got), len(bits), r.Statuses)
				}
				spoiled, worst := bursts(got[:len(bits)], bits, modems[m].rate/5)
				lost := len(signal) / (8 * millis * every)
				if spoiled > lost {
					t.Errorf("errors at %d places, of %d gaps", spoiled, lost)
				}
				if most := modems[m].rate * (millis + 30) / 1000; worst > most {
					t.Errorf("a gap spoils %d bits, more than %d", worst, most)
				}
			})
		}
	}
}

// signalOf is the whole signal of some bits.
func signalOf(t testing.TB, m int, bits []byte) []int16 {
	t.Helper()
	tx, err := modems[m].transmitter(&modemtest.Sequence{Bits: bits})
	if err != nil {
		t.Fatal(err)
	}
	return modemtest.Samples(tx)
}

// skipped bits at the beginning are not looked at: V.21 has no training, and
// knows its carrier by them.
const skipped = 64

// align drops what was heard before the bits that are wanted.
func align(got, want []byte) []byte {
	const enough = 64
	for d := 0; d <= 2*skipped && d+enough <= len(got); d++ {
		if modemtest.Wrong(got[d:d+enough], want[:enough]) == 0 {
			return got[d:]
		}
	}
	return nil
}

// bursts counts the places with errors that lie further apart than so many bits,
// and gives the length of the longest.
func bursts(got, want []byte, apart int) (n, longest int) {
	first, last := -apart, -apart
	for i := range want {
		if got[i] == want[i] {
			continue
		}
		if i-last >= apart {
			n, first = n+1, i
		}
		last = i
		longest = max(longest, last-first+1)
	}
	return n, longest
}

// A training of which a packet is lost is still a training.
func TestGapInTraining(t *testing.T) {
	const packet = 160
	for m := range modems {
		if !trains(m) {
			continue
		}
		t.Run(modems[m].name, func(t *testing.T) {
			bits := modemtest.RandomBits(modems[m].rate, 3)
			signal := modemtest.Join(modemtest.Pause(50), signalOf(t, m, bits), modemtest.Pause(100))
			failed, tried := 0, (len(signal)-8000)/packet
			for at := range tried {
				var r modemtest.Recorder
				rx, err := modems[m].receiver(&r)
				if err != nil {
					t.Fatal(err)
				}
				gaps{packet, func(n int) bool { return n == at }}.pass(rx, signal)
				if len(r.Bits) < len(bits)/2 {
					failed++
				}
			}
			t.Logf("%d of %d trainings failed", failed, tried)
			if failed > tried/8 {
				t.Errorf("%d of %d trainings failed", failed, tried)
			}
		})
	}
}

// Whatever is lost, no receiver panics or goes on for ever.
func TestGapsAnywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	for m := range modems {
		signal := modemtest.Join(whole(t, m, modems[m].rate), modemtest.Pause(100))
		for range 20 {
			share := random.Float64()
			var r modemtest.Recorder
			rx, err := modems[m].receiver(&r)
			if err != nil {
				t.Fatal(err)
			}
			gaps{1 + random.IntN(300), func(int) bool { return random.Float64() < share }}.pass(rx, signal)
			if len(r.Bits) > 3*modems[m].rate {
				t.Errorf("%s: %d bits of %d", modems[m].name, len(r.Bits), modems[m].rate)
			}
		}
	}
}
