package negotiation

import (
	"bytes"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// session is what the two sides have agreed, and what we have said.
type session struct {
	said   sdp.Said
	lines  []*sdp.Media // the media lines of what is in force of ours
	remote []byte       // the peer's in force, in the form of sdp.Identity

	pending []byte // our offer that has no answer yet
}

// agree puts two descriptions into force.
func (s *session) agree(local []byte, remote *sdp.Description) {
	s.said.InForce, s.pending = local, nil
	if d, err := sdp.Parse(local); err == nil {
		s.lines = d.MediaDescriptions
	}
	s.remote = sdp.Identity(remote)
}

// repeats tells whether the peer says again what is in force: a session refresh
// (RFC 4028).
func (s *session) repeats(remote *sdp.Description) bool {
	return s.remote != nil && bytes.Equal(sdp.Identity(remote), s.remote) && s.said.Matches(remote)
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
