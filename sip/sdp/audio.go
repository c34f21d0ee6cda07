package sdp

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	pionsdp "github.com/pion/sdp/v3"
)

// Audio is an audio media line over RTP.
type Audio struct {
	// Addr is where RTP is to be sent; port 0 refuses or disables the media, an
	// unspecified address (0.0.0.0) is the old way to hold. Only its port is
	// written: the address is that of the description.
	Addr      netip.AddrPort
	RTCP      netip.AddrPort // the a=rtcp attribute (RFC 3605); not valid: not said
	Codecs    []Codec        // in the order of preference
	Ptime     time.Duration  // 0: not said
	MaxPtime  time.Duration  // 0: not said
	Direction Direction
}

// Codec is one format of an audio media line.
type Codec struct {
	Name        string // in upper case: PCMU, PCMA, TELEPHONE-EVENT
	PayloadType uint8  // 0 to 127
	ClockRate   int    // Hz
	Channels    int    // 1 if not said
	FMTP        string // parameters, "" if none
}

// PCMU and PCMA are G.711 under their static payload types (RFC 3551 6).
var (
	PCMU = Codec{Name: "PCMU", PayloadType: 0, ClockRate: 8000, Channels: 1}
	PCMA = Codec{Name: "PCMA", PayloadType: 8, ClockRate: 8000, Channels: 1}
)

// TelephoneEvent is the codec of RFC 4733 events under a usual payload type.
var TelephoneEvent = Codec{Name: "TELEPHONE-EVENT", PayloadType: 101, ClockRate: 8000, Channels: 1, FMTP: "0-16"}

// staticCodecs are the payload types of RFC 3551 6 that need no rtpmap and are
// met in telephony.
var staticCodecs = map[uint8]Codec{
	0:  PCMU,
	3:  {Name: "GSM", PayloadType: 3, ClockRate: 8000, Channels: 1},
	4:  {Name: "G723", PayloadType: 4, ClockRate: 8000, Channels: 1},
	8:  PCMA,
	9:  {Name: "G722", PayloadType: 9, ClockRate: 8000, Channels: 1},
	13: {Name: "CN", PayloadType: 13, ClockRate: 8000, Channels: 1},
	15: {Name: "G728", PayloadType: 15, ClockRate: 8000, Channels: 1},
	18: {Name: "G729", PayloadType: 18, ClockRate: 8000, Channels: 1},
}

// Same tells whether two codecs are the same coding, under whatever payload
// type.
func (c Codec) Same(other Codec) bool {
	return c.Name == other.Name && c.ClockRate == other.ClockRate && c.Channels == other.Channels
}

// IsAudio tells whether m is audio over plain RTP, also when its port is 0.
func IsAudio(m *Media) bool {
	return fold(m.MediaName.Media) == "audio" && fold(strings.Join(m.MediaName.Protos, "/")) == "rtp/avp"
}

// ReadAudio reads media line i of d, for which IsAudio is true.
func ReadAudio(d *Description, i int) (Audio, error) {
	m := d.MediaDescriptions[i]
	addr, err := mediaAddr(d, m)
	if err != nil {
		return Audio{}, err
	}
	a := Audio{Addr: addr, Direction: direction(d, m), Codecs: readCodecs(m)}
	for _, attr := range m.Attributes {
		switch fold(attr.Key) {
		case "ptime":
			a.Ptime = milliseconds(attr.Value)
		case "maxptime":
			a.MaxPtime = milliseconds(attr.Value)
		case "rtcp":
			a.RTCP = readRTCP(attr.Value, addr.Addr())
		}
	}
	return a, nil
}

func readCodecs(m *Media) []Codec {
	var codecs []Codec
	for _, format := range m.MediaName.Formats {
		n, err := strconv.ParseUint(format, 10, 7)
		if err != nil {
			continue
		}
		pt := uint8(n)
		c, ok := mappedCodec(m, format)
		if !ok {
			c, ok = staticCodecs[pt]
		}
		if !ok || slices.ContainsFunc(codecs, func(o Codec) bool { return o.PayloadType == pt }) {
			continue
		}
		c.PayloadType = pt
		c.FMTP, _ = formatAttribute(m, "fmtp", format)
		codecs = append(codecs, c)
	}
	return codecs
}

func mappedCodec(m *Media, format string) (Codec, bool) {
	value, ok := formatAttribute(m, "rtpmap", format)
	if !ok {
		return Codec{}, false
	}
	return codecFromMap(value)
}

// formatAttribute gives the value, after the format, of the attribute that is
// about the format: of "a=fmtp:101 0-16" it is "0-16".
func formatAttribute(m *Media, key, format string) (string, bool) {
	for _, a := range m.Attributes {
		if fold(a.Key) != key {
			continue
		}
		about, value, _ := strings.Cut(a.Value, " ")
		if about == format {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// milliseconds reads a packet time; 0 for one that no telephone sends.
func milliseconds(value string) time.Duration {
	n := decimal(value, 1000)
	if n < 1 || n > 300 {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// readRTCP reads "53020" and "53020 IN IP4 126.16.64.4" (RFC 3605 2.1).
func readRTCP(value string, media netip.Addr) netip.AddrPort {
	fields := strings.Fields(value)
	if len(fields) == 0 {
		return netip.AddrPort{}
	}
	port, err := strconv.ParseUint(fields[0], 10, 16)
	if err != nil {
		return netip.AddrPort{}
	}
	if len(fields) >= 4 {
		if addr, err := netip.ParseAddr(fields[3]); err == nil {
			media = addr.Unmap()
		}
	}
	return netip.AddrPortFrom(media, uint16(port))
}

// Media writes the media line.
func (a Audio) Media() *Media {
	m := &Media{MediaName: pionsdp.MediaName{
		Media:  "audio",
		Port:   pionsdp.RangedPort{Value: int(a.Addr.Port())},
		Protos: []string{"RTP", "AVP"},
	}}
	add := func(key, value string) {
		m.Attributes = append(m.Attributes, pionsdp.Attribute{Key: key, Value: value})
	}
	for _, c := range a.Codecs {
		format := strconv.Itoa(int(c.PayloadType))
		m.MediaName.Formats = append(m.MediaName.Formats, format)
		add("rtpmap", format+" "+c.rtpmap())
		if c.FMTP != "" {
			add("fmtp", format+" "+c.FMTP)
		}
	}
	if a.RTCP.IsValid() {
		add("rtcp", strconv.Itoa(int(a.RTCP.Port())))
	}
	if a.Ptime > 0 {
		add("ptime", strconv.FormatInt(a.Ptime.Milliseconds(), 10))
	}
	if a.MaxPtime > 0 {
		add("maxptime", strconv.FormatInt(a.MaxPtime.Milliseconds(), 10))
	}
	add(a.Direction.String(), "")
	return m
}

// rtpmap writes "PCMU/8000". The name of RFC 4733's events is registered in
// lower case, and there are peers that compare it so.
func (c Codec) rtpmap() string {
	name := c.Name
	if name == TelephoneEvent.Name {
		name = strings.ToLower(name)
	}
	text := name + "/" + strconv.Itoa(c.ClockRate)
	if c.Channels > 1 {
		text += "/" + strconv.Itoa(c.Channels)
	}
	return text
}
