package pairing

import "time"

// Leg is one of the two sides.
type Leg uint8

const (
	A Leg = iota // who called
	B            // who is called
)

// Other is the other leg.
func (l Leg) Other() Leg { return 1 - l&1 }

func (l Leg) String() string { return [...]string{"A", "B"}[l&1] }

// An Event is something that happened on a leg.
type Event interface{ event() }

// Offered is an INVITE, re-INVITE or UPDATE of the peer that awaits its answer.
// Each leads to exactly one Answer with a final status, unless its leg ends
// before or Refused comes.
type Offered struct {
	Leg Leg
	SDP []byte // empty: the peer wants our offer in the 200 (its answer is in the ACK)
}

// Answered is a response to our Offer, provisional ones included; or, with
// Status 200, the ACK to our 200 that carried an offer.
type Answered struct {
	Leg        Leg
	Status     int
	Reason     string // the response's reason phrase
	SDP        []byte
	RetryAfter time.Duration // of the Retry-After header, 0 if none
}

// Ended reports that a leg is gone: by BYE, CANCEL or a failure. Then the other
// one ends too, unless it is to be kept for somebody else who serves it (Left).
type Ended struct {
	Leg    Leg
	Reason string
	Keep   bool
}

// FaxHeard reports a fax machine's signal in the audio of a call that is bridged
// or still listens. It may be told again and again.
type FaxHeard struct{ Leg Leg }

func (Offered) event()  {}
func (Answered) event() {}
func (Ended) event()    {}
func (FaxHeard) event() {}
