package v21

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pagebridge/pagebridge/t38/internal/simline"
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/hdlc"
)

// heard is the end of a line: the modem's status, and the frames.
type heard struct {
	*hdlc.Receiver
	status []modem.Status
	frames [][]byte
	bad    int
	flags  int
	bits   int
}

func newHeard() *heard {
	h := new(heard)
	h.Receiver = hdlc.NewReceiver(h, hdlc.Limits{})
	return h
}

func (h *heard) Status(s modem.Status) { h.status = append(h.status, s) }
func (h *heard) Bit(bit byte)          { h.bits++; h.Receiver.Bit(bit) }
func (h *heard) Flags()                { h.flags++ }
func (h *heard) Frame(octets []byte, good bool) {
	if good {
		h.frames = append(h.frames, bytes.Clone(octets))
	} else {
		h.bad++
	}
}

// call is silence, a preamble and frames, and silence, at a level.
func call(level float64, frames ...[]byte) []int16 {
	var source hdlc.Transmitter
	source.Flags(37)
	for _, f := range frames {
		source.Frame(f)
	}
	source.End(2)
	line := make([]int16, 2*modem.SampleRate)
	n := len(line)
	tx := NewTransmitter(&source, level)
	for {
		line = append(line, make([]int16, 160)...)
		made := tx.Transmit(line[n:])
		n += made
		if made < 160 {
			return append(line, make([]int16, modem.SampleRate)...)
		}
	}
}

func messages(n int) [][]byte {
	random := rand.New(rand.NewPCG(7, 7))
	frames := make([][]byte, n)
	for i := range frames {
		frames[i] = make([]byte, 3+random.IntN(22))
		for j := range frames[i] {
			frames[i][j] = byte(random.Uint32())
		}
		frames[i][0] = 0xFF
	}
	return frames
}

func addNoise(line []int16, level float64, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	rms := modem.Amplitude(level) / math.Sqrt2
	for i := range line {
		line[i] += int16(math.Round(rms * random.NormFloat64()))
	}
}

// receive gives the line to a Receiver in blocks of changing length.
func receive(line []int16) *heard {
	h := newHeard()
	r := NewReceiver(h)
	for n := 1; len(line) > 0; n = n%243 + 1 {
		m := min(n, len(line))
		r.Receive(line[:m])
		line = line[m:]
	}
	return h
}

const whole = "[carrier up trained carrier down]"

func TestLevels(t *testing.T) {
	frames := messages(5)
	for _, level := range []float64{3, -1, -6, -15, -26, -35, -40, -43} {
		line := call(level, frames...)
		addNoise(line, -70, 1)
		h := receive(line)
		if len(h.frames) != len(frames) || h.bad != 0 || h.flags == 0 || fmt.Sprint(h.status) != whole {
			t.Errorf("at %v dBm0: %d frames of %d, %d bad, %v", level, len(h.frames), len(frames), h.bad, h.status)
		}
	}
	if h := receive(call(-49, frames...)); len(h.status) != 0 {
		t.Errorf("at -49 dBm0: %v", h.status)
	}
}

// V.21 lets the line move the tones by 6 Hz, and a transmitter by another 6.
func TestFrequencyOffset(t *testing.T) {
	frames := messages(20)
	for _, offset := range []float64{-12, -6, 6, 12} {
		line := simline.New(simline.Conditions{Offset: offset, Noise: -26}).Pass(nil, call(-20, frames...))
		if h := receive(line); len(h.frames) < len(frames)-1 || fmt.Sprint(h.status) != whole {
			t.Errorf("by %v Hz: %d frames of %d, %v", offset, len(h.frames), len(frames), h.status)
		}
	}
}

// A transmitter that begins each bit with another phase is no good one, but V.21
// does not forbid it.
func TestPhaseJumps(t *testing.T) {
	var source hdlc.Transmitter
	source.Flags(37)
	frames := messages(10)
	for _, f := range frames {
		source.Frame(f)
	}
	source.End(3)
	random := rand.New(rand.NewPCG(1, 1))
	line := make([]int16, 1000)
	last := byte(2)
	phase, at := 0.0, 0.0
	for bit, more := source.NextBit(); more; bit, more = source.NextBit() {
		if bit != last {
			phase, last = random.Float64()*2*math.Pi, bit
		}
		hertz := []float64{space, mark}[bit]
		for at += modem.SampleRate / float64(rate); at >= 1; at-- {
			phase += 2 * math.Pi * hertz / modem.SampleRate
			line = append(line, int16(4000*math.Sin(phase)))
		}
	}
	line = append(line, make([]int16, 2000)...)
	if h := receive(line); len(h.frames) < len(frames)-1 {
		t.Errorf("%d frames of %d, %d bad", len(h.frames), len(frames), h.bad)
	}
}

// At -2 dB a bit has 9 dB over the noise's density: alone it would be wrong once
// in 130 times, and more than half of these frames would be lost.
func TestNoise(t *testing.T) {
	frames := messages(60)
	for snr, want := range map[float64]int{3: 60, 0: 59, -1: 55, -2: 45} {
		line := call(-20, frames...)
		addNoise(line, -20-snr, 2)
		h := receive(line)
		t.Logf("%v dB: %d frames of %d", snr, len(h.frames), len(frames))
		if len(h.frames) < want {
			t.Errorf("at %v dB %d frames of %d came", snr, len(h.frames), len(frames))
		}
	}
}

// The carrier must be known to have gone when the silence of 75 ms after it
// (T.30) is over, and to be there before the preamble of 0.85 s is.
func TestPromptness(t *testing.T) {
	line := call(-15, messages(3)...)
	end := len(line) - modem.SampleRate
	for ; line[end-1] == 0; end-- {
	}
	addNoise(line, -45, 3)
	h := newHeard()
	r := NewReceiver(h)
	up, down := 0, 0
	for i := range line {
		r.Receive(line[i : i+1])
		if len(h.status) == 2 && up == 0 {
			up = i - 2*modem.SampleRate
		} else if len(h.status) == 3 && down == 0 {
			down = i - end
		}
	}
	t.Logf("up %d ms after the beginning, down %d ms after the end", up/8, down/8)
	if up <= 0 || up > 120*8 || down <= 0 || down > 60*8 || fmt.Sprint(h.status) != whole {
		t.Errorf("%v: up after %d samples, down after %d", h.status, up, down)
	}
}

// A packet lost takes one frame with it, not those after it.
func TestDropout(t *testing.T) {
	frames := messages(12)
	line := call(-15, frames...)
	clear(line[4*modem.SampleRate:][:320])
	addNoise(line, -50, 4)
	if h := receive(line); len(h.frames) < len(frames)-2 {
		t.Errorf("%d frames of %d, %v", len(h.frames), len(frames), h.status)
	}
}

func TestNoAllocations(t *testing.T) {
	line := call(-15, messages(1)...)
	line = line[2*modem.SampleRate:]
	r := NewReceiver(newHeard())
	r.Receive(line[:8000])
	if n := testing.AllocsPerRun(10, func() { r.Receive(line[:160]) }); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
}

// FuzzReceiver: no samples do harm.
func FuzzReceiver(f *testing.F) {
	f.Add([]byte{0x7F, 0xFF, 0x80, 0x00})
	f.Fuzz(func(t *testing.T, line []byte) {
		r := NewReceiver(newHeard())
		for range 20 {
			for i := 0; i+1 < len(line); i += 2 {
				r.Receive([]int16{int16(line[i])<<8 | int16(line[i+1])})
			}
		}
	})
}
