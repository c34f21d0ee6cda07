package audio

import (
	"math"
	"time"
)

// Tone is one of the tones of T.30's phase A.
type Tone uint8

const (
	CNG Tone = iota // 1100 Hz, 0.5 s on, 3 s off, again and again
	CED             // 2100 Hz, 3 s, once
)

const (
	sampleRate = 8000
	// toneLevel is what telephones and fax terminals commonly send.
	toneLevel = -11.0 // dBm0
	// fullScale is the level of the greatest sine that A-law can hold; mu-law's
	// is 3.17 (G.711).
	fullScale = 3.14 // dBm0
)

// cadence is when a tone sounds: before, on, after, and for a repeated one all
// of it from the beginning again.
type cadence struct {
	hertz             int
	before, on, after time.Duration
	repeated          bool
}

// cadences follow T.30: CED begins not sooner than 0.2 s after the call is
// connected and lasts 2.6 to 4 s; 75 ms of silence part it from what follows.
var cadences = [...]cadence{
	CNG: {hertz: 1100, on: 500 * time.Millisecond, after: 3 * time.Second, repeated: true},
	CED: {hertz: 2100, before: 200 * time.Millisecond, on: 3 * time.Second, after: 75 * time.Millisecond},
}

// player makes the samples of a cadence.
type player struct {
	cadence
	n    int // samples made since the cadence began
	wave []int16
}

func newPlayer(c cadence) *player {
	// The frequencies divide 8000 in such a way that so many samples hold a
	// whole number of waves.
	p := &player{cadence: c, wave: make([]int16, sampleRate/gcd(sampleRate, c.hertz))}
	amplitude := math.MaxInt16 * math.Pow(10, (toneLevel-fullScale)/20)
	for i := range p.wave {
		p.wave[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*float64(i*c.hertz)/sampleRate)))
	}
	return p
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// fill makes the next samples. It gives false when the cadence had ended before
// the first of them.
func (p *player) fill(out []int16) bool {
	on := samples(p.before)
	off := on + samples(p.on)
	end := off + samples(p.after)
	if p.n >= end && !p.repeated {
		return false
	}
	for i := range out {
		if p.n >= end && p.repeated {
			p.n = 0
		}
		out[i] = 0
		if p.n >= on && p.n < off {
			out[i] = p.wave[(p.n-on)%len(p.wave)]
		}
		p.n++
	}
	return true
}

func samples(d time.Duration) int { return int(d * sampleRate / time.Second) }
