package audio

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// Leg says how audio travels to the peer.
type Leg struct {
	Remote      netip.AddrPort
	Law         Law
	PayloadType uint8
	Ptime       time.Duration // of each packet; 0: 20 ms
}

// Law is which of the two codings of G.711 is spoken.
type Law uint8

const (
	MuLaw Law = iota // PCMU
	ALaw             // PCMA
)

// Tone is one of the tones of T.30's phase A.
type Tone uint8

const (
	CNG Tone = iota // 1100 Hz, 0.5 s on, 3 s off, until ctx is done
	CED             // 2100 Hz, once
)

// PlayTone sends tone over conn to the leg's remote address. For CED it returns
// nil when the tone has been sent to its end; for CNG it goes on until ctx is
// done. It returns ctx's cause when ctx ends it, or what went wrong with conn.
func PlayTone(ctx context.Context, conn *net.UDPConn, leg Leg, tone Tone) error { return nil }
