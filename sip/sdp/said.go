package sdp

import (
	"bytes"
	"net/netip"
	"strings"
)

// Said is what our side has said on one leg of a call.
type Said struct {
	Origin  Origin // Version is the highest that was said
	InForce []byte // our description in force; nil before the first agreement

	last []byte // our description with the highest version
}

// Say makes a description of ours. The version in o= grows by one with each
// change and with nothing else (RFC 3264 8): what is in force, or was said last,
// is said again in the same octets.
func (s *Said) Say(local netip.Addr, media ...*Media) []byte {
	for _, said := range [][]byte{s.InForce, s.last} {
		if again(said, s.Origin.ID, local, media) {
			return said
		}
	}
	s.Origin.Version++
	s.last = Marshal(Compose(s.Origin, local, media...))
	return s.last
}

// Holds tells whether these media lines are what is in force.
func (s *Said) Holds(local netip.Addr, media ...*Media) bool {
	return again(s.InForce, s.Origin.ID, local, media)
}

// again tells whether the media lines make the octets of an earlier description.
func again(said []byte, id uint64, local netip.Addr, media []*Media) bool {
	d, err := Parse(said)
	if said == nil || err != nil {
		return false
	}
	o := Origin{ID: id, Version: d.Origin.SessionVersion}
	return bytes.Equal(Marshal(Compose(o, local, media...)), said)
}

// Matches tells whether our description in force can be the answer to an offer
// of the peer: line by line of the same kind, with and without a port. It may
// have been an offer of which the peer declined something.
func (s *Said) Matches(offer *Description) bool {
	ours, err := Parse(s.InForce)
	if err != nil || len(ours.MediaDescriptions) != len(offer.MediaDescriptions) {
		return false
	}
	for i, theirs := range offer.MediaDescriptions {
		our := ours.MediaDescriptions[i].MediaName
		if !strings.EqualFold(our.Media, theirs.MediaName.Media) ||
			(our.Port.Value == 0) != (theirs.MediaName.Port.Value == 0) {
			return false
		}
	}
	return true
}

// Identity is a description without its version: two that have the same say the
// same, as in a session refresh (RFC 4028), though the version should not have
// grown then.
func Identity(d *Description) []byte {
	same := *d
	same.Origin.SessionVersion = 0
	return Marshal(&same)
}
