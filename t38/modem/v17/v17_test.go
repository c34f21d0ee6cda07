package v17

import (
	"fmt"
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

// transmission is the whole signal of some bits, with silence around it.
func transmission(t testing.TB, rate int, short bool, bits []byte, o Options) []int16 {
	t.Helper()
	tx, err := NewTransmitter(rate, short, &modemtest.Sequence{Bits: bits}, o)
	if err != nil {
		t.Fatal(err)
	}
	return modemtest.Join(modemtest.Pause(100), modemtest.Samples(tx), modemtest.Pause(100))
}

// receiver makes a Receiver that tells a Recorder.
func receiver(t testing.TB, rate int) (*Receiver, *modemtest.Recorder) {
	t.Helper()
	sink := new(modemtest.Recorder)
	rx, err := NewReceiver(rate, sink)
	if err != nil {
		t.Fatal(err)
	}
	return rx, sink
}

func restart(t testing.TB, rx *Receiver, rate int, short bool) {
	t.Helper()
	if err := rx.Restart(rate, short); err != nil {
		t.Fatal(err)
	}
}

func eachRate(t *testing.T, test func(t *testing.T, rate int)) {
	for _, rate := range Rates {
		t.Run(fmt.Sprint(rate), func(t *testing.T) { test(t, rate) })
	}
}

// Long training first, and a short one after it, as for a TCF and a page.
func TestLoopback(t *testing.T) {
	bits := modemtest.RandomBits(20000, 1)
	eachRate(t, func(t *testing.T, rate int) {
		rx, got := receiver(t, rate)
		for _, short := range []bool{false, true, true} {
			restart(t, rx, rate, short)
			rx.Receive(transmission(t, rate, short, bits, Options{}))
			modemtest.Received(t, got, bits)
			*got = modemtest.Recorder{}
		}
	})
}

func TestNoSuchRate(t *testing.T) {
	if _, err := NewTransmitter(4800, false, nil, Options{}); err == nil {
		t.Error("a transmitter of 4800 bit/s")
	}
	if _, err := NewReceiver(4800, nil); err == nil {
		t.Error("a receiver of 4800 bit/s")
	}
}

var _ modem.Transmitter = (*Transmitter)(nil)
var _ modem.Receiver = (*Receiver)(nil)
