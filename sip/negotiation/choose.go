package negotiation

import (
	"net/netip"
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// choice is what we make of a description of the peer: which of its media lines
// to use.
type choice struct {
	kind  kind
	line  int // index of the line in use
	image sdp.Image
	audio sdp.Audio
	codec sdp.Codec // of audio: the first of the peer's that we speak
	why   string    // for nothing: why no line is of use
}

type kind uint8

const (
	nothing kind = iota // no line that we could use
	removed             // no line with a port: the peer takes the media away
	audio
	t38
)

// choose picks T.38 before audio, whatever their order.
func (m *Machine) choose(d *sdp.Description) choice {
	best := choice{kind: removed, why: "no media is offered"}
	for i, line := range d.MediaDescriptions {
		if line.MediaName.Port.Value == 0 {
			continue
		}
		c := m.consider(d, i)
		switch {
		case c.kind > best.kind || best.kind == removed:
			best = c
		case c.kind == nothing && best.kind == nothing:
			best.why += "; " + c.why
		}
	}
	return best
}

// consider looks at one media line whose port is not 0.
func (m *Machine) consider(d *sdp.Description, i int) choice {
	line := d.MediaDescriptions[i]
	switch {
	case sdp.IsT38(line) && m.cfg.Policy.Fallback != G711Only:
		im, err := sdp.ReadImage(d, i)
		if err != nil {
			return choice{why: err.Error()}
		}
		if why := m.outOfReach(im.Addr); why != "" {
			return choice{why: why}
		}
		return choice{kind: t38, line: i, image: im}
	case sdp.IsAudio(line):
		a, err := sdp.ReadAudio(d, i)
		if err != nil {
			return choice{why: err.Error()}
		}
		if why := m.outOfReach(a.Addr); why != "" {
			return choice{why: why}
		}
		codec, ok := m.commonCodec(a)
		if !ok {
			return choice{why: "the audio has neither PCMU nor PCMA"}
		}
		return choice{kind: audio, line: i, audio: a, codec: codec}
	}
	return choice{why: "m=" + line.MediaName.String() + " is not spoken here"}
}

// outOfReach says why nothing can be sent to an address: ours is of the other family.
func (m *Machine) outOfReach(peer netip.AddrPort) string {
	a, local := peer.Addr().Unmap(), m.cfg.Local.Unmap()
	if !local.IsValid() || !a.IsValid() || a.Is4() == local.Is4() {
		return ""
	}
	names := map[bool]string{true: "IPv4", false: "IPv6"}
	return "its media are at an " + names[a.Is4()] + " address, ours at " + names[local.Is4()]
}

// commonCodec gives the first codec of the peer that we speak, events of
// RFC 4733 aside.
func (m *Machine) commonCodec(a sdp.Audio) (sdp.Codec, bool) {
	for _, theirs := range a.Codecs {
		for _, ours := range m.cfg.Codecs {
			if theirs.Same(ours) && theirs.Name != sdp.TelephoneEvent.Name {
				return theirs, true
			}
		}
	}
	return sdp.Codec{}, false
}

// answerLines answers each line of an offer: the one in use, and port 0 for the
// others (RFC 3264 6).
func (m *Machine) answerLines(d *sdp.Description, c choice) []*sdp.Media {
	lines := make([]*sdp.Media, len(d.MediaDescriptions))
	for i, line := range d.MediaDescriptions {
		lines[i] = sdp.Refuse(line)
	}
	switch c.kind {
	case t38:
		lines[c.line] = sdp.Image{
			Addr:      netip.AddrPortFrom(m.cfg.Local, m.cfg.UDPTLPort),
			Direction: c.image.Direction.Answer(),
			T38:       m.cfg.T38.Answer(c.image.T38),
			Proto:     c.image.Proto,
			Format:    c.image.Format,
		}.Media()
	case audio:
		a := m.audioLine(m.answerCodecs(c))
		a.Direction = c.audio.Direction.Answer()
		lines[c.line] = a.Media()
	}
	return lines
}

// answerCodecs are the one codec that is to be used, so that the peer does not
// change between two, and the events of RFC 4733 where both know them.
func (m *Machine) answerCodecs(c choice) []sdp.Codec {
	codecs := []sdp.Codec{c.codec}
	for _, theirs := range c.audio.Codecs {
		for _, ours := range m.cfg.Codecs {
			if theirs.Same(ours) && theirs.Name == sdp.TelephoneEvent.Name {
				codecs = append(codecs, theirs)
			}
		}
	}
	return codecs
}

// ptime is the packet time that we say and send, where the peer wants no other.
const ptime = 20 * time.Millisecond

func (m *Machine) audioLine(codecs []sdp.Codec) sdp.Audio {
	return sdp.Audio{
		Addr:   netip.AddrPortFrom(m.cfg.Local, m.cfg.RTPPort),
		Codecs: codecs,
		Ptime:  ptime,
	}
}

func (m *Machine) imageLine() sdp.Image {
	return sdp.Image{Addr: netip.AddrPortFrom(m.cfg.Local, m.cfg.UDPTLPort), T38: m.cfg.T38}
}

// firstOffer is what the INVITE of the calling side offers.
func (m *Machine) firstOffer() []*sdp.Media {
	a, im := m.audioLine(m.cfg.Codecs).Media(), m.imageLine().Media()
	first := m.cfg.Policy.FirstOffer
	switch {
	case m.cfg.Policy.Fallback == G711Only || first == OfferAudio:
		return []*sdp.Media{a}
	case first == OfferT38:
		return []*sdp.Media{im}
	}
	return []*sdp.Media{a, im}
}

// maxDatagramUnsaid is what a peer is taken to accept that names no
// T38FaxMaxDatagram; the Recommendation has no default. It holds an IFP packet
// of 40 ms at 14400 bit/s with three earlier ones.
const maxDatagramUnsaid = 400

// agreedT38 is how to send to the peer that says im.
func (m *Machine) agreedT38(im sdp.Image) OpenT38 {
	o := OpenT38{Remote: im.Addr, T38: m.cfg.T38.Agreed(im.T38), Toned: m.toned}
	if im.Addr.Addr().IsUnspecified() {
		o.Remote = netip.AddrPort{}
	}
	switch {
	case m.cfg.Policy.MaxDatagram > 0:
		o.T38.MaxDatagram = m.cfg.Policy.MaxDatagram
	case o.T38.MaxDatagram == 0:
		o.T38.MaxDatagram = maxDatagramUnsaid
	}
	return o
}

// agreedAudio is how to send to the peer that says what c holds.
func (m *Machine) agreedAudio(c choice) OpenAudio {
	o := OpenAudio{Remote: c.audio.Addr, Codec: c.codec, Ptime: ptime}
	for _, codec := range m.answerCodecs(c)[1:] {
		o.Events = codec.PayloadType
	}
	if p := c.audio.Ptime; p >= 10*time.Millisecond && p <= 60*time.Millisecond && p%(10*time.Millisecond) == 0 {
		o.Ptime = p
	}
	if c.audio.MaxPtime > 0 && o.Ptime > c.audio.MaxPtime {
		o.Ptime = 10 * time.Millisecond
	}
	held := c.audio.Addr.Addr().IsUnspecified()
	if held { // RFC 2543's hold
		o.Remote = netip.AddrPort{}
	}
	o.Hold = held || c.audio.Direction == sdp.SendOnly || c.audio.Direction == sdp.Inactive
	return o
}
