package v27ter

import (
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

func TestSpandspHearsUs(t *testing.T) {
	peer := modemtest.StartSpandsp(t)
	bits := append(modemtest.RandomBits(10000, 2), patterns()...)
	eachRate(t, func(t *testing.T, rate int) {
		var got modemtest.Recorder
		peer.Restart(modemtest.V27ter, rate, false)
		peer.Receive(transmission(t, rate, bits, Options{}), &got)
		modemtest.Received(t, &got, bits)
	})
}

func TestWeHearSpandsp(t *testing.T) {
	peer := modemtest.StartSpandsp(t)
	bits := append(modemtest.RandomBits(10000, 3), patterns()...)
	eachRate(t, func(t *testing.T, rate int) {
		for _, echoProtection := range []bool{false, true} {
			signal := peer.Transmit(modemtest.V27ter, rate, false, echoProtection, bits)
			signal = modemtest.Join(signal, modemtest.Pause(100))
			modemtest.Received(t, receive(t, rate, signal), bits)
		}
	})
}
