package audio

import (
	"bytes"
	"time"
)

// own is what this side has said last by V.21, for when its echo comes so late
// that it is listened to. The two machines never say the same: bit X tells them
// apart (T.30).
type own struct {
	frames [][]byte
	left   int // samples for which the echo may still come
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
func (o *own) pass(n int) { o.left = max(0, o.left-n) }

// said reports whether a frame is an echo.
func (o *own) said(octets []byte) bool {
	for _, f := range o.frames {
		if o.left > 0 && bytes.Equal(f, octets) {
			return true
		}
	}
	return false
}
