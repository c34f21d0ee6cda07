package spool

import (
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// State is where a fax is on its way.
type State string

// Of a job: Accepted, Queued, Calling, then Delivered or Failed. Of a received
// fax: Receiving, Queued, then Delivered, Failed, or NoPages.
const (
	Accepted  State = "accepted"  // not yet rendered
	Queued    State = "queued"    // waiting for its next call, or for the relay
	Calling   State = "calling"   // a call is under way
	Receiving State = "receiving" // a call is under way
	Delivered State = "delivered"
	Failed    State = "failed"
	NoPages   State = "no-pages" // a call that brought none
)

// Direction tells a sent fax from a received one.
type Direction string

const (
	Out Direction = "out" // mail to fax: a job
	In  Direction = "in"  // fax to mail
)

// Fax is one line of the history.
type Fax struct {
	ID        string
	Direction Direction
	Time      time.Time // when it was accepted, or when its call began
	State     State
	Number    string // the number called, both ways
	Peer      string // the sender's mail address, or the calling number
	RemoteID  string
	Pages     int
	Attempts  int
	Next      time.Time // when it is called next; zero if it is not
	Sentence  string    // how it ended, or how the last attempt did
	Held      bool      // it is not called, or mailed, until it is released
}

// Filter narrows the history. The zero Filter means all of it.
type Filter struct {
	Direction Direction // "": both
	State     State     // "": any
	Number    string    // "": any
	Since     time.Time // inclusive; zero: no limit
	Before    time.Time // exclusive; zero: no limit
	Peer      string    // "": any; the sender's mail address, or the calling number
	Open      bool      // only what is not done: of sent faxes, what is queued
	Limit     int       // default 100, at most 10000
}

// JobRecord is all that is known of a job.
type JobRecord struct {
	mailbridge.Job
	State      State
	ReturnPath string
	Held       bool
	Next       time.Time
	Ended      time.Time
	Outcome    mailbridge.Outcome // the final one, or the last attempt's
	History    []mailbridge.Attempt
	Events     []Event
}

// ReceivedRecord is all that is known of a fax that came in.
type ReceivedRecord struct {
	mailbridge.Received
	State      State
	Held       bool // it goes to its mailboxes when it is released
	Deliveries []Delivery
	Events     []Event
}

// Delivery is one mailbox of a received fax.
type Delivery struct {
	Mailbox string
	State   State
	Tries   int
	Next    time.Time
	Error   string // what the relay said last, or whoever sent the mail back
	Replies []DeliveryReply
}

// DeliveryReply is what came back about a delivery.
type DeliveryReply struct {
	Time time.Time
	mailbridge.Reply
}

// Event is something that happened to a fax.
type Event struct {
	Time time.Time
	What string
}

// Counts are for metrics: how many faxes are in which state now.
type Counts struct {
	Jobs       map[State]int
	Received   map[State]int
	Deliveries map[State]int
	Reports    map[State]int
}
