package audio

import (
	"math/rand/v2"
	"time"

	"github.com/pion/rtp"
)

// Stream is the RTP stream that one side of a call sends (RFC 3550 5.1). What is
// sent one after the other, a tone and then the fax, goes on in one stream: not
// every receiver follows when another one begins.
type Stream struct {
	header rtp.Header
	due    time.Time // of the sample that the timestamp names; zero: nothing was sent
}

// NewStream makes a stream with a random beginning.
func NewStream() *Stream {
	return &Stream{header: rtp.Header{
		Version:        2,
		Marker:         true, // the first packet after silence (RFC 3551 4.1)
		SequenceNumber: uint16(rand.Uint32()),
		Timestamp:      rand.Uint32(),
		SSRC:           rand.Uint32(),
	}}
}

// StreamAfter goes on in a stream that somebody else has sent until now, behind the
// last packet of it: its numbers, and how many samples it held.
func StreamAfter(ssrc uint32, sequence uint16, timestamp uint32, samples int, now time.Time) *Stream {
	return &Stream{
		header: rtp.Header{Version: 2, Marker: true, SSRC: ssrc, SequenceNumber: sequence + 1, Timestamp: timestamp + uint32(samples)},
		due:    now,
	}
}

// resume begins or goes on at now; a pause shows in the timestamps.
func (s *sender) resume(now time.Time) {
	if gap := now.Sub(s.stream.due); !s.stream.due.IsZero() && gap > 0 {
		s.header.Timestamp += uint32(gap * sampleRate / time.Second)
		s.header.Marker = true
	}
	s.stream.due = now
}
