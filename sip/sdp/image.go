package sdp

import (
	"net/netip"
	"slices"

	pionsdp "github.com/pion/sdp/v3"
)

// Image is a T.38 media line: where its UDPTL goes and how.
type Image struct {
	// Addr is where UDPTL is to be sent; port 0 refuses or disables the media.
	// Only its port is written: the address is that of the description.
	Addr      netip.AddrPort
	Direction Direction
	T38       T38

	// Proto and Format are spelled as in the offer, "udptl" and "t38" if empty.
	Proto, Format string
}

// IsT38 tells whether m is T.38 over UDPTL, also when its port is 0. T.38 over
// TCP, RTP or DTLS is not.
func IsT38(m *Media) bool {
	return fold(m.MediaName.Media) == "image" &&
		len(m.MediaName.Protos) == 1 && fold(m.MediaName.Protos[0]) == "udptl" &&
		t38Format(m) != ""
}

func t38Format(m *Media) string {
	i := slices.IndexFunc(m.MediaName.Formats, func(f string) bool { return fold(f) == "t38" })
	if i < 0 {
		return ""
	}
	return m.MediaName.Formats[i]
}

// ReadImage reads media line i of d, for which IsT38 is true.
func ReadImage(d *Description, i int) (Image, error) {
	m := d.MediaDescriptions[i]
	addr, err := mediaAddr(d, m)
	if err != nil {
		return Image{}, err
	}
	return Image{
		Addr:      addr,
		Direction: direction(d, m),
		T38:       readT38(m.Attributes),
		Proto:     m.MediaName.Protos[0],
		Format:    t38Format(m),
	}, nil
}

// Media writes the media line.
func (im Image) Media() *Media {
	m := &Media{
		MediaName: pionsdp.MediaName{
			Media:   "image",
			Port:    pionsdp.RangedPort{Value: int(im.Addr.Port())},
			Protos:  []string{or(im.Proto, "udptl")},
			Formats: []string{or(im.Format, "t38")},
		},
		Attributes: im.T38.attributes(),
	}
	// sendrecv is the default, and what Annex D's own examples leave out.
	if im.Direction != SendRecv {
		m.Attributes = append(m.Attributes, pionsdp.Attribute{Key: im.Direction.String()})
	}
	return m
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
