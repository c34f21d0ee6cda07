package v27ter

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/g711"
	"github.com/pagebridge/pagebridge/t38/internal/simline"
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/internal/modemtest"
	"github.com/pagebridge/pagebridge/t38/modem/v21"
	"github.com/pagebridge/pagebridge/t38/modem/v29"
)

// TestLines wants every bit on lines that a fax must stand.
func TestLines(t *testing.T) {
	bits := modemtest.RandomBits(12000, 6)
	for name, c := range map[string]simline.Conditions{
		"+7 Hz":       {Offset: 7, Noise: -43},
		"-7 Hz":       {Offset: -7, Noise: -43},
		"-30 dB":      {Gain: -30, Noise: -70},
		"+7 dB":       {Gain: 7, Noise: -40},
		"+200 ppm":    {Drift: 200, Noise: -43},
		"-200 ppm":    {Drift: -200, Noise: -43},
		"echo":        {Echo: -12, EchoDelay: 1200 * time.Microsecond, Noise: -43},
		"late echo":   {Echo: -20, EchoDelay: 5 * time.Millisecond, Noise: -43},
		"long loop":   {Loop: simline.LongLoop, Noise: -50},
		"loaded loop": {Loop: simline.LoadedLoop, Noise: -43},
		"channels":    {Loop: simline.Channels, Noise: -43},
		"worst loop":  {Loop: simline.Worst, Noise: -50},
		"tandem":      {Tandem: []g711.Law{g711.ALaw, g711.MuLaw, g711.ALaw}, Noise: -43},
	} {
		t.Run(name, func(t *testing.T) {
			eachRate(t, func(t *testing.T, rate int) {
				for _, echoProtection := range []bool{false, true} {
					signal := transmission(t, rate, bits, Options{EchoProtection: echoProtection})
					modemtest.Received(t, receive(t, rate, simline.New(c).Pass(nil, signal)), bits)
				}
			})
		})
	}
}

// TestBeginningLost trains without the first half of the alternations: gates
// against noise and echo open late, and so do buffers.
func TestBeginningLost(t *testing.T) {
	bits := modemtest.RandomBits(300, 6)
	eachRate(t, func(t *testing.T, rate int) {
		tx, err := NewTransmitter(rate, &modemtest.Sequence{Bits: bits}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		signal := modemtest.Join(modemtest.Samples(tx), modemtest.Pause(100))
		most := segment3 / 2 * modem.SampleRate / modes[rate].line.Baud
		for lost := 0; lost <= most; lost += 3 {
			for lead := 0; lead < 40; lead += 13 {
				line := modemtest.Join(make([]int16, 800+lead), signal[lost:])
				modemtest.Received(t, receive(t, rate, line), bits)
			}
		}
	})
}

// What is no V.27 ter is never said to be trained.
func TestForeignSignals(t *testing.T) {
	bits := modemtest.RandomBits(6000, 7)
	other, err := v29.NewTransmitter(9600, &modemtest.Sequence{Bits: bits}, v29.Options{})
	if err != nil {
		t.Fatal(err)
	}
	signals := map[string][]int16{
		"V.21":  modemtest.Samples(v21.NewTransmitter(&modemtest.Sequence{Bits: bits[:1500]}, -13)),
		"V.29":  modemtest.Samples(other),
		"CNG":   modemtest.Samples(modem.NewToneTransmitter(modem.CNG, -13, 4*time.Second)),
		"CED":   modemtest.Samples(modem.NewToneTransmitter(modem.CED, -13, 3*time.Second)),
		"noise": simline.New(simline.Conditions{Noise: -20}).Pass(nil, modemtest.Pause(5000)),
	}
	eachRate(t, func(t *testing.T, rate int) {
		for name, signal := range signals {
			untrained(t, name, rate, signal)
		}
		// The other rate's training is not this one's either.
		untrained(t, "the other rate", rate, transmission(t, 7200-rate, bits, Options{}))
	})
}

func untrained(t *testing.T, name string, rate int, signal []int16) {
	t.Helper()
	r := receive(t, rate, modemtest.Join(modemtest.Pause(50), signal, modemtest.Pause(200)))
	if len(r.Bits) > 0 {
		t.Errorf("%s: %d bits, %v", name, len(r.Bits), r.Statuses)
	}
	if n := len(r.Statuses); n > 0 && r.Statuses[n-1] != modem.CarrierDown {
		t.Errorf("%s: %v", name, r.Statuses)
	}
}

// A receiver hears one transmission after another, and at another rate when it is
// told to.
func TestOneAfterAnother(t *testing.T) {
	var r modemtest.Recorder
	rx, err := NewReceiver(4800, &r)
	if err != nil {
		t.Fatal(err)
	}
	for i, rate := range []int{4800, 4800, 2400, 4800, 2400} {
		if err := rx.Restart(rate); err != nil {
			t.Fatal(err)
		}
		bits := modemtest.RandomBits(3000, uint64(i))
		r = modemtest.Recorder{}
		rx.Receive(transmission(t, rate, bits, Options{}))
		modemtest.Received(t, &r, bits)
	}
}

func TestLevel(t *testing.T) {
	eachRate(t, func(t *testing.T, rate int) {
		signal := transmission(t, rate, modemtest.RandomBits(8000, 1), Options{Level: -20})
		signal = signal[2000:12000]
		var sum float64
		for _, s := range signal {
			sum += float64(s) * float64(s)
		}
		a := modem.Amplitude(-20)
		if got := sum / float64(len(signal)) / (a * a / 2); got < 0.9 || got > 1.1 {
			t.Errorf("the power is %.2f of what it should be", got)
		}
	})
}

func TestNoAllocations(t *testing.T) {
	eachRate(t, func(t *testing.T, rate int) {
		tx, err := NewTransmitter(rate, zeros{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		rx, err := NewReceiver(rate, nobody{})
		if err != nil {
			t.Fatal(err)
		}
		var block [160]int16
		if n := testing.AllocsPerRun(200, func() { tx.Transmit(block[:]); rx.Receive(block[:]) }); n != 0 {
			t.Errorf("%v allocations a block", n)
		}
	})
}

type zeros struct{}

func (zeros) NextBit() (byte, bool) { return 0, true }

type nobody struct{}

func (nobody) Status(modem.Status) {}
func (nobody) Bit(byte)            {}

// FuzzReceiver: no samples do harm, also not after a good training.
func FuzzReceiver(f *testing.F) {
	f.Add([]byte{0x7F, 0xFF, 0x80, 0x00, 1, 2, 3, 4}, true)
	f.Add([]byte{0x7F, 0xFF}, false)
	f.Fuzz(func(t *testing.T, line []byte, begun bool) {
		eachRate(t, func(t *testing.T, rate int) {
			rx, err := NewReceiver(rate, nobody{})
			if err != nil {
				t.Fatal(err)
			}
			if begun {
				signal := transmission(t, rate, line, Options{})
				rx.Receive(signal[:len(signal)-900])
			}
			for range 10 {
				for i := 0; i+1 < len(line); i += 2 {
					rx.Receive([]int16{int16(line[i])<<8 | int16(line[i+1])})
				}
			}
		})
	})
}
