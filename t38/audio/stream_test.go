package audio

import (
	"testing"
	"time"
)

// What is sent one after the other is one stream, whose timestamps tell the
// pause between.
func TestOneStreamForACall(t *testing.T) {
	stream, w := NewStream(), &line{}
	now := time.Unix(1e9, 0)
	block := make([]int16, 160)
	send := func(at time.Duration, packets int) {
		s := newSender(w, Leg{Remote: far, Stream: stream})
		s.resume(now.Add(at))
		for range packets {
			if err := s.send(block); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(0, 3)
	send(60*time.Millisecond, 2)  // at once
	send(250*time.Millisecond, 1) // 150 ms after the end of those
	first := w.packets[0]
	for i, at := range []uint32{0, 160, 320, 480, 640, 2000} {
		p := w.packets[i]
		if p.SSRC != first.SSRC || p.SequenceNumber != first.SequenceNumber+uint16(i) || p.Timestamp != first.Timestamp+at {
			t.Errorf("packet %d: SSRC %d, number %d, timestamp %d", i, p.SSRC, p.SequenceNumber-first.SequenceNumber, p.Timestamp-first.Timestamp)
		}
		if marked := i == 0 || i == 5; p.Marker != marked {
			t.Errorf("packet %d: marker %v", i, p.Marker)
		}
	}
}
