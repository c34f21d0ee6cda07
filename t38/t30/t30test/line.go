package t30test

import (
	"math/rand/v2"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// Line is what lies between two terminals, in one direction.
type Line struct {
	Delay     time.Duration // one way
	Rand      *rand.Rand    // for the damage; nil: none
	FrameLoss float64       // share of HDLC frames that arrive damaged
	BitErrors float64       // share of octets of TCF and rows with a wrong bit
	// Chunk is how much of a fast carrier outside HDLC comes at a time; 0: 40 ms.
	Chunk time.Duration
	// Spoil, when not nil, is asked about every frame sent: true damages it.
	Spoil func(octets []byte) bool
}

// heard is an event and when it comes, counted from the beginning of a signal.
type heard struct {
	after time.Duration
	event t30.Event
}

// Durations of the parts of signals that T.30 and the modems' Recommendations
// lay down.
const (
	v21Preamble = time.Second // T.30 5.3.1
	v21Octet    = 8 * time.Second / 300
)

// TrainingTime is how long the training of a modem takes.
func TrainingTime(m t30.Modulation, short bool) time.Duration {
	switch m {
	case t30.V27ter2400:
		return 943 * time.Millisecond
	case t30.V27ter4800:
		return 708 * time.Millisecond
	case t30.V29_7200, t30.V29_9600:
		return 253 * time.Millisecond
	case t30.V17_7200, t30.V17_9600, t30.V17_12000, t30.V17_14400:
		if short {
			return 142 * time.Millisecond
		}
		return 1393 * time.Millisecond
	}
	return 0
}

// OctetTime is how long an octet takes.
func OctetTime(m t30.Modulation) time.Duration {
	return 8 * time.Second / time.Duration(m.Rate())
}

// signal makes of a Transmit action what the other end hears, and how long the
// sending takes.
func (l *Line) signal(a t30.Action) (events []heard, takes time.Duration) {
	switch a := a.(type) {
	case t30.TransmitTone:
		return []heard{{a.Pause + a.Duration/2, t30.ToneHeard{Tone: a.Tone}}}, a.Pause + a.Duration
	case t30.TransmitFrames:
		at := a.Pause + v21Preamble
		return l.hdlc(t30.V21, a.Pause, at, v21Octet, a.Frames)
	case t30.TransmitPartialPage:
		at := a.Pause + TrainingTime(a.Modulation, a.ShortTraining)
		return l.hdlc(a.Modulation, at, at+200*time.Millisecond, OctetTime(a.Modulation), a.Frames)
	case t30.TransmitTCF:
		return l.octets(a.Modulation, a.Pause+TrainingTime(a.Modulation, false), make([]byte, a.Octets))
	case t30.TransmitImage:
		return l.octets(a.Modulation, a.Pause+TrainingTime(a.Modulation, a.ShortTraining), a.Octets)
	}
	return nil, 0
}

// hdlc: each octet takes a little more than 8 bits for the stuffing, each frame
// an FCS and a flag.
func (l *Line) hdlc(m t30.Modulation, up, at, octet time.Duration, frames [][]byte) ([]heard, time.Duration) {
	events := []heard{{up, t30.CarrierUp{Modulation: m}}}
	for _, f := range frames {
		at += time.Duration(len(f)+3) * octet
		events = append(events, heard{at, l.frame(f)})
	}
	at += 2 * octet
	return append(events, heard{at, t30.CarrierDown{}}), at
}

func (l *Line) frame(f []byte) t30.FrameReceived {
	f = append([]byte(nil), f...)
	if l.Spoil != nil && l.Spoil(f) || l.Rand != nil && l.Rand.Float64() < l.FrameLoss {
		f[len(f)-1] ^= 0x10
		return t30.FrameReceived{Octets: f}
	}
	return t30.FrameReceived{Octets: f, FCSOK: true}
}

func (l *Line) octets(m t30.Modulation, at time.Duration, data []byte) ([]heard, time.Duration) {
	chunk := l.Chunk
	if chunk == 0 {
		chunk = 40 * time.Millisecond
	}
	size := max(1, int(chunk/OctetTime(m)))
	events := []heard{{at, t30.CarrierUp{Modulation: m}}}
	for len(data) > 0 {
		n := min(size, len(data))
		at += time.Duration(n) * OctetTime(m)
		events = append(events, heard{at, t30.DataReceived{Octets: l.damage(data[:n])}})
		data = data[n:]
	}
	return append(events, heard{at, t30.CarrierDown{}}), at
}

func (l *Line) damage(data []byte) []byte {
	data = append([]byte(nil), data...)
	if l.Rand == nil || l.BitErrors == 0 {
		return data
	}
	for i := range data {
		if l.Rand.Float64() < l.BitErrors {
			data[i] ^= 1 << l.Rand.IntN(8)
		}
	}
	return data
}
