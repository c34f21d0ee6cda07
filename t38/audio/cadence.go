package audio

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/modem"
)

// Tone is one of the tones of T.30's phase A.
type Tone uint8

const (
	CNG Tone = iota // 1100 Hz, 0.5 s on, 3 s off, again and again
	CED             // 2100 Hz, 3 s, once
)

const (
	sampleRate = modem.SampleRate
	// toneLevel is what telephones and fax terminals commonly send.
	toneLevel = -11.0 // dBm0
)

// cadence is when a tone sounds: before, on, after, and for a repeated one all
// of it from the beginning again.
type cadence struct {
	tone              modem.Tone
	before, on, after time.Duration
	repeated          bool
}

// cadences follow T.30: CED begins not sooner than 0.2 s after the call is
// connected and lasts 2.6 to 4 s; 75 ms of silence part it from what follows.
var cadences = [...]cadence{
	CNG: {tone: modem.CNG, on: 500 * time.Millisecond, after: 3 * time.Second, repeated: true},
	CED: {tone: modem.CED, before: 200 * time.Millisecond, on: 3 * time.Second, after: 75 * time.Millisecond},
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
	p.parts.put(&transmission{samples: modem.NewToneTransmitter(p.tone, toneLevel, p.on)}, p.before)
	p.parts.put(&transmission{samples: nothing{}}, p.after)
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
