//go:build unix

package modem_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/testpeer"
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/hdlc"
	"github.com/pagebridge/pagebridge/t38/modem/v21"
)

// run gives the samples that a program writes, at 8000 Hz.
func run(t *testing.T, input []byte, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v", name, args, err)
	}
	return out
}

func samplesOf(raw []byte) []int16 {
	out := make([]int16, len(raw)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return out
}

const prose = `Good morning, and thank you for calling. Our office is open from nine to five.
If you know the number of the extension, please dial it now; otherwise wait for an operator.
Sixteen hundred and fifty, eighteen hundred and fifty, eleven hundred, twenty-one hundred.
She sells sea shells on the sea shore, and the shells she sells are sea shells, I am sure.
Oh, you see, we knew who you were: few true blue moons grew through June. Hello? Hello!
The quick brown fox jumps over the lazy dog while five boxing wizards quickly vex a judge.`

// speech is five minutes of several voices.
func speech(t *testing.T) []int16 {
	espeak := testpeer.Command(t, "espeak-ng", "Debian package espeak-ng")
	sox := testpeer.Command(t, "sox", "Debian package sox")
	var line []int16
	voices := []string{"en", "en+f2", "en+m7", "en+f5", "de", "it+f3", "fr", "en+croak", "en+whisper", "en-us+f4"}
	for i := 0; len(line) < 300*modem.SampleRate; i++ {
		wav := run(t, []byte(prose), espeak, "--stdout", "-v", voices[i%len(voices)],
			"-s", strconv.Itoa(120+i*17%140), "-p", strconv.Itoa(i*29%99))
		line = append(line, samplesOf(run(t, wav, sox, "-t", "wav", "--ignore-length", "-", "-t", "raw",
			"-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-", "norm", "-3"))...)
	}
	return line
}

// music is five minutes of melodies and chords.
func music(t *testing.T) []int16 {
	sox := testpeer.Command(t, "sox", "Debian package sox")
	random := rand.New(rand.NewPCG(5, 5))
	var line []int16
	instruments := []string{"pluck", "sine", "square", "triangle", "sawtooth", "trapezium", "exp"}
	for i := 0; len(line) < 300*modem.SampleRate; i++ {
		args := []string{"-q", "-R", "-n", "-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-", "synth"}
		// A piece of twenty notes, of one to three voices.
		length := fmt.Sprint(0.1 + 0.5*random.Float64())
		for n := range 20 {
			if n > 0 {
				args = append(args, ":", "synth")
			}
			args = append(args, length)
			for range 1 + i%3 {
				args = append(args, instruments[i%len(instruments)], "%"+strconv.Itoa(random.IntN(48)-24))
			}
			args = append(args, "remix", "-", "fade", "h", "0.01", length, "0.02", "norm", "-3")
		}
		line = append(line, samplesOf(run(t, nil, sox, args...))...)
	}
	return line
}

// preamble counts what a V.21 receiver takes for its own.
type preamble struct {
	*hdlc.Receiver
	flags, frames, carriers int
}

func (p *preamble) Flags()             { p.flags++ }
func (p *preamble) Frame([]byte, bool) { p.frames++ }
func (p *preamble) Status(s modem.Status) {
	if s == modem.CarrierUp {
		p.carriers++
	}
}

// notFax checks that nothing is heard on a line, but for V.21 if it is that.
func notFax(t *testing.T, name string, line []int16, isV21 bool) {
	t.Helper()
	if heard := listen(line); heard != "[]" {
		t.Errorf("%s: heard %v", name, heard)
	}
	p := new(preamble)
	p.Receiver = hdlc.NewReceiver(p, hdlc.Limits{})
	v21.NewReceiver(p).Receive(line)
	if p.flags+p.frames+p.carriers > 0 && !isV21 {
		t.Errorf("%s: V.21: %d carriers, %d frames, flags %d times", name, p.carriers, p.frames, p.flags)
	}
}

// Ten minutes of speech and music at three levels are no fax.
func TestSpeechAndMusicAreNoFax(t *testing.T) {
	for name, line := range map[string][]int16{"speech": speech(t), "music": music(t)} {
		t.Logf("%s: %v", name, time.Duration(len(line))*time.Second/modem.SampleRate)
		for _, shift := range []uint{0, 2, 5} {
			quieter := make([]int16, len(line))
			for i, s := range line {
				quieter[i] = s >> shift
			}
			notFax(t, fmt.Sprintf("%s / %d", name, 1<<shift), quieter, false)
		}
	}
}

// bitsWithFlags is a source of a second of flags, and then of random bits.
type bitsWithFlags struct {
	random *rand.Rand
	n      int
}

func (f *bitsWithFlags) NextBit() (byte, bool) {
	if f.n++; f.n < 300 {
		return 0b01111110 >> (f.n & 7) & 1, true
	}
	return byte(f.random.Uint32() & 1), true
}

// No modem's signal is another's, or a tone.
func TestModemsAreNoTones(t *testing.T) {
	for i, m := range modems {
		tx, err := m.transmitter(&bitsWithFlags{random: rand.New(rand.NewPCG(uint64(i), 1))})
		if err != nil {
			t.Fatal(err)
		}
		line := make([]int16, 30*modem.SampleRate)
		tx.Transmit(line[:25*modem.SampleRate])
		notFax(t, m.name, line, m.name == "V.21-300")
	}
}
