package negotiation

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// Config says whose side of which call a Machine is on.
type Config struct {
	Calling bool // we made the call: we are its Call-ID's owner (RFC 3261 14.1)

	Local     netip.Addr // put into SDP; the sockets are bound by the caller
	RTPPort   uint16
	UDPTLPort uint16

	T38    sdp.T38     // what we offer; the zero value: sdp.DefaultT38
	Codecs []sdp.Codec // audio we speak, best first; nil: PCMU, PCMA
	Policy Policy

	SessionID uint64 // of our o= line; 0: taken from the time of New

	// Rand gives a random number from 0 to n-1 for the back-off after glare;
	// nil: math/rand/v2.
	Rand func(n int) int
}

// Policy says who asks for T.38, when, and what to do when it is refused.
type Policy struct {
	Fallback Fallback

	FirstOffer FirstOffer // what our INVITE offers, as the calling side

	// NoReinvite waits for the peer's re-INVITE and never asks for T.38.
	NoReinvite bool

	// CalledDelay is how long the called side waits after its CED before it
	// sends its own re-INVITE. Default: none.
	CalledDelay time.Duration

	// CallingWait is how long the calling side waits, from the answer of the
	// called side, for that side's re-INVITE before it sends its own. Default
	// 8 s; negative: none.
	CallingWait time.Duration

	// GiveUp is how long after the answer a call without T.38 is taken for one
	// in which T.38 is refused. Default 60 s, and 12 s with T38ThenG711, for a
	// fax terminal waits some 35 s for an answer to its signals (T.30, T1).
	GiveUp time.Duration

	// MaxDatagram overrides what the peer says that it takes, for the
	// equipment that says it wrong. Default: what the peer says.
	MaxDatagram int
}

// Fallback is how a fax may travel.
type Fallback uint8

const (
	T38Only     Fallback = iota // T.38 or the call fails
	T38ThenG711                 // T.38, and G.711 audio when T.38 is refused or silent
	G711Only                    // never T.38
)

// FirstOffer is what the INVITE of the calling side offers.
type FirstOffer uint8

const (
	OfferAudio       FirstOffer = iota // the usual call
	OfferT38                           // T.38 alone
	OfferAudioAndT38                   // two media lines
)

func (c Config) withDefaults(now time.Time) Config {
	if reflect.DeepEqual(c.T38, sdp.T38{}) {
		c.T38 = sdp.DefaultT38()
	}
	if c.Codecs == nil {
		c.Codecs = []sdp.Codec{sdp.PCMU, sdp.PCMA}
	}
	if c.SessionID == 0 {
		c.SessionID = uint64(max(now.UnixMicro(), 1))
	}
	if c.Rand == nil {
		c.Rand = rand.IntN
	}
	p := &c.Policy
	switch {
	case p.CallingWait == 0:
		p.CallingWait = 8 * time.Second
	case p.CallingWait < 0:
		p.CallingWait = 0
	}
	if p.GiveUp <= 0 {
		p.GiveUp = 60 * time.Second
		if p.Fallback == T38ThenG711 {
			p.GiveUp = 12 * time.Second
		}
	}
	return c
}
