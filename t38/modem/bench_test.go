//go:build unix

package modem_test

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
	"github.com/pagebridge/pagebridge/t38/modem/v17"
	"github.com/pagebridge/pagebridge/t38/modem/v21"
	"github.com/pagebridge/pagebridge/t38/modem/v27ter"
	"github.com/pagebridge/pagebridge/t38/modem/v29"
)

// mode is a modem at a rate.
type mode struct {
	name        string
	transmitter func(modem.Source) (modem.Transmitter, error)
	receiver    func(modem.Sink) (modem.Receiver, error)
	spandsp     int
	rate        int
}

// fast are the modems with a training, at their rates.
var fast = []mode{
	{"V.27ter-2400", v27terTransmitter(2400), v27terReceiver(2400), modemtest.V27ter, 2400},
	{"V.27ter-4800", v27terTransmitter(4800), v27terReceiver(4800), modemtest.V27ter, 4800},
	{"V.29-7200", v29Transmitter(7200), v29Receiver(7200), modemtest.V29, 7200},
	{"V.29-9600", v29Transmitter(9600), v29Receiver(9600), modemtest.V29, 9600},
	{"V.17-7200", v17Transmitter(7200), v17Receiver(7200), modemtest.V17, 7200},
	{"V.17-9600", v17Transmitter(9600), v17Receiver(9600), modemtest.V17, 9600},
	{"V.17-12000", v17Transmitter(12000), v17Receiver(12000), modemtest.V17, 12000},
	{"V.17-14400", v17Transmitter(14400), v17Receiver(14400), modemtest.V17, 14400},
}

// modems are all of them.
var modems = append([]mode{{"V.21-300", v21Transmitter, v21Receiver, modemtest.V21, 300}}, fast...)

func v21Transmitter(s modem.Source) (modem.Transmitter, error) {
	return v21.NewTransmitter(s, modem.DefaultLevel), nil
}

func v21Receiver(s modem.Sink) (modem.Receiver, error) { return v21.NewReceiver(s), nil }

func v27terTransmitter(rate int) func(modem.Source) (modem.Transmitter, error) {
	return func(s modem.Source) (modem.Transmitter, error) {
		return v27ter.NewTransmitter(rate, s, v27ter.Options{})
	}
}

func v27terReceiver(rate int) func(modem.Sink) (modem.Receiver, error) {
	return func(s modem.Sink) (modem.Receiver, error) { return v27ter.NewReceiver(rate, s) }
}

func v29Transmitter(rate int) func(modem.Source) (modem.Transmitter, error) {
	return func(s modem.Source) (modem.Transmitter, error) { return v29.NewTransmitter(rate, s, v29.Options{}) }
}

func v29Receiver(rate int) func(modem.Sink) (modem.Receiver, error) {
	return func(s modem.Sink) (modem.Receiver, error) { return v29.NewReceiver(rate, s) }
}

func v17Transmitter(rate int) func(modem.Source) (modem.Transmitter, error) {
	return func(s modem.Source) (modem.Transmitter, error) {
		return v17.NewTransmitter(rate, false, s, v17.Options{})
	}
}

func v17Receiver(rate int) func(modem.Sink) (modem.Receiver, error) {
	return func(s modem.Sink) (modem.Receiver, error) { return v17.NewReceiver(rate, s) }
}

// block is 20 ms.
const block = modem.SampleRate / 50

// endless is a Source of random bits that do not end.
type endless struct{ random rand.PCG }

func (e *endless) NextBit() (byte, bool) { return byte(e.random.Uint64() >> 63), true }

// discard is a Sink.
type discard struct{ trained, down bool }

func (d *discard) Status(s modem.Status) {
	d.trained = d.trained || s == modem.Trained
	d.down = d.down || s == modem.CarrierDown
}
func (d *discard) Bit(byte) {}

// cpu is the CPU time of this process so far. Elapsed time says little on a
// machine that does other things, too.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// perSecond reports the CPU time of a second of audio, as blocks took it since.
func perSecond(b *testing.B, since time.Duration, blocks int) {
	took := cpu() - since
	b.ReportMetric(took.Seconds()*1000/(float64(blocks)*block/modem.SampleRate), "ms/s")
}

func BenchmarkTransmit(b *testing.B) {
	for _, m := range modems {
		b.Run(m.name, func(b *testing.B) {
			tx, err := m.transmitter(new(endless))
			if err != nil {
				b.Fatal(err)
			}
			var out [block]int16
			b.ReportAllocs()
			since := cpu()
			for b.Loop() {
				tx.Transmit(out[:])
			}
			perSecond(b, since, b.N)
		})
	}
}

// signal is a transmission of some seconds with its training.
func signal(b *testing.B, transmitter func(modem.Source) (modem.Transmitter, error), seconds int) []int16 {
	tx, err := transmitter(new(endless))
	if err != nil {
		b.Fatal(err)
	}
	s := make([]int16, seconds*modem.SampleRate)
	tx.Transmit(s)
	return s
}

// BenchmarkReceive goes over twenty seconds of one transmission, training
// included, again and again.
func BenchmarkReceive(b *testing.B) {
	for _, m := range modems {
		b.Run(m.name, func(b *testing.B) {
			line := signal(b, m.transmitter, 20)
			line = append(line, make([]int16, modem.SampleRate/5)...)
			var sink discard
			rx, err := m.receiver(&sink)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			since := cpu()
			at := 0
			for b.Loop() {
				rx.Receive(line[at : at+block])
				if at += block; at+block > len(line) {
					at = 0
				}
			}
			perSecond(b, since, b.N)
			if b.N > 1000 && !sink.trained {
				b.Error("the receiver was not trained")
			}
		})
	}
}

// BenchmarkIdle is a receiver on a line that only hums softly.
func BenchmarkIdle(b *testing.B) {
	for _, m := range modems {
		b.Run(m.name, func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 1))
			var noise [block]int16
			for i := range noise {
				noise[i] = int16(random.NormFloat64() * 20)
			}
			rx, err := m.receiver(new(discard))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			since := cpu()
			for b.Loop() {
				rx.Receive(noise[:])
			}
			perSecond(b, since, b.N)
		})
	}
}

// BenchmarkSpandsp is the same with libspandsp, to compare on one machine.
func BenchmarkSpandsp(b *testing.B) {
	for _, m := range modems {
		b.Run(m.name, func(b *testing.B) {
			const seconds = 60
			peer := modemtest.StartSpandsp(b)
			line := signal(b, m.transmitter, seconds)
			for b.Loop() {
				took := peer.ReceiveTime(m.spandsp, m.rate, line)
				b.ReportMetric(took.Seconds()*1000/seconds, "receive-ms/s")
				took = peer.TransmitTime(m.spandsp, m.rate, len(line))
				b.ReportMetric(took.Seconds()*1000/seconds, "transmit-ms/s")
			}
		})
	}
}
