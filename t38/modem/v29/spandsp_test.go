package v29

import (
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

func TestSpandspHearsUs(t *testing.T) {
	peer := modemtest.StartSpandsp(t)
	bits := modemtest.RandomBits(20000, 2)
	eachRate(t, func(t *testing.T, rate int) {
		var got modemtest.Recorder
		peer.Restart(modemtest.V29, rate, false)
		peer.Receive(transmission(t, rate, bits, Options{}), &got)
		modemtest.Received(t, &got, bits)
	})
}

func TestWeHearSpandsp(t *testing.T) {
	peer := modemtest.StartSpandsp(t)
	bits := modemtest.RandomBits(20000, 3)
	eachRate(t, func(t *testing.T, rate int) {
		for _, echoProtection := range []bool{false, true} {
			signal := peer.Transmit(modemtest.V29, rate, false, echoProtection, bits)
			signal = modemtest.Join(signal, modemtest.Pause(100))
			modemtest.Received(t, receive(t, rate, signal), bits)
		}
	})
}
