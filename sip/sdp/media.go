package sdp

import (
	"fmt"
	"net/netip"

	pionsdp "github.com/pion/sdp/v3"
)

// Direction is who sends, seen from the side that says it (RFC 8866 6.7).
type Direction uint8

const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

var directionNames = [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}

func (d Direction) String() string { return directionNames[d&3] }

// Answer is the direction with which to answer an offer of d when we would send
// and receive (RFC 3264 6.1).
func (d Direction) Answer() Direction {
	return [...]Direction{SendRecv: SendRecv, SendOnly: RecvOnly, RecvOnly: SendOnly, Inactive: Inactive}[d&3]
}

// direction gives the direction of a media: its own, else the session's, else
// sendrecv.
func direction(d *Description, m *Media) Direction {
	for _, attributes := range [][]pionsdp.Attribute{m.Attributes, d.Attributes} {
		for _, a := range attributes {
			for i, name := range directionNames {
				if a.Value == "" && fold(a.Key) == name {
					return Direction(i)
				}
			}
		}
	}
	return SendRecv
}

// commonAttribute tells the attributes that any media may have from those that
// its format does not know.
func commonAttribute(key string) bool {
	key = fold(key)
	for _, name := range directionNames {
		if key == name {
			return true
		}
	}
	return key == "mid" || key == "label"
}

// HostNameError says that a c= line names a host, which only a resolver
// understands.
type HostNameError struct{ Host string }

func (e *HostNameError) Error() string {
	return fmt.Sprintf("sdp: the media address is the host name %q; only IP addresses are understood", e.Host)
}

// mediaAddr gives where a media is to be sent: its c= line, else that of the
// session, else the address of o=, which a description without any c= line
// leaves as the only hint. For port 0 no address is needed.
func mediaAddr(d *Description, m *Media) (netip.AddrPort, error) {
	port := uint16(m.MediaName.Port.Value)
	host := d.Origin.UnicastAddress
	for _, c := range []*pionsdp.ConnectionInformation{d.ConnectionInformation, m.ConnectionInformation} {
		if c != nil && c.Address != nil {
			host = c.Address.Address
		}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil && port != 0 {
		return netip.AddrPort{}, &HostNameError{host}
	}
	// A zone names an interface of the peer's machine.
	return netip.AddrPortFrom(addr.Unmap().WithZone(""), port), nil
}

// Origin is what identifies our description: the same ID for the whole call,
// and a Version that grows by one with each change (RFC 3264 5 and 8).
type Origin struct{ ID, Version uint64 }

// Compose makes a description of our media at the address local.
func Compose(o Origin, local netip.Addr, media ...*Media) *Description {
	local = local.Unmap().WithZone("")
	kind := "IP4"
	if local.Is6() {
		kind = "IP6"
	}
	d := newDescription()
	d.Origin.SessionID, d.Origin.SessionVersion = o.ID, o.Version
	d.Origin.AddressType, d.Origin.UnicastAddress = kind, local.String()
	d.ConnectionInformation = &pionsdp.ConnectionInformation{
		NetworkType: "IN", AddressType: kind, Address: &pionsdp.Address{Address: local.String()},
	}
	d.MediaDescriptions = media
	return d
}

// Refuse answers a media line that is not wanted, and keeps one in place that
// is no longer used: the same with port 0 (RFC 3264 6).
func Refuse(m *Media) *Media {
	name := m.MediaName
	name.Port = pionsdp.RangedPort{}
	if len(name.Formats) == 0 {
		name.Formats = []string{"0"}
	}
	return &Media{MediaName: name}
}
