package negotiation

import (
	"net/netip"
	"time"

	"github.com/pagebridge/pagebridge/sip/sdp"
)

// An Effect is something to be done. Effects are carried out in the order in
// which they come.
type Effect interface{ effect() }

// Answer is the final response to the Offered before it.
type Answer struct {
	Status int
	Reason string // reason phrase; "": the usual one
	SDP    []byte // empty: no body
}

// Offer sends our offer: as the INVITE's body when the calling side begins,
// later in a re-INVITE. Its responses come back as Answered. There is never a
// second Offer before the first one's final response.
type Offer struct{ SDP []byte }

// OpenAudio sends and receives RTP from now on, instead of what was open. It
// comes again when something about the audio has changed.
type OpenAudio struct {
	Remote netip.AddrPort // where to send; not valid: nowhere (held)
	Codec  sdp.Codec      // PCMU or PCMA, with the payload type to send
	Ptime  time.Duration  // of the packets to send
	Tone   Tone           // to send; the end of CED is reported with ToneSent
	Hold   bool           // the peer does not want to hear us: send nothing

	// Fax says that the fax itself is to run over this audio; otherwise the
	// audio only waits for T.38, or has Resumed.
	Fax bool
	// Toned, with Fax, says that the tone of phase A has been sent already.
	Toned bool
	// Why says, with Fax, what T.38 came to, for people; "" where it was not
	// wanted.
	Why string
	// Events is the payload type of telephone events (RFC 4733) in both
	// directions; 0: none were agreed.
	Events uint8

	// Resumed says that T.38 was open before: the peer has left it, which it
	// does when the fax is over.
	Resumed bool
}

// OpenT38 sends and receives UDPTL from now on, instead of what was open. It
// comes again when something about it has changed.
type OpenT38 struct {
	// Remote is where to send; not valid while the peer has given no address:
	// the first packet tells.
	Remote netip.AddrPort
	// T38 is what was agreed: the lower Version, the lower MaxBitRate, the
	// UDPEC to use towards the peer, and the peer's MaxDatagram and MaxBuffer
	// (MaxDatagram is never 0).
	T38 sdp.T38
	// Toned says that the tone of phase A (CED to its end, or CNG) has been
	// sent over RTP.
	Toned bool
}

// CloseMedia ends all media: the peer has taken them away and the call stands
// without. A fax that is still under way is lost.
type CloseMedia struct{}

// Fail gives the call up: it is to be hung up, unless it was never answered.
// Nothing follows but Answers to late offers.
type Fail struct {
	Status   int    // SIP status that says why, the peer's or ours; 0: none
	Sentence string // why, for people
}

func (Answer) effect()     {}
func (Offer) effect()      {}
func (OpenAudio) effect()  {}
func (OpenT38) effect()    {}
func (CloseMedia) effect() {}
func (Fail) effect()       {}

// Tone is what to send over RTP.
type Tone uint8

const (
	NoTone Tone = iota
	CNG         // repeated until something else is opened
	CED         // once; then ToneSent is reported
)
