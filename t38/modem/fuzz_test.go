//go:build unix

package modem_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
)

// orderly is a Sink that knows what may follow what.
type orderly struct {
	state string
	fault error
}

func (o *orderly) Status(s modem.Status) {
	was := o.state
	o.state = s.String()
	switch s {
	case modem.CarrierUp:
		o.want(was == "", s, was)
	case modem.Trained, modem.TrainingFailed:
		o.want(was == modem.CarrierUp.String(), s, was)
	case modem.CarrierDown:
		o.want(was != "", s, was)
		o.state = ""
	}
}

func (o *orderly) Bit(bit byte) {
	if o.state != modem.Trained.String() || bit > 1 {
		o.fault = fmt.Errorf("bit %d after %q", bit, o.state)
	}
}

func (o *orderly) want(ok bool, s modem.Status, was string) {
	if !ok && o.fault == nil {
		o.fault = fmt.Errorf("%q after %q", s, was)
	}
}

// FuzzReceive gives all receivers whatever samples, after the beginning of a
// signal of their own: they must not panic, and must keep the order of what they
// say.
func FuzzReceive(f *testing.F) {
	for m := range modems {
		f.Add(uint8(m), uint16(0), []byte{})
		f.Add(uint8(m), uint16(1500), []byte{0x7F, 0xFF, 0x80, 0x00, 0x12, 0x34})
		f.Add(uint8(m), uint16(9999), []byte("\xFF\xFF\x00\x00noise noise"))
	}
	f.Fuzz(func(t *testing.T, which uint8, own uint16, octets []byte) {
		m := int(which) % len(modems)
		tx, err := modems[m].transmitter(&modemtest.Sequence{Bits: modemtest.RandomBits(9000, 1)})
		if err != nil {
			t.Fatal(err)
		}
		var sink orderly
		rx := newReceiver(t, m, &sink)
		signal := make([]int16, own)
		rx.Receive(signal[:tx.Transmit(signal)])
		for i := 0; i+1 < len(octets); i += 2 {
			// Each sample is heard for a while, or little would come of it.
			for n := range signal[:min(len(signal), 97)] {
				signal[n] = int16(binary.BigEndian.Uint16(octets[i:])) * int16(1-n%3)
			}
			rx.Receive(signal[:min(len(signal), 97)])
		}
		rx.Receive(make([]int16, 1000))
		if sink.fault != nil {
			t.Error(sink.fault)
		}
	})
}
