package pairing

import (
	"net/netip"
	"slices"
	"strings"

	pionsdp "github.com/pion/sdp/v3"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// rewrite gives the media lines of a description of one side as we say them to
// the leg to. answer is the offer of that leg that they answer, nil when they
// are an offer themselves.
func (m *Machine) rewrite(d *sdp.Description, to Leg, answer *sdp.Description) []*sdp.Media {
	active := activeLines(d)
	var lines []*sdp.Media
	for i, line := range d.MediaDescriptions {
		switch i {
		case active.audio:
			lines = append(lines, m.audioLine(d, i, to))
		case active.image:
			lines = append(lines, m.imageLine(d, i, to, answer))
		default:
			lines = append(lines, sdp.Refuse(line))
		}
	}
	if answer == nil {
		return lines
	}
	// An answer has the lines of its offer (RFC 3264 6), whatever the other side
	// has made of that.
	for i := len(lines); i < len(answer.MediaDescriptions); i++ {
		lines = append(lines, sdp.Refuse(answer.MediaDescriptions[i]))
	}
	return lines[:len(answer.MediaDescriptions)]
}

// active says which lines of a description pass through here: the first of each
// kind that has a port and an address, -1 for none.
type active struct{ audio, image int }

func activeLines(d *sdp.Description) active {
	a := active{-1, -1}
	for i, line := range d.MediaDescriptions {
		switch {
		case line.MediaName.Port.Value == 0:
		case sdp.IsT38(line):
			if _, err := sdp.ReadImage(d, i); err == nil && a.image < 0 {
				a.image = i
			}
		case rtpAudio(line):
			if _, err := sdp.ReadAudio(d, i); err == nil && a.audio < 0 {
				a.audio = i
			}
		}
	}
	return a
}

// rtpAudio tells whether a line is audio over RTP, of whatever profile: packets
// pass through unread, also encrypted ones.
func rtpAudio(m *sdp.Media) bool {
	return strings.EqualFold(m.MediaName.Media, "audio") &&
		slices.ContainsFunc(m.MediaName.Protos, func(p string) bool { return strings.EqualFold(p, "RTP") })
}

// addressed are the attributes that say where packets go, which is for each side
// to know of us.
var addressed = []string{"candidate", "remote-candidates", "end-of-candidates", "ice-ufrag", "ice-pwd",
	"ice-options", "ice-lite", "rtcp"}

func (m *Machine) audioLine(d *sdp.Description, i int, to Leg) *sdp.Media {
	theirs := d.MediaDescriptions[i]
	ours := *theirs
	ours.ConnectionInformation = nil
	ours.MediaName.Port = pionsdp.RangedPort{Value: int(m.cfg.Legs[to].RTPPort)}
	a, _ := sdp.ReadAudio(d, i) // activeLines has read it
	direction := a.Direction
	if a.Addr.Addr().IsUnspecified() { // RFC 2543's hold, which an address of ours cannot say
		direction = [...]sdp.Direction{sdp.SendRecv: sdp.SendOnly, sdp.SendOnly: sdp.SendOnly,
			sdp.RecvOnly: sdp.Inactive, sdp.Inactive: sdp.Inactive}[direction]
	}
	ours.Attributes = nil
	for _, attribute := range theirs.Attributes {
		if key := strings.ToLower(attribute.Key); !slices.Contains(addressed, key) && !isDirection(key) {
			ours.Attributes = append(ours.Attributes, attribute)
		}
	}
	ours.Attributes = append(ours.Attributes, pionsdp.Attribute{Key: direction.String()})
	return &ours
}

func isDirection(key string) bool {
	for d := sdp.SendRecv; d <= sdp.Inactive; d++ {
		if key == d.String() {
			return true
		}
	}
	return false
}

// highestVersion of T.38 is what the relay understands.
const highestVersion = 3

// imageLine passes on what one end says of its fax, which is for the other end,
// and says our own of what is between us and the leg.
func (m *Machine) imageLine(d *sdp.Description, i int, to Leg, answer *sdp.Description) *sdp.Media {
	im, _ := sdp.ReadImage(d, i) // activeLines has read it
	own := m.cfg.Legs[to]
	said := im.T38
	said.Version = min(said.Version, highestVersion)
	said.MaxDatagram, said.MaxBuffer = own.T38.MaxDatagram, own.T38.MaxBuffer
	said.UDPEC, said.Offered = own.T38.UDPEC, own.T38.Offered
	line := sdp.Image{Addr: netip.AddrPortFrom(m.cfg.Local, own.UDPTLPort), Direction: im.Direction, T38: said}
	if offer, ok := imageOf(answer); ok {
		agreed := said.Answer(offer.T38)
		agreed.RateManagement = said.RateManagement // the far end's decision, not ours
		line.T38, line.Proto, line.Format = agreed, offer.Proto, offer.Format
	}
	media := line.Media()
	media.Attributes = append(media.Attributes, im.T38.Unknown...)
	return media
}

// imageOf gives the T.38 line in use of a description, false if there is none.
func imageOf(d *sdp.Description) (sdp.Image, bool) {
	if d == nil {
		return sdp.Image{}, false
	}
	i := activeLines(d).image
	if i < 0 {
		return sdp.Image{}, false
	}
	im, err := sdp.ReadImage(d, i)
	return im, err == nil
}

// audioOf gives the audio line in use.
func audioOf(d *sdp.Description) (sdp.Audio, bool) {
	i := activeLines(d).audio
	if i < 0 {
		return sdp.Audio{}, false
	}
	a, err := sdp.ReadAudio(d, i)
	return a, err == nil
}
