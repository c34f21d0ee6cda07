package mailbridge

// Reply is what came back about one mail of ours, for one of its recipients.
type Reply struct {
	Recipient string // address, "" if the reply does not say
	Kind      ReplyKind
	Status    Status `json:",omitempty"` // RFC 3463; "" if there is none
	Said      string `json:",omitempty"` // what a mail server or a reader's program says, in one line
	// Features is what the recipient takes (RFC 2530), as RFC 2533 writes it; "": not
	// said.
	Features string `json:",omitempty"`
}

// ReplyKind says what became of a mail.
type ReplyKind string

// What mail servers say (the actions of RFC 3464 2.3.3), what readers' programs say
// (the dispositions of RFC 8098 3.2.6.2), and what is neither.
const (
	ReplyDelivered ReplyKind = "delivered"
	ReplyRelayed   ReplyKind = "relayed"  // to a server that says no more
	ReplyExpanded  ReplyKind = "expanded" // to a list's members
	ReplyDelayed   ReplyKind = "delayed"
	ReplyFailed    ReplyKind = "failed"

	ReplyDisplayed  ReplyKind = "displayed"
	ReplyDispatched ReplyKind = "dispatched" // printed, or passed on
	ReplyProcessed  ReplyKind = "processed"
	ReplyDeleted    ReplyKind = "deleted"
	ReplyDenied     ReplyKind = "denied" // RFC 2298: the reader does not say

	ReplyAutomatic ReplyKind = "automatic" // such as a holiday message
	// ReplyUnclear came as bounces do, and no program understands it.
	ReplyUnclear ReplyKind = "unclear"
)

// Lost tells whether the mail did not reach the recipient, or may not have.
func (r Reply) Lost() bool { return r.Kind == ReplyFailed || r.Kind == ReplyUnclear }
