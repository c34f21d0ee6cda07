package pairing

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// leg is what has been said and agreed on one leg.
type leg struct {
	origin sdp.Origin // Version is the highest that we have sent

	local  []byte           // our description in force; nil before the first agreement
	remote *sdp.Description // the peer's in force
	sent   []byte           // our description with the highest version
}

// compose makes a description of ours. The version in o= grows by one with each
// change and with nothing else (RFC 3264 8): what is in force, or was said last,
// is said again in the same octets.
func (l *leg) compose(local netip.Addr, media []*sdp.Media) []byte {
	for _, said := range [][]byte{l.local, l.sent} {
		if said == nil {
			continue
		}
		o := sdp.Origin{ID: l.origin.ID, Version: versionOf(said)}
		if again := sdp.Marshal(sdp.Compose(o, local, media...)); bytes.Equal(again, said) {
			return said
		}
	}
	l.origin.Version++
	l.sent = sdp.Marshal(sdp.Compose(l.origin, local, media...))
	return l.sent
}

// inForce tells whether these media lines are what we have said and is agreed.
func (l *leg) inForce(local netip.Addr, media []*sdp.Media) bool {
	if l.local == nil {
		return false
	}
	o := sdp.Origin{ID: l.origin.ID, Version: versionOf(l.local)}
	return bytes.Equal(sdp.Marshal(sdp.Compose(o, local, media...)), l.local)
}

// agree puts two descriptions into force.
func (l *leg) agree(local []byte, remote *sdp.Description) { l.local, l.remote = local, remote }

// repeats tells whether the peer says again what is in force: a session refresh
// (RFC 4028). Its version of o= should not have grown then, but may have.
func (l *leg) repeats(d *sdp.Description) bool {
	return l.remote != nil && bytes.Equal(identity(d), identity(l.remote)) && l.matches(d)
}

// matches tells whether our description in force can be the answer to d: line by
// line of the same kind, with and without a port. It may have been an offer of
// which the peer declined something.
func (l *leg) matches(d *sdp.Description) bool {
	ours, err := sdp.Parse(l.local)
	if err != nil || len(ours.MediaDescriptions) != len(d.MediaDescriptions) {
		return false
	}
	for i, theirs := range d.MediaDescriptions {
		our := ours.MediaDescriptions[i].MediaName
		if !strings.EqualFold(our.Media, theirs.MediaName.Media) ||
			(our.Port.Value == 0) != (theirs.MediaName.Port.Value == 0) {
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
