// Package speechtest makes speech and music for tests of what listens to a
// telephone line: by espeak-ng and sox, which tests skip without.
package speechtest

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
)

// sampleRate is that of all lines, in Hz.
const sampleRate = 8000

// run gives the samples that a program writes, at 8000 Hz.
func run(t testing.TB, input []byte, name string, args ...string) []byte {
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

// Speech is as much of several voices as asked for.
func Speech(t testing.TB, length time.Duration) []int16 {
	espeak := testpeer.Command(t, "espeak-ng", "Debian package espeak-ng")
	sox := testpeer.Command(t, "sox", "Debian package sox")
	want := int(length * sampleRate / time.Second)
	var line []int16
	voices := []string{"en", "en+f2", "en+m7", "en+f5", "de", "it+f3", "fr", "en+croak", "en+whisper", "en-us+f4"}
	for i := 0; len(line) < want; i++ {
		wav := run(t, []byte(prose), espeak, "--stdout", "-v", voices[i%len(voices)],
			"-s", strconv.Itoa(120+i*17%140), "-p", strconv.Itoa(i*29%99))
		line = append(line, samplesOf(run(t, wav, sox, "-t", "wav", "--ignore-length", "-", "-t", "raw",
			"-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-", "norm", "-3"))...)
	}
	return line[:want]
}

// Music is as much of melodies and chords as asked for.
func Music(t testing.TB, length time.Duration) []int16 {
	sox := testpeer.Command(t, "sox", "Debian package sox")
	random := rand.New(rand.NewPCG(5, 5))
	want := int(length * sampleRate / time.Second)
	var line []int16
	instruments := []string{"pluck", "sine", "square", "triangle", "sawtooth", "trapezium", "exp"}
	for i := 0; len(line) < want; i++ {
		args := []string{"-q", "-R", "-n", "-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-", "synth"}
		// A piece of twenty notes, of one to three voices.
		note := fmt.Sprint(0.1 + 0.5*random.Float64())
		for n := range 20 {
			if n > 0 {
				args = append(args, ":", "synth")
			}
			args = append(args, note)
			for range 1 + i%3 {
				args = append(args, instruments[i%len(instruments)], "%"+strconv.Itoa(random.IntN(48)-24))
			}
			args = append(args, "remix", "-", "fade", "h", "0.01", note, "0.02", "norm", "-3")
		}
		line = append(line, samplesOf(run(t, nil, sox, args...))...)
	}
	return line[:want]
}
