package hostshim

import "context"

// Events is what a host tells of its calls. *Shim implements it; it is an
// interface so that a host's adapter can be tested without a plugin. The
// methods other than Incoming return at once.
type Events interface {
	// Incoming asks whether the plugin takes the call. When it does, commands
	// for it may arrive at the Host before Incoming returns. The offer in
	// IncomingCall is unanswered until the Host's Respond is called.
	Incoming(ctx context.Context, in IncomingCall) (Decision, error)
	// Offered: the peer sent a re-INVITE or UPDATE with this offer; sdp is
	// empty for one without a body.
	Offered(call string, sdp []byte)
	// Answered: the final answer to Dial or Reinvite came.
	Answered(call string, a Answer)
	// Progress: a provisional answer to Dial came.
	Progress(call string, status int, sdp []byte)
	// Ended: the call is over, and the plugin did not end it.
	Ended(call string, e Ended)
	// TrunkState: a trunk became reachable or unreachable.
	TrunkState(trunk string, up bool, detail string)
}
