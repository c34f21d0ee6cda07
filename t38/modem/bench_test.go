package modem_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/v21"
)

// modems are those that are measured: a name by modem and rate, and what makes
// its two sides.
var modems = []struct {
	name        string
	transmitter func(modem.Source) modem.Transmitter
	receiver    func(modem.Sink) modem.Receiver
}{
	{
		"V.21-300",
		func(s modem.Source) modem.Transmitter { return v21.NewTransmitter(s, level) },
		func(s modem.Sink) modem.Receiver { return v21.NewReceiver(s) },
	},
}

const (
	level = -13 // dBm0
	block = modem.SampleRate / 50
)

// endless is a source of octets of flags, and then of random bits.
type endless struct {
	random *rand.Rand
	n      int
}

func (e *endless) NextBit() (byte, bool) {
	if e.n++; e.n < 300 {
		return 0b01111110 >> (e.n & 7) & 1, true
	}
	return byte(e.random.Uint32() & 1), true
}

// nobody is a sink that only counts.
type nobody struct {
	bits    int
	carrier int
}

func (n *nobody) Status(modem.Status) { n.carrier++ }
func (n *nobody) Bit(byte)            { n.bits++ }

// perSecond reports CPU milliseconds per second of audio.
func perSecond(b *testing.B, samples int) {
	audio := time.Duration(samples) * time.Second / modem.SampleRate
	b.ReportMetric(float64(b.Elapsed())/float64(audio)*1000, "ms/s")
}

func BenchmarkTransmit(b *testing.B) {
	for _, m := range modems {
		b.Run(m.name, func(b *testing.B) {
			b.ReportAllocs()
			tx := m.transmitter(&endless{random: rand.New(rand.NewPCG(1, 1))})
			var out [block]int16
			n := 0
			for b.Loop() {
				n += tx.Transmit(out[:])
			}
			perSecond(b, n)
		})
	}
}

// BenchmarkReceive hears ten seconds again and again: training and data.
func BenchmarkReceive(b *testing.B) {
	for _, m := range modems {
		b.Run(m.name, func(b *testing.B) {
			line := make([]int16, 10*modem.SampleRate)
			m.transmitter(&endless{random: rand.New(rand.NewPCG(1, 1))}).Transmit(line[:len(line)-modem.SampleRate/5])
			measureReceiver(b, m.receiver, line, true)
		})
	}
}

// BenchmarkIdle hears the noise of a line.
func BenchmarkIdle(b *testing.B) {
	for _, m := range modems {
		b.Run(m.name, func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 1))
			line := make([]int16, modem.SampleRate)
			for i := range line {
				line[i] = int16(random.NormFloat64() * modem.Amplitude(-55))
			}
			measureReceiver(b, m.receiver, line, false)
		})
	}
}

func measureReceiver(b *testing.B, make func(modem.Sink) modem.Receiver, line []int16, hears bool) {
	b.ReportAllocs()
	var sink nobody
	r := make(&sink)
	at, n := 0, 0
	for b.Loop() {
		r.Receive(line[at : at+block])
		n += block
		if at += block; at == len(line) {
			at = 0
		}
	}
	if n > 2*len(line) && (sink.bits > 0) != hears {
		b.Errorf("%d bits were heard", sink.bits)
	}
	perSecond(b, n)
}
