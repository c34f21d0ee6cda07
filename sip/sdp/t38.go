package sdp

import (
	"net/netip"

	pionsdp "github.com/pion/sdp/v3"
)

// T38 is what one side says of its T.38 in SDP (T.38 Annex D). MaxBitRate,
// MaxBuffer and MaxDatagram describe the side that says them; the others are
// agreed.
type T38 struct {
	Version        int // of T.38 Annex A's ASN.1 and of the corrigenda: 0 to 3
	MaxBitRate     int // bit/s; 0: not said
	RateManagement RateManagement
	MaxBuffer      int // octets; 0: not said
	MaxDatagram    int // octets of UDPTL that the side that says it takes; 0: not said

	// UDPEC is the error correction to use, the first of Offered that this
	// package knows; Offered lists all that were named, nil when the attribute
	// was absent (then UDPEC is NoEC).
	UDPEC   UDPEC
	Offered []UDPEC

	FillBitRemoval  bool
	TranscodingMMR  bool
	TranscodingJBIG bool

	// BooleanValues says that the booleans are written with :0 and :1 instead
	// of by their presence. An answer uses the form of the offer.
	BooleanValues bool

	VendorInfo string              // T38VendorInfo
	Unknown    []pionsdp.Attribute // attributes of the media that mean nothing here
}

// RateManagement says who checks the training of the modems.
type RateManagement uint8

const (
	TransferredTCF RateManagement = iota // the far end does: TCF travels; the rule over UDP
	LocalTCF                             // the near end does; the rule over TCP
)

// UDPEC is the error correction of UDPTL.
type UDPEC uint8

const (
	NoEC UDPEC = iota
	Redundancy
	FEC
)

// Image is a T.38 media line: where its UDPTL goes and how.
type Image struct {
	// Addr is where UDPTL is to be sent; port 0 refuses or disables the media.
	Addr      netip.AddrPort
	Direction Direction
	T38       T38
}
