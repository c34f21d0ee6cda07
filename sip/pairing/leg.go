package pairing

import (
	"bytes"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// leg is what has been said and agreed on one leg.
type leg struct {
	said   sdp.Said
	remote *sdp.Description // the peer's in force
	voice  *sdp.Description // the last of them that had audio
	// noT38: the peer has refused it, or is known not to have it.
	noT38 bool
}

// agree puts two descriptions into force.
func (l *leg) agree(local []byte, remote *sdp.Description) {
	l.said.InForce, l.remote = local, remote
	if _, ok := audioOf(remote); ok {
		l.voice = remote
	}
}

// repeats tells whether the peer says again what is in force: a session refresh
// (RFC 4028).
func (l *leg) repeats(d *sdp.Description) bool {
	return l.remote != nil && bytes.Equal(sdp.Identity(d), sdp.Identity(l.remote)) && l.said.Matches(d)
}
