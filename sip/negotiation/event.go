package negotiation

import "time"

// An Event is something that happened to the call or to its media.
type Event interface{ event() }

// Offered is an INVITE, re-INVITE or UPDATE of the peer that awaits its answer.
// Every Offered leads to exactly one Answer with a final status, at once. (An
// UPDATE without SDP is no offer: it only refreshes the session timer.)
type Offered struct {
	SDP     []byte // empty: the peer wants our offer in the 200 (its answer is in the ACK)
	Initial bool   // the INVITE that opens the call
}

// Answered is the answer to our Offer: any response to our INVITE or
// re-INVITE, also a provisional one; or, with Status 200, the ACK to our 200
// that carried an offer.
type Answered struct {
	Status     int
	SDP        []byte
	ReasonText string        // the response's reason phrase, for people
	RetryAfter time.Duration // of the Retry-After header, 0 if none
	Ways       Ways          // of the peer's Contact, in a 200 to our INVITE
}

// Ways is how the peer says that it faxes (sip.fax, RFC 6913).
type Ways uint8

const (
	AnyWay         Ways = iota // it says nothing, or both
	T38Way                     // "t38" alone
	PassthroughWay             // "passthrough" alone
)

// ToneSent reports that the tone of OpenAudio has been sent to its end.
type ToneSent struct{}

// FaxHeard reports a fax signal of the peer in the audio: CNG, CED or the
// preamble of V.21.
type FaxHeard struct{}

// MediaSilent reports that T.38 was agreed but nothing of it has come.
type MediaSilent struct{}

// Ended reports that the call is gone. No effect follows.
type Ended struct{}

func (Offered) event()     {}
func (Answered) event()    {}
func (ToneSent) event()    {}
func (FaxHeard) event()    {}
func (MediaSilent) event() {}
func (Ended) event()       {}
