package simline

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/g711"
)

// sine is a tone of a level in dBm0.
func sine(hertz, level float64, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(math.Round(amplitude(level) * math.Sin(2*math.Pi*hertz*float64(i)/sampleRate)))
	}
	return out
}

// tone measures the level and phase of a frequency in the last second.
func tone(line []int16, hertz float64) (level, phase float64) {
	line = line[len(line)-sampleRate:]
	var re, im float64
	for i, s := range line {
		sin, cos := math.Sincos(2 * math.Pi * hertz * float64(i) / sampleRate)
		re, im = re+float64(s)*cos, im-float64(s)*sin
	}
	a := math.Hypot(re, im) * 2 / float64(len(line))
	return 20*math.Log10(a/math.MaxInt16) + 3.14, math.Atan2(im, re)
}

func power(line []int16) float64 {
	var sum float64
	for _, s := range line {
		sum += float64(s) * float64(s)
	}
	return 10*math.Log10(sum/float64(len(line))/(math.MaxInt16*math.MaxInt16/2)) + 3.14
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: %.3f, not %.3f", what, got, want)
	}
}

func TestNothing(t *testing.T) {
	in := sine(1000, -10, 1000)
	if out := New(Conditions{}).Pass(nil, in); !slices.Equal(in, out) {
		t.Error("a line without conditions changes the samples")
	}
}

func TestLevels(t *testing.T) {
	in := sine(1800, -10, 2*sampleRate)
	level, _ := tone(New(Conditions{Gain: -20}).Pass(nil, in), 1800)
	near(t, "gain", level, -30, 0.01)
	near(t, "noise", power(New(Conditions{Noise: -35}).Pass(nil, make([]int16, 10*sampleRate))), -35, 0.1)
	out := New(Conditions{Echo: -12, EchoDelay: 30 * time.Millisecond}).Pass(nil, append(in[:100:100], make([]int16, 1000)...))
	near(t, "echo", power(out[240:340])-power(out[:100]), -12, 0.2)
}

func TestOffset(t *testing.T) {
	for _, hertz := range []float64{300, 1800, 3300} {
		out := New(Conditions{Offset: 7}).Pass(nil, sine(hertz, -10, 2*sampleRate))
		moved, _ := tone(out, hertz+7)
		image, _ := tone(out, hertz-7)
		near(t, "level of the moved tone", moved, -10, 0.2)
		if image > -40 {
			t.Errorf("at %v Hz the other side band has %.1f dBm0", hertz, image)
		}
	}
}

func TestLoops(t *testing.T) {
	for l := LongLoop; l <= Worst; l++ {
		for _, hertz := range []float64{400, 700, 1000, 1800, 2400, 3000} {
			loss, delay := l.at(hertz)
			out := New(Conditions{Loop: l}).Pass(nil, sine(hertz, -10, 2*sampleRate))
			level, _ := tone(out, hertz)
			near(t, l.String()+": loss", -10-level, loss, 0.4)
			// Group delay: how the phase changes with frequency.
			a := responsePhase(l, hertz-10)
			b := responsePhase(l, hertz+10)
			got := -math.Remainder(b-a, 2*math.Pi) / (2 * math.Pi * 20) * 1000
			near(t, l.String()+": delay", got-1000*loopDelay/sampleRate, delay, 0.15)
		}
	}
}

func responsePhase(l Loop, hertz float64) float64 {
	var re, im float64
	for n, h := range l.taps() {
		s, c := math.Sincos(2 * math.Pi * hertz * float64(n) / sampleRate)
		re, im = re+h*c, im-h*s
	}
	return math.Atan2(im, re)
}

func TestClocks(t *testing.T) {
	in := sine(1800, -10, 20*sampleRate)
	out := New(Conditions{Drift: 100}).Pass(nil, in)
	near(t, "samples more", float64(len(out)-len(in)), 16, 2)
	level, _ := tone(out, 1800/1.0001)
	near(t, "level", level, -10, 0.05)
	out = New(Conditions{SlipEvery: time.Second}).Pass(nil, in)
	if len(out) != len(in) || !slices.Equal(out[8000:9000], in[8001:9001]) || !slices.Equal(out[17000:18000], in[17000:18000]) {
		t.Error("slips are not where they should be")
	}
}

func TestTandem(t *testing.T) {
	in := sine(1011, -15, sampleRate)
	one := New(Conditions{Tandem: []g711.Law{g711.ALaw}}).Pass(nil, in)
	for i := range one {
		if want := g711.ALaw.Decode(g711.ALaw.Encode(in[i])); one[i] != want {
			t.Fatalf("sample %d: %d, not %d", i, one[i], want)
		}
	}
	two := New(Conditions{Tandem: []g711.Law{g711.ALaw, g711.MuLaw}}).Pass(nil, in)
	if slices.Equal(one, two) {
		t.Error("the second coding does nothing")
	}
}

func TestLoss(t *testing.T) {
	in := make([]int16, 1000*160)
	for i := range in {
		in[i] = int16(1 + i/160)
	}
	for _, conceal := range []Concealment{Silence, Repeat} {
		out := New(Conditions{Loss: 0.1, Conceal: conceal, Seed: 3}).Pass(nil, in)
		lost := 0
		for i := 0; i < len(out); i += 160 {
			if out[i] == in[i] {
				continue
			}
			lost++
			if conceal == Silence && out[i] != 0 || conceal == Repeat && i > 0 && out[i] != out[i-160] {
				t.Fatalf("%v: %d for %d", conceal, out[i], in[i])
			}
		}
		if lost < 70 || lost > 130 {
			t.Errorf("%d packets of 1000 were lost", lost)
		}
	}
}

// Blocks of any length give the same, and so does the same seed again.
func TestBlocks(t *testing.T) {
	c := Conditions{
		Seed: 4, Loop: Worst, Echo: -15, EchoDelay: 7 * time.Millisecond, Gain: -3, Offset: -2, Noise: -40,
		Tandem: []g711.Law{g711.MuLaw}, Drift: -80, SlipEvery: 300 * time.Millisecond, Loss: 0.02,
	}
	in := sine(1700, -13, 3*sampleRate)
	want := New(c).Pass(nil, in)
	l := New(c)
	var got []int16
	for n := 1; len(in) > 0; n = n%457 + 1 {
		m := min(n, len(in))
		got = l.Pass(got, in[:m])
		in = in[m:]
	}
	if !slices.Equal(got, want) {
		t.Error("blocks make a difference")
	}
}
