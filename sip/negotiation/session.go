package negotiation

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// session is what the two sides have agreed, and what we have said.
type session struct {
	origin sdp.Origin // Version is the highest that we have sent

	local  []byte       // our description in force; nil before the first agreement
	lines  []*sdp.Media // the media lines of local
	remote []byte       // the peer's in force, in the form of identity

	sent    []byte // our description with the highest version
	pending []byte // our offer that has no answer yet
}

// compose makes a description of ours. The version in o= grows by one with each
// change and with nothing else (RFC 3264 8): what is in force, or was said last,
// is said again in the same octets.
func (s *session) compose(local netip.Addr, media ...*sdp.Media) []byte {
	for _, said := range [][]byte{s.local, s.sent} {
		if said == nil {
			continue
		}
		o := sdp.Origin{ID: s.origin.ID, Version: versionOf(said)}
		if again := sdp.Marshal(sdp.Compose(o, local, media...)); bytes.Equal(again, said) {
			return said
		}
	}
	s.origin.Version++
	s.sent = sdp.Marshal(sdp.Compose(s.origin, local, media...))
	return s.sent
}

// agree puts two descriptions into force.
func (s *session) agree(local []byte, remote *sdp.Description) {
	s.local, s.pending = local, nil
	if d, err := sdp.Parse(local); err == nil {
		s.lines = d.MediaDescriptions
	}
	s.remote = identity(remote)
}

// repeats tells whether the peer says again what is in force: a session refresh
// (RFC 4028). Its version of o= should not have grown then, but may have. Our
// own description can only be said again as an answer when it matches line by
// line: it may have been an offer of which the peer declined something.
func (s *session) repeats(remote *sdp.Description) bool {
	if s.remote == nil || !bytes.Equal(identity(remote), s.remote) || len(s.lines) != len(remote.MediaDescriptions) {
		return false
	}
	for i, theirs := range remote.MediaDescriptions {
		ours := s.lines[i].MediaName
		if !strings.EqualFold(ours.Media, theirs.MediaName.Media) ||
			(ours.Port.Value == 0) != (theirs.MediaName.Port.Value == 0) {
			return false
		}
	}
	return true
}

// identity is a description without its version.
func identity(d *sdp.Description) []byte {
	same := *d
	same.Origin.SessionVersion = 0
	return sdp.Marshal(&same)
}

func versionOf(description []byte) uint64 {
	d, err := sdp.Parse(description)
	if err != nil {
		return 0
	}
	return d.Origin.SessionVersion
}

// place gives the media lines of a new offer with m as the one in use. An offer
// keeps the lines that there were (RFC 3264 8): m takes the place of the line of
// its own kind, else of the one in use, and the others have port 0.
func (s *session) place(m *sdp.Media, own func(*sdp.Media) bool) []*sdp.Media {
	if len(s.lines) == 0 {
		return []*sdp.Media{m}
	}
	at := 0
	for i, line := range s.lines {
		if line.MediaName.Port.Value != 0 {
			at = i
		}
	}
	for i, line := range s.lines {
		if own(line) {
			at = i
			break
		}
	}
	media := make([]*sdp.Media, len(s.lines))
	for i, line := range s.lines {
		media[i] = sdp.Refuse(line)
	}
	media[at] = m
	return media
}
