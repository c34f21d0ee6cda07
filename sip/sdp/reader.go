package sdp

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	pionsdp "github.com/pion/sdp/v3"
)

// Description is a session description in pion's types.
type Description = pionsdp.SessionDescription

// Media is one media description (an m= line and what belongs to it).
type Media = pionsdp.MediaDescription

// What a description may not exceed. A UDP datagram holds no more than the
// octets; no honest fax call comes near the others.
const (
	maxOctets = 64 << 10
	maxLines  = 1000
	maxMedia  = 32
)

// SyntaxError says why octets are not a session description.
type SyntaxError struct{ Why string }

func (e *SyntaxError) Error() string { return "sdp: " + e.Why }

// Parse reads a session description tolerantly: lines in any order, fields
// missing, unknown lines left out (see quirks.go). What it returns always has
// o=, s= and t=, and survives Marshal and Parse unchanged. The error is a
// *SyntaxError when the octets are no description at all, or too large.
func Parse(octets []byte) (*Description, error) {
	if len(octets) > maxOctets {
		return nil, &SyntaxError{fmt.Sprintf("%d octets; at most %d are read", len(octets), maxOctets)}
	}
	lines := splitLines(string(octets))
	if len(lines) > maxLines {
		return nil, &SyntaxError{fmt.Sprintf("more than %d lines", maxLines)}
	}
	r := reader{d: newDescription()}
	for _, line := range lines {
		r.line(line)
	}
	if !r.recognised {
		return nil, &SyntaxError{"neither a v= nor an m= line"}
	}
	if len(r.d.MediaDescriptions) > maxMedia {
		return nil, &SyntaxError{fmt.Sprintf("more than %d media lines", maxMedia)}
	}
	return r.d, nil
}

// Marshal writes a description, each line ended by CR LF.
func Marshal(d *Description) []byte {
	octets, _ := d.Marshal() // its error is always nil
	return octets
}

func newDescription() *Description {
	return &Description{
		Origin: pionsdp.Origin{
			Username: "-", NetworkType: "IN", AddressType: "IP4", UnicastAddress: "0.0.0.0",
		},
		SessionName:      "-",
		TimeDescriptions: []pionsdp.TimeDescription{{}},
	}
}

// reader fills d line by line.
type reader struct {
	d          *Description
	media      *Media // the media description that lines belong to; nil: the session
	recognised bool
}

func (r *reader) line(line string) {
	letter, value, ok := strings.Cut(line, "=")
	letter, value = strings.TrimSpace(letter), strings.TrimSpace(value)
	if !ok || len(letter) != 1 {
		return
	}
	switch letter[0] | 0x20 {
	case 'v':
		r.recognised = true
	case 'o':
		r.d.Origin = readOrigin(value)
	case 's':
		if value != "" {
			r.d.SessionName = pionsdp.SessionName(value)
		}
	case 'm':
		r.recognised = true
		r.media = readMediaLine(value)
		r.d.MediaDescriptions = append(r.d.MediaDescriptions, r.media)
	case 't':
		r.d.TimeDescriptions = []pionsdp.TimeDescription{{Timing: readTiming(value)}}
	default:
		r.commonLine(letter[0]|0x20, value)
	}
}

// commonLine reads the lines that both a session and a media may have, and the
// informative ones of the session. r= and z= lines mean nothing in a call.
func (r *reader) commonLine(letter byte, value string) {
	if value == "" {
		return
	}
	info, conn, bw, key, attrs := &r.d.SessionInformation, &r.d.ConnectionInformation,
		&r.d.Bandwidth, &r.d.EncryptionKey, &r.d.Attributes
	if m := r.media; m != nil {
		info, conn, bw, key, attrs = &m.MediaTitle, &m.ConnectionInformation,
			&m.Bandwidth, &m.EncryptionKey, &m.Attributes
	}
	switch letter {
	case 'i':
		*info = ptr(pionsdp.Information(value))
	case 'c':
		if c := readConnection(value); c != nil {
			*conn = c
		}
	case 'b':
		if b, ok := readBandwidth(value); ok {
			*bw = append(*bw, b)
		}
	case 'k':
		*key = ptr(pionsdp.EncryptionKey(value))
	case 'a':
		if a, ok := readAttribute(value); ok {
			*attrs = append(*attrs, a)
		}
	case 'u':
		if u, err := url.Parse(value); err == nil && u.String() == value {
			r.d.URI = u
		}
	case 'e':
		r.d.EmailAddress = ptr(pionsdp.EmailAddress(value))
	case 'p':
		r.d.PhoneNumber = ptr(pionsdp.PhoneNumber(value))
	}
}

func ptr[T any](v T) *T { return &v }

// readConnection reads a c= line: network type, address type, address, of which
// only the address matters. It gives nil when there is none.
func readConnection(value string) *pionsdp.ConnectionInformation {
	fields := strings.Fields(value)
	host := fields[len(fields)-1]
	host, _, _ = strings.Cut(host, "/") // TTL and range are for multicast
	host = strings.Trim(host, "[]")
	if host == "" {
		return nil
	}
	kind := "IP4"
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Is6() {
			kind = "IP6"
		}
	} else if len(fields) >= 3 && strings.EqualFold(fields[len(fields)-2], "IP6") {
		kind = "IP6"
	}
	return &pionsdp.ConnectionInformation{
		NetworkType: "IN",
		AddressType: kind,
		Address:     &pionsdp.Address{Address: host},
	}
}

func readTiming(value string) pionsdp.Timing {
	var t pionsdp.Timing
	fields := strings.Fields(value)
	if len(fields) == 2 {
		t.StartTime, t.StopTime = number(fields[0]), number(fields[1])
	}
	return t
}

func readBandwidth(value string) (pionsdp.Bandwidth, bool) {
	kind, text, ok := strings.Cut(value, ":")
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if !ok || err != nil {
		return pionsdp.Bandwidth{}, false
	}
	kind, experimental := strings.CutPrefix(strings.TrimSpace(kind), "X-")
	kind = strings.TrimSpace(kind)
	return pionsdp.Bandwidth{Experimental: experimental, Type: kind, Bandwidth: n}, kind != ""
}

func readAttribute(value string) (pionsdp.Attribute, bool) {
	key, value, _ := strings.Cut(value, ":")
	key = strings.TrimSpace(key)
	return pionsdp.Attribute{Key: key, Value: strings.TrimSpace(value)}, key != ""
}

// readMediaLine reads an m= line. One that makes no sense keeps its place, for
// an answer has as many as the offer (RFC 3264 6), with port 0.
func readMediaLine(value string) *Media {
	m := &Media{MediaName: pionsdp.MediaName{Media: "x", Protos: []string{"x"}}}
	name := &m.MediaName
	fields := strings.Fields(value)
	if len(fields) > 0 {
		name.Media = fields[0]
	}
	if len(fields) > 1 {
		name.Port = readPort(fields[1])
	}
	if len(fields) > 2 {
		name.Protos = strings.Split(fields[2], "/")
	}
	if len(fields) > 3 {
		name.Formats = fields[3:]
	}
	return m
}

func readPort(field string) pionsdp.RangedPort {
	port, count, ranged := strings.Cut(field, "/")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return pionsdp.RangedPort{}
	}
	p := pionsdp.RangedPort{Value: int(n)}
	if c, err := strconv.ParseUint(count, 10, 16); ranged && err == nil {
		p.Range = ptr(int(c))
	}
	return p
}
