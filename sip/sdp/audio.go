package sdp

import (
	"net/netip"
	"time"
)

// Audio is an audio media line over RTP.
type Audio struct {
	// Addr is where RTP is to be sent; port 0 refuses or disables the media, an
	// unspecified address (0.0.0.0) is the old way to hold.
	Addr      netip.AddrPort
	RTCP      netip.AddrPort // zero: the port after Addr's (RFC 3550)
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

// Direction is who sends, seen from the side that says it.
type Direction uint8

const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)
