package v29

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
	bits := modemtest.RandomBits(20000, 1)
	eachRate(t, func(t *testing.T, rate int) {
		modemtest.Received(t, receive(t, rate, transmission(t, rate, bits, Options{})), bits)
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

func TestNoSuchRate(t *testing.T) {
	if _, err := NewTransmitter(14400, nil, Options{}); err == nil {
		t.Error("a transmitter of 14400 bit/s")
	}
	if _, err := NewReceiver(4800, nil); err == nil {
		t.Error("a receiver of 4800 bit/s")
	}
}

var _ modem.Transmitter = (*Transmitter)(nil)
var _ modem.Receiver = (*Receiver)(nil)
