package modem_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/g711"
	"github.com/pagebridge/pagebridge/t38/internal/simline"
	"github.com/pagebridge/pagebridge/t38/modem"
)

// tones writes down what a ToneDetector tells.
type tones []string

func (t *tones) ToneHeard(x modem.Tone) { *t = append(*t, x.String()) }
func (t *tones) ToneEnded(x modem.Tone) { *t = append(*t, "no "+x.String()) }

// listen gives the line to a detector in blocks of changing length.
func listen(line []int16) string {
	var heard tones
	d := modem.NewToneDetector(&heard)
	for n := 1; len(line) > 0; n = n%333 + 1 {
		m := min(n, len(line))
		d.Receive(line[:m])
		line = line[m:]
	}
	return fmt.Sprint(heard)
}

// sine is a tone of any frequency with a second before and after.
func sine(hertz, level, seconds float64) []int16 {
	const rate = modem.SampleRate
	line := make([]int16, int((2+seconds)*rate))
	for i := range int(seconds * rate) {
		line[rate+i] = int16(math.Round(modem.Amplitude(level) * math.Sin(2*math.Pi*hertz*float64(i)/rate)))
	}
	return line
}

func noisy(line []int16, level float64) []int16 {
	random := rand.New(rand.NewPCG(9, 9))
	rms := modem.Amplitude(level) / math.Sqrt2
	for i := range line {
		line[i] += int16(math.Round(rms * random.NormFloat64()))
	}
	return line
}

func toneLine(t modem.Transmitter) []int16 {
	line := make([]int16, modem.SampleRate+37)
	for {
		n := len(line)
		line = append(line, make([]int16, 160)...)
		if made := t.Transmit(line[n:]); made < 160 {
			return append(line, make([]int16, modem.SampleRate)...)
		}
	}
}

func TestTonesAreHeard(t *testing.T) {
	want := map[modem.Tone]string{
		modem.CNG:            "[CNG CNG]",
		modem.CED:            "[CED no CED]",
		modem.CEDReversals:   "[CED CED with reversals no CED with reversals]",
		modem.ANSam:          "[ANSam no ANSam]",
		modem.ANSamReversals: "[ANSam ANSam with reversals no ANSam with reversals]",
	}
	for tone, want := range want {
		for _, level := range []float64{-3, -6, -13, -30, -43} {
			line := toneLine(modem.NewToneTransmitter(tone, level, 4*time.Second))
			if got := listen(line); got != want {
				t.Errorf("%v at %v dBm0: %v", tone, level, got)
			}
			if got := listen(noisy(line, level-8)); got != want {
				t.Errorf("%v at %v dBm0 in noise: %v", tone, level, got)
			}
		}
		if got := listen(toneLine(modem.NewToneTransmitter(tone, -50, 4*time.Second))); got != "[]" {
			t.Errorf("%v at -50 dBm0: %v", tone, got)
		}
	}
}

func TestToneTolerance(t *testing.T) {
	for _, x := range []struct {
		hertz, seconds float64
		want           string
	}{
		{1100, 0.5, "[CNG]"}, {1062, 0.5, "[CNG]"}, {1138, 0.5, "[CNG]"},
		{1056, 0.5, "[CNG]"}, {1144, 0.5, "[CNG]"}, {1100, 0.43, "[CNG]"}, {1100, 0.57, "[CNG]"},
		{1040, 0.5, "[]"}, {1160, 0.5, "[]"}, {1300, 0.5, "[]"}, {1100, 0.3, "[]"}, {1100, 0.8, "[]"}, {1100, 3, "[]"},
		{2100, 3, "[CED no CED]"}, {2085, 3, "[CED no CED]"}, {2115, 3, "[CED no CED]"},
		{2079, 3, "[CED no CED]"}, {2121, 3, "[CED no CED]"},
		{2060, 3, "[]"}, {2140, 3, "[]"}, {2100, 0.4, "[]"}, {2225, 3, "[]"}, {1850, 3, "[]"}, {1000, 3, "[]"},
	} {
		if got := listen(noisy(sine(x.hertz, -15, x.seconds), -40)); got != x.want {
			t.Errorf("%v Hz for %v s: %v", x.hertz, x.seconds, got)
		}
	}
}

