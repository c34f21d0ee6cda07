package v21

import (
	"bytes"
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/hdlc"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

// frameBits are those of a preamble and frames.
func frameBits(frames [][]byte) (bits []byte) {
	var source hdlc.Transmitter
	source.Flags(37)
	for _, f := range frames {
		source.Frame(f)
	}
	source.End(4)
	for bit, more := source.NextBit(); more; bit, more = source.NextBit() {
		bits = append(bits, bit)
	}
	return bits
}

func same(t *testing.T, h *heard, frames [][]byte) {
	t.Helper()
	if len(h.frames) != len(frames) {
		t.Fatalf("%d frames of %d came, %d bad, %v", len(h.frames), len(frames), h.bad, h.status)
	}
	for i := range frames {
		if !bytes.Equal(h.frames[i], frames[i]) {
			t.Errorf("frame %d: %x, not %x", i, h.frames[i], frames[i])
		}
	}
}

func TestSpandspHearsUs(t *testing.T) {
	peer := modemtest.StartSpandsp(t)
	frames := messages(20)
	for _, level := range []float64{-3, -13, -30, -40} {
		h := newHeard()
		peer.Restart(modemtest.V21, rate, false)
		peer.Receive(call(level, frames...), h)
		same(t, h, frames)
	}
}

func TestWeHearSpandsp(t *testing.T) {
	peer := modemtest.StartSpandsp(t)
	frames := messages(20)
	signal := peer.Transmit(modemtest.V21, rate, false, false, frameBits(frames))
	h := receive(modemtest.Join(modemtest.Pause(200), signal, modemtest.Pause(200)))
	same(t, h, frames)
	if len(h.status) != 3 || h.status[2] != modem.CarrierDown {
		t.Errorf("statuses: %v", h.status)
	}
}

// What spandsp hears in noise we hear in more.
func TestNoiseBesideSpandsp(t *testing.T) {
	peer := modemtest.StartSpandsp(t)
	frames := messages(40)
	for _, snr := range []float64{6, 4, 2, 0, -1, -2, -3} {
		line := call(-20, frames...)
		addNoise(line, -20-snr, 5)
		ours, theirs := receive(line), newHeard()
		peer.Restart(modemtest.V21, rate, false)
		peer.Receive(line, theirs)
		t.Logf("%v dB: %d frames of %d, spandsp %d", snr, len(ours.frames), len(frames), len(theirs.frames))
		if len(ours.frames) < len(theirs.frames) {
			t.Errorf("at %v dB we hear %d frames, spandsp %d", snr, len(ours.frames), len(theirs.frames))
		}
	}
}
