package modem

import (
	"math"
	"time"
)

// Tone is one of the tones by which terminals meet in phase A of a call.
type Tone uint8

const (
	CNG            Tone = iota // the calling terminal's: 1100 Hz, 0.5 s on and 3 s off (T.30)
	CED                        // the called terminal's: 2100 Hz (T.30), or V.25's answer tone
	CEDReversals               // CED with its phase reversed every 450 ms, against echo cancellers (V.25)
	ANSam                      // 2100 Hz, amplitude modulated by 15 Hz: the terminal knows V.8
	ANSamReversals             // ANSam with reversals
)

func (t Tone) String() string {
	switch t {
	case CNG:
		return "CNG"
	case CED:
		return "CED"
	case CEDReversals:
		return "CED with reversals"
	case ANSam:
		return "ANSam"
	case ANSamReversals:
		return "ANSam with reversals"
	}
	return "unknown tone"
}

const (
	hertzCNG = 1100
	hertzCED = 2100
	onCNG    = SampleRate / 2
	cycleCNG = onCNG + 3*SampleRate

	reversal = 450 * SampleRate / 1000 // V.25, V.8

	// V.8: the envelope goes from 0.8 to 1.2 times its mean.
	hertzAM = 15
	depthAM = 0.2
)

// A ToneTransmitter makes a tone, or CNG with its silences.
type ToneTransmitter struct {
	wave      [tonePeriod]int16 // whole waves of the tone
	tone      Tone
	amplitude float64
	n, end    int // samples
}

// tonePeriod is how many samples hold whole waves of either frequency.
const tonePeriod = 80

// NewToneTransmitter makes a Transmitter of a tone at a level in dBm0 (of
// ANSam, its mean). CNG begins with its half second.
func NewToneTransmitter(tone Tone, level float64, duration time.Duration) *ToneTransmitter {
	t := &ToneTransmitter{tone: tone, end: int(duration * SampleRate / time.Second)}
	t.amplitude = min(Amplitude(level), math.MaxInt16/(1+depthAM))
	hertz := hertzCED
	if tone == CNG {
		hertz = hertzCNG
	}
	for i := range t.wave {
		t.wave[i] = int16(math.Round(t.amplitude * math.Sin(2*math.Pi*float64(i*hertz)/SampleRate)))
	}
	return t
}

// Transmit implements Transmitter.
func (t *ToneTransmitter) Transmit(out []int16) int {
	made := min(len(out), t.end-t.n)
	for i := range out[:made] {
		out[i] = t.sample()
		t.n++
	}
	return made
}

func (t *ToneTransmitter) sample() int16 {
	x := t.wave[t.n%tonePeriod]
	switch t.tone {
	case CNG:
		if t.n%cycleCNG >= onCNG {
			return 0
		}
	case ANSam, ANSamReversals:
		x = int16(math.Round(float64(x) * (1 + depthAM*math.Sin(2*math.Pi*hertzAM*float64(t.n)/SampleRate))))
	}
	if (t.tone == CEDReversals || t.tone == ANSamReversals) && t.n/reversal&1 == 1 {
		x = -x
	}
	return x
}