// A lost packet, a slip and hum do not hide a tone, nor make another one of it.
func TestTonesOnBadLines(t *testing.T) {
	line := sine(2100, -20, 3)
	clear(line[2*modem.SampleRate:][:160])
	line = append(line[:20000:20000], line[20002:]...) // two samples are nearly a reversal
	for i := range line {
		line[i] += int16(300*math.Sin(2*math.Pi*50*float64(i)/modem.SampleRate)) + 200
	}
	if got := listen(line); got != "[CED no CED]" {
		t.Errorf("heard %v", got)
	}
}

func TestToneLevelAndLength(t *testing.T) {
	for _, tone := range []modem.Tone{modem.CNG, modem.CED, modem.ANSam} {
		tx := modem.NewToneTransmitter(tone, -10, 500*time.Millisecond)
		out := make([]int16, modem.SampleRate)
		n := tx.Transmit(out)
		var sum float64
		for _, s := range out[:n] {
			sum += float64(s) * float64(s)
		}
		level := 10 * math.Log10(2*sum/float64(n)/math.Pow(modem.Amplitude(-10), 2))
		if n != modem.SampleRate/2 || math.Abs(level) > 0.2 {
			t.Errorf("%v: %d samples, %.2f dB off", tone, n, level)
		}
		if tx.Transmit(out) != 0 {
			t.Errorf("%v goes on after its end", tone)
		}
	}
}

func TestNoToneInNoise(t *testing.T) {
	if got := listen(noisy(make([]int16, 120*modem.SampleRate), -20)); got != "[]" {
		t.Errorf("heard %v", got)
	}
}

// TestTonesOnLines hears tones through what lines do to them.
func TestTonesOnLines(t *testing.T) {
	for name, c := range map[string]simline.Conditions{
		"weak, in A-law": {Gain: -30, Tandem: []g711.Law{g711.ALaw, g711.MuLaw}, Noise: -55},
		"+6 Hz":          {Offset: 6, Noise: -40},
		"-6 Hz":          {Offset: -6, Noise: -40},
		"worst loop":     {Loop: simline.Worst, Noise: -45},
		"echo":           {Echo: -12, EchoDelay: 30 * time.Millisecond, Noise: -40},
		"slow clock":     {Drift: -200, SlipEvery: 1300 * time.Millisecond, Noise: -40},
		"packets":        {Loss: 0.01, Conceal: simline.Repeat, Noise: -45, Seed: 6},
	} {
		for tone, want := range map[modem.Tone]string{
			modem.CNG:            "[CNG CNG]",
			modem.CED:            "[CED no CED]",
			modem.CEDReversals:   "[CED CED with reversals no CED with reversals]",
			modem.ANSam:          "[ANSam no ANSam]",
			modem.ANSamReversals: "[ANSam ANSam with reversals no ANSam with reversals]",
		} {
			line := simline.New(c).Pass(nil, toneLine(modem.NewToneTransmitter(tone, -13, 4*time.Second)))
			if got := listen(line); got != want {
				t.Errorf("%s: %v: %v", name, tone, got)
			}
		}
	}
}

// FuzzToneDetector: no samples do harm.
func FuzzToneDetector(f *testing.F) {
	f.Add([]byte{0x7F, 0xFF, 0x80, 0x00}, uint8(1))
	f.Fuzz(func(t *testing.T, samples []byte, tone uint8) {
		line := toneLine(modem.NewToneTransmitter(modem.Tone(tone%8), -10, time.Second))
		for i := 0; i+1 < len(samples); i += 2 {
			line = append(line, int16(samples[i])<<8|int16(samples[i+1]))
		}
		listen(append(line, line...))
	})
}
