//go:build unix

package modem_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/speechtest"
	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/modem/hdlc"
	"github.com/pagebridge/pagebridge/t38/modem/v21"
)

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
	for name, line := range map[string][]int16{
		"speech": speechtest.Speech(t, 5*time.Minute), "music": speechtest.Music(t, 5*time.Minute),
	} {
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
