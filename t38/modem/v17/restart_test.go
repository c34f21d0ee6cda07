package v17

import (
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

// A receiver can be restarted in the middle of anything, and then hears what
// comes next as a new one would.
func TestRestartAnywhere(t *testing.T) {
	bits := modemtest.RandomBits(4000, 6)
	signal := transmission(t, 14400, false, bits, Options{})
	for at := 0; at < len(signal); at += 1999 {
		rx, got := receiver(t, 14400)
		rx.Receive(signal[:at])
		restart(t, rx, 14400, false)
		*got = modemtest.Recorder{}
		rx.Receive(modemtest.Pause(75))
		rx.Receive(signal)
		modemtest.Received(t, got, bits)
		if t.Failed() {
			t.Fatalf("after %d samples", at)
		}
	}
}

// restarter restarts its receiver from within what it is told, as a driver may.
type restarter struct {
	modemtest.Recorder
	t  *testing.T
	rx *Receiver
}

func (r *restarter) Status(s modem.Status) {
	r.Recorder.Status(s)
	if s == modem.CarrierDown || s == modem.TrainingFailed {
		restart(r.t, r.rx, 9600, false)
	}
}

func TestRestartWithin(t *testing.T) {
	bits := modemtest.RandomBits(4000, 6)
	sink := &restarter{t: t}
	rx, err := NewReceiver(14400, sink)
	if err != nil {
		t.Fatal(err)
	}
	sink.rx = rx
	// Of another rate: training fails, and the receiver goes over to this rate.
	rx.Receive(transmission(t, 9600, false, bits, Options{}))
	sink.Recorder = modemtest.Recorder{}
	rx.Receive(transmission(t, 9600, false, bits, Options{}))
	modemtest.Received(t, &sink.Recorder, bits)
}
