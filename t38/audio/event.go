package audio

import (
	"encoding/binary"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// Codes of the telephone events that fax terminals send (RFC 4734).
const (
	eventANS            = 32 // CED
	eventANSReversals   = 33
	eventANSam          = 34
	eventANSamReversals = 35
	eventCNG            = 36
)

const (
	// eventOctets: code; end, reserved and volume; duration (RFC 4733 2.3).
	eventOctets = 4
	eventEnd    = 0x80
	maxVolume   = 63
	// endings is how often the end of an event is said (RFC 4733 2.5.1.4).
	endings = 3
)

// telephoneEvent is one that is being sent.
type telephoneEvent struct {
	on      bool
	payload uint8
	code    byte
	volume  byte   // below 0 dBm0
	began   uint32 // timestamp
}

// tone lets so many samples pass in which a tone sounds.
func (s *sender) tone(payload uint8, t t30.Tone, level float64, samples int) error {
	code := byte(eventANS)
	if t == t30.CNG {
		code = eventCNG
	}
	first := !s.event.on
	if first {
		volume := byte(min(max(-level, 0), maxVolume))
		s.event = telephoneEvent{true, payload, code, volume, s.header.Timestamp}
	}
	s.header.Timestamp += uint32(samples)
	s.stream.due = s.stream.due.Add(duration(samples))
	return s.sayEvent(first, 0)
}

// endTone ends the tone, if there is one.
func (s *sender) endTone() error {
	if !s.event.on {
		return nil
	}
	s.event.on = false
	for range endings {
		if err := s.sayEvent(false, eventEnd); err != nil {
			return err
		}
	}
	return nil
}

// sayEvent sends what the event has come to by now. All its packets have the
// timestamp of its beginning.
func (s *sender) sayEvent(first bool, end byte) error {
	h := *s.header
	h.PayloadType, h.Timestamp, h.Marker = s.event.payload, s.event.began, first
	duration := min(s.header.Timestamp-s.event.began, 0xFFFF)
	s.octets[0], s.octets[1] = s.event.code, end|s.event.volume
	binary.BigEndian.PutUint16(s.octets[2:], uint16(duration))
	return s.write(h, eventOctets)
}

// telephoneEvent reads an event. It is told in several packets of one timestamp.
func (a *arrival) telephoneEvent(stamp uint32, octets []byte) {
	if len(octets) < eventOctets {
		a.stats.Strange++
		return
	}
	if a.hadEvent && a.event == stamp {
		return
	}
	a.event, a.hadEvent = stamp, true
	switch octets[0] {
	case eventANS, eventANSReversals, eventANSam, eventANSamReversals:
		a.tone(t30.CED)
	case eventCNG:
		a.tone(t30.CNG)
	}
}
