package t38

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
)

// story writes what one way of a relay hears into the ladder of the call: tones,
// trainings, control frames, and of a page how much it was.
type story struct {
	ladder    *t30.Ladder
	direction t30.Direction

	fast    bool // the carrier is not V.21
	octets  int  // outside HDLC
	image   bool // and not zeros alone: rows, not TCF
	frames  int  // FCD frames
	missing int  // packets lost since something was written

	confirmed bool // CFR has been said, or what comes after it
}

func (s *story) heard(now time.Time, h heard) {
	switch h.kind {
	case toneHeard:
		s.ladder.Add(now, s.direction, t30.KindTone, []byte{byte(h.tone)})
	case carrierUp:
		s.fast = h.modulation != t30.V21
		if s.fast {
			s.ladder.Add(now, s.direction, t30.KindTraining, []byte{byte(h.modulation)})
		}
	case carrierDown:
		s.end(now)
	case frameHeard:
		s.frame(now, h)
	case dataHeard:
		s.octets += len(h.octets)
		for _, o := range h.octets {
			s.image = s.image || o != 0
		}
	}
}

func (s *story) frame(now time.Time, h heard) {
	switch {
	case !s.fast && h.fcsOK:
		s.ladder.Add(now, s.direction, t30.KindFrame, h.octets)
		s.hearFrame(h.octets)
	case !s.fast:
		s.ladder.Add(now, s.direction, t30.KindBadFrame, h.octets)
	case h.fcsOK && len(h.octets) > 2 && h.octets[2] == fcfFCD:
		s.frames++
	}
}

// hearFrame notes how far the two ends are.
func (s *story) hearFrame(octets []byte) {
	f, err := t30.ParseFrame(octets)
	if err != nil {
		return
	}
	switch f.FCF {
	case t30.CFR, t30.MCF, t30.PPR, t30.RTN, t30.RTP:
		s.confirmed = true
	}
}

// end is the end of a carrier: what it brought is written.
func (s *story) end(now time.Time) {
	switch {
	case s.frames > 0:
		s.count(now, t30.KindPartialPage, s.frames)
	case s.octets > 0 && s.image:
		s.count(now, t30.KindImage, s.octets)
	case s.octets > 0:
		s.count(now, t30.KindTCF, s.octets)
	}
	if s.missing > 0 {
		s.ladder.Add(now, s.direction, t30.KindText, fmt.Appendf(nil, "%d packets lost", s.missing))
	}
	s.fast, s.octets, s.image, s.frames, s.missing = false, 0, false, 0, 0
}

func (s *story) count(now time.Time, k t30.Kind, n int) {
	s.ladder.Add(now, s.direction, k, binary.BigEndian.AppendUint32(nil, uint32(n)))
}

// lost notes that packets are missing.
func (s *story) lost(packets int) { s.missing += packets }
