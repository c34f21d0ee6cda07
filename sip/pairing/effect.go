package pairing

import (
	"net/netip"
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// An Effect is something to be done. Effects are carried out in the order in
// which they come.
type Effect interface{ effect() }

// Answer is a response to the Offered of the leg: provisional below 200, else
// final.
type Answer struct {
	Leg    Leg
	Status int
	Reason string // reason phrase; "": the usual one
	SDP    []byte // empty: no body
}

// Offer sends an offer on a leg: the first one on B is the INVITE that dials,
// each other one a re-INVITE. Its responses come back as Answered. A leg never
// has a second Offer before the first one's final response.
type Offer struct {
	Leg Leg
	SDP []byte
}

// OpenAudio relays RTP between these addresses from now on. One that is not
// valid wants none.
type OpenAudio struct {
	Remote [2]netip.AddrPort
	// Events are the payload types of telephone events (RFC 4733) that each peer
	// sends; 0: none.
	Events [2]uint8
	// Alone, with Config.ListenFirst: there is no B yet, and A is to hear
	// something of us in this codec.
	Alone bool
	Codec sdp.Codec
}

// OpenT38 relays UDPTL from now on.
type OpenT38 struct {
	// Remote is where to send on each leg; not valid while the peer has given no
	// address: its first packet tells.
	Remote [2]netip.AddrPort
	// T38 is what was agreed on each leg: the UDPEC to use towards its peer, and
	// that peer's MaxDatagram, which is never 0.
	T38 [2]sdp.T38
}

// OpenGateway joins T.38 on one leg and audio on the other from now on.
type OpenGateway struct {
	Line   Leg               // whose side is audio
	Remote [2]netip.AddrPort // as of OpenT38 and OpenAudio
	T38    sdp.T38           // agreed on the other leg, as of OpenT38
	Codec  sdp.Codec         // of the audio, PCMU or PCMA, with the payload type to send
	Ptime  time.Duration     // of the packets to send; 0: not said
	Events uint8             // payload type of telephone events; 0: none
}

// CloseAudio and its like end what was opened. What has come by then still goes
// out.
type (
	CloseAudio struct{}
	CloseT38   struct{}

	CloseGateway struct{}
)

// HangUp ends a leg: by BYE, CANCEL or, if its INVITE has no answer, with
// Status.
type HangUp struct {
	Leg    Leg
	Status int
	Reason string
}

// Refused says, with Config.KeepRefused, that B did not take the call. A's
// INVITE still awaits its answer, and is no longer the machine's business:
// nothing follows.
type Refused struct {
	Status int // SIP status of B's refusal, 480 when it did not answer in time
	Reason string
	Offer  []byte // that of A's INVITE
}

// Left says that the other leg has ended and this one was to be kept. It is no
// longer the machine's business: nothing follows.
type Left struct {
	Leg           Leg
	Local, Remote []byte // the descriptions in force
	Version       uint64 // the highest of o= that was said on it
	Offer         []byte // of the leg, which still awaits its answer; empty: none
}

func (Answer) effect()       {}
func (Offer) effect()        {}
func (OpenAudio) effect()    {}
func (OpenT38) effect()      {}
func (CloseAudio) effect()   {}
func (CloseT38) effect()     {}
func (OpenGateway) effect()  {}
func (CloseGateway) effect() {}
func (HangUp) effect()       {}
func (Refused) effect()      {}
func (Left) effect()         {}
