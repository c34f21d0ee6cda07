package pairing

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// Config says what the two legs have of ours.
type Config struct {
	Local netip.Addr // put into SDP; the sockets are bound by the caller
	Legs  [2]LegConfig

	// NoAnswer is how long B may take to answer the call; 0: as long as its side
	// of the network lets it.
	NoAnswer time.Duration
	// KeepRefused gives A's call back (Refused) when B does not take it, instead
	// of telling A so.
	KeepRefused bool

	Fax FaxMode // what a call becomes that turns out to be a fax

	// ListenFirst answers A here, and calls B after so long: time to hear whether a
	// fax machine calls. It needs an INVITE that offers G.711; 0: B is called at
	// once.
	ListenFirst time.Duration

	SessionID uint64 // of our o= lines; 0: taken from the time of New

	// Rand gives a random number from 0 to n-1 for the back-off after glare;
	// nil: math/rand/v2.
	Rand func(n int) int
}

// LegConfig is our end of a leg.
type LegConfig struct {
	RTPPort, UDPTLPort uint16
	// T38 is what we do on this leg against loss and how large a datagram we
	// take there; version, rate and facilities are the other side's.
	T38 sdp.T38
	// MaxDatagram overrides what the peer says that it takes; 0: what it says.
	MaxDatagram int
	// NoT38 says that the peer has no T.38: it is not asked for it.
	NoT38 bool
}

// FaxMode is what a call becomes that turns out to be a fax: because a leg asks
// for T.38, or because one is heard (FaxHeard).
type FaxMode uint8

const (
	Relay          FaxMode = iota // T.38 on both legs, or on neither
	RelayOrGateway                // T.38 on each leg that takes it
	Gateway                       // T.38 on one leg, the other keeps its audio
	AudioOnly                     // T.38 is refused: the fax stays in the audio
	Mailbox                       // B is hung up, and A is given away (Left)
)

func (c Config) withDefaults(now time.Time) Config {
	if c.SessionID == 0 {
		c.SessionID = uint64(max(now.UnixMicro(), 1))
	}
	if c.Rand == nil {
		c.Rand = rand.IntN
	}
	return c
}
