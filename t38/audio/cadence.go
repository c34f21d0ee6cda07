package audio

import (
	"math"
	"time"

	"github.com/pagebridge/pagebridge/t38/modem"
)

// Tone is one of the tones of T.30's phase A, or what a caller hears before it.
type Tone uint8

const (
	CNG     Tone = iota // 1100 Hz, 0.5 s on, 3 s off, again and again
	CED                 // 2100 Hz, 3 s, once
	Ringing             // 425 Hz, 1 s on, 4 s off, again and again (E.180)
)

const (
	sampleRate = modem.SampleRate
	// toneLevel is what telephones and fax terminals commonly send.
	toneLevel = -11.0 // dBm0
	// ringingLevel lets a calling machine's CNG be heard through its echo.
	ringingLevel = -20.0
)

// cadence is when a tone sounds: before, on, after, and for a repeated one all
// of it from the beginning again.
type cadence struct {
	tone              modem.Tone
	hertz             int // in place of tone; 0: tone
	before, on, after time.Duration
	repeated          bool
}

// cadences follow T.30: CED begins not sooner than 0.2 s after the call is
// connected and lasts 2.6 to 4 s; 75 ms of silence part it from what follows.
var cadences = [...]cadence{
	CNG:     {tone: modem.CNG, on: 500 * time.Millisecond, after: 3 * time.Second, repeated: true},
	CED:     {tone: modem.CED, before: 200 * time.Millisecond, on: 3 * time.Second, after: 75 * time.Millisecond},
	Ringing: {hertz: 425, on: time.Second, after: 4 * time.Second, repeated: true},
}

// player makes the samples of a cadence.
type player struct {
	cadence
	parts sending
}

func newPlayer(c cadence) *player {
	p := &player{cadence: c}
	p.begin()
	return p
}

func (p *player) begin() {
	p.parts.put(&transmission{samples: p.sound()}, p.before)
	p.parts.put(&transmission{samples: nothing{}}, p.after)
}

func (c cadence) sound() modem.Transmitter {
	if c.hertz == 0 {
		return modem.NewToneTransmitter(c.tone, toneLevel, c.on)
	}
	return &sine{hertz: c.hertz, end: samples(c.on)}
}

// sine is a tone that no modem knows, which begins and ends at nought.
type sine struct{ hertz, n, end int }

// Transmit implements modem.Transmitter.
func (s *sine) Transmit(out []int16) int {
	made := min(len(out), s.end-s.n)
	for i := range out[:made] {
		out[i] = int16(modem.Amplitude(ringingLevel) * math.Sin(2*math.Pi*float64(s.n*s.hertz)/sampleRate))
		s.n++
	}
	return made
}

// nothing is a signal that has ended when it begins.
type nothing struct{}

func (nothing) Transmit([]int16) int { return 0 }

// fill makes the next samples. It gives false when the cadence had ended before
// the first of them.
func (p *player) fill(out []int16) bool {
	queue := p.parts.queue
	switch {
	case p.repeated && len(queue) == 1:
		p.begin()
	case len(queue) == 0, len(queue) == 1 && queue[0].pause == 0:
		return false
	}
	p.parts.fill(out)
	return true
}

func samples(d time.Duration) int { return int(d * sampleRate / time.Second) }
