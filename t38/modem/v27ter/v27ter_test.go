package v27ter

import (
	"fmt"
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

// transmission is the whole signal of some bits, with silence around it.
func transmission(t testing.TB, rate int, bits []byte, o Options) []int16 {
	t.Helper()
	tx, err := NewTransmitter(rate, &modemtest.Sequence{Bits: bits}, o)
	if err != nil {
		t.Fatal(err)
	}
	return modemtest.Join(modemtest.Pause(100), modemtest.Samples(tx), modemtest.Pause(100))
}

// receive gives what a Receiver makes of a signal.
func receive(t testing.TB, rate int, signal []int16) *modemtest.Recorder {
	t.Helper()
	var r modemtest.Recorder
	rx, err := NewReceiver(rate, &r)
	if err != nil {
		t.Fatal(err)
	}
	rx.Receive(signal)
	return &r
}

func eachRate(t *testing.T, test func(t *testing.T, rate int)) {
	for _, rate := range Rates {
		t.Run(fmt.Sprint(rate), func(t *testing.T) { test(t, rate) })
	}
}

func TestLoopback(t *testing.T) {
	bits := modemtest.RandomBits(10000, 1)
	eachRate(t, func(t *testing.T, rate int) {
		// Wherever the blocks of the receiver fall.
		signal := transmission(t, rate, bits, Options{})
		for shift := 0; shift < 120; shift += 7 {
			modemtest.Received(t, receive(t, rate, signal[shift:]), bits)
		}
	})
}

func TestEchoProtection(t *testing.T) {
	bits := modemtest.RandomBits(2000, 1)
	eachRate(t, func(t *testing.T, rate int) {
		plain := transmission(t, rate, bits, Options{})
		signal := transmission(t, rate, bits, Options{EchoProtection: true})
		if more := len(signal) - len(plain); more < 205*8 || more > 225*8 {
			t.Errorf("it lasts %d ms", more/8)
		}
		modemtest.Received(t, receive(t, rate, signal), bits)
	})
}

// patterns are bits that would leave the line with short periods, were it not for
// the scrambler's guard.
func patterns() []byte {
	var bits []byte
	for _, period := range []int{1, 2, 3, 4, 6, 8, 9, 12} {
		line := scrambler{register: 0b101101}
		for i := range 600 {
			want := byte(uint32(0x5AC1) >> (i % period) & 1)
			bits = append(bits, want^byte(line.register>>5^line.register>>6)&1)
			line.put(want)
		}
		bits = append(bits, modemtest.RandomBits(100, uint64(period))...)
	}
	return bits
}

func TestPatterns(t *testing.T) {
	eachRate(t, func(t *testing.T, rate int) {
		bits := patterns()
		modemtest.Received(t, receive(t, rate, transmission(t, rate, bits, Options{})), bits)
	})
}

func TestScramblerBreaksPatterns(t *testing.T) {
	for _, period := range []int{1, 2, 3, 4, 6, 9, 12} {
		var s scrambler
		var line []byte
		for i := range 2000 {
			want := byte(uint32(0x5AC1) >> (i % period) & 1)
			plain := want ^ byte(s.register>>5^s.register>>6)&1
			line = append(line, s.scramble(plain))
		}
		run, longest := 0, 0
		for i := period; i < len(line); i++ {
			if run++; line[i] != line[i-period] {
				run = 0
			}
			longest = max(longest, run)
		}
		if longest > 50 {
			t.Errorf("a pattern of %d bits lasts for %d", period, longest)
		}
	}
}

func TestNoSuchRate(t *testing.T) {
	if _, err := NewTransmitter(9600, nil, Options{}); err == nil {
		t.Error("a transmitter of 9600 bit/s")
	}
	if _, err := NewReceiver(7200, nil); err == nil {
		t.Error("a receiver of 7200 bit/s")
	}
}

var _ modem.Transmitter = (*Transmitter)(nil)
var _ modem.Receiver = (*Receiver)(nil)
