package v17

import (
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

func TestSpandspHearsUs(t *testing.T) {
	peer := modemtest.StartSpandsp(t)
	bits := modemtest.RandomBits(20000, 2)
	eachRate(t, func(t *testing.T, rate int) {
		for _, short := range []bool{false, true} {
			var got modemtest.Recorder
			peer.Restart(modemtest.V17, rate, short)
			peer.Receive(transmission(t, rate, short, bits, Options{}), &got)
			modemtest.Received(t, &got, bits)
		}
	})
}

func TestWeHearSpandsp(t *testing.T) {
	peer := modemtest.StartSpandsp(t)
	bits := modemtest.RandomBits(20000, 3)
	eachRate(t, func(t *testing.T, rate int) {
		rx, got := receiver(t, rate)
		for _, short := range []bool{false, true} {
			for _, echoProtection := range []bool{false, true} {
				restart(t, rx, rate, short)
				rx.Receive(peer.Transmit(modemtest.V17, rate, short, echoProtection, bits))
				rx.Receive(modemtest.Pause(100))
				modemtest.Received(t, got, bits)
				*got = modemtest.Recorder{}
			}
		}
	})
}
