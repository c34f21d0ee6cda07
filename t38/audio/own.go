package audio

import (
	"bytes"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// own is what this side has said last by V.21 and what tone it sends, for when the
// echo comes while it is listened to. The two machines never say the same: one
// sends CNG and the other CED, and bit X tells their frames apart (T.30).
type own struct {
	frames [][]byte
	left   int // samples for which their echo may still come

	tone     t30.Tone
	toneLeft int // samples for which its echo may still come
}

// echoTime is how late an echo may be: a satellite makes it half a second.
const echoTime = time.Second

// say notes what is going to be sent.
func (o *own) say(frames [][]byte) {
	o.frames = o.frames[:0]
	for _, f := range frames {
		o.frames = append(o.frames, bytes.Clone(f))
	}
}

// sending is called while it is.
func (o *own) sending() { o.left = samples(echoTime) }

// pass lets time pass.
func (o *own) pass(n int) { o.left, o.toneLeft = max(0, o.left-n), max(0, o.toneLeft-n) }

// sounding is called while a tone is sent.
func (o *own) sounding(t t30.Tone) { o.tone, o.toneLeft = t, samples(echoTime) }

// sounded reports whether a tone is an echo.
func (o *own) sounded(t t30.Tone) bool { return o.toneLeft > 0 && o.tone == t }

// said reports whether a frame is an echo.
func (o *own) said(octets []byte) bool {
	for _, f := range o.frames {
		if o.left > 0 && bytes.Equal(f, octets) {
			return true
		}
	}
	return false
}
