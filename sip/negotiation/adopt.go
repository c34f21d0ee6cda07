package negotiation

import (
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// Session is what has been agreed on a call before this machine.
type Session struct {
	Local, Remote []byte // the two descriptions in force
	Version       uint64 // the highest of o= that we have said
}

// Adopt takes over a called side that others have answered, with what is in
// force there: the fax begins as if that had just been agreed. It comes first
// after New, in place of the INVITE.
func (m *Machine) Adopt(now time.Time, s Session) {
	local, errLocal := sdp.Parse(s.Local)
	remote, errRemote := sdp.Parse(s.Remote)
	if errLocal != nil || errRemote != nil {
		m.state = m.fail(0, "the call has no session that can be taken over")
		return
	}
	m.session.said.Origin = sdp.Origin{ID: local.Origin.SessionID, Version: max(s.Version, local.Origin.SessionVersion)}
	m.session.agree(s.Local, remote)
	m.speakOnly(local)
	c := m.choose(remote)
	if c.kind == nothing || c.kind == removed {
		m.state = m.fail(0, "the call has nothing that can carry a fax: "+c.why)
		return
	}
	m.state = m.enter(now, c, idle{})
}

// speakOnly leaves of our codecs those that the description in force has.
func (m *Machine) speakOnly(local *sdp.Description) {
	for i, line := range local.MediaDescriptions {
		if !sdp.IsAudio(line) || line.MediaName.Port.Value == 0 {
			continue
		}
		said, err := sdp.ReadAudio(local, i)
		if err != nil {
			return
		}
		var codecs []sdp.Codec
		for _, ours := range m.cfg.Codecs {
			for _, c := range said.Codecs {
				if c.Same(ours) {
					codecs = append(codecs, ours)
				}
			}
		}
		m.cfg.Codecs = codecs
		return
	}
}
