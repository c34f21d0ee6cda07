package hostshim

import "context"

// Host is what a SIP server implements so that the plugin can act on its
// calls. A call is known by its id: the server chooses it for a call that came
// in (Shim.Incoming), the plugin for one that it dials. The methods are called
// one at a time and in order; they start the work and return, and what comes
// of it is told to the Shim (Answered, Ended, …). An error says that the call
// is unknown or the request makes no sense; the plugin then gives the call up.
type Host interface {
	// Respond answers the INVITE, re-INVITE or UPDATE of the peer that is
	// still unanswered.
	Respond(call string, r Response) error
	// Reinvite sends an offer inside the call. Its final answer goes to
	// Shim.Answered.
	Reinvite(call string, sdp []byte) error
	// Dial makes a call. Provisional answers go to Shim.Progress, the final
	// one to Shim.Answered.
	Dial(call string, d Dial) error
	// HangUp ends the call at any stage: BYE, CANCEL, or a final answer to an
	// INVITE that is still unanswered. Shim.Ended is not expected afterwards,
	// and is harmless.
	HangUp(call string, h HangUp) error
}

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
	// Answered: the final answer to Dial or Reinvite came; or, as status 200,
	// the ACK that carried the answer to an offer of ours in a 200.
	Answered(call string, a Answer)
	// Progress: a provisional answer to Dial came.
	Progress(call string, status int, sdp []byte)
	// Ended: the call is over, and the plugin did not end it.
	Ended(call string, e Ended)
	// TrunkState: a trunk became reachable or unreachable.
	TrunkState(trunk string, up bool, detail string)
}

// Response is the answer to an offer of the peer.
type Response struct {
	Status int    // 100 to 699; below 200 the offer stays unanswered
	Reason string // "": the usual phrase of the status
	SDP    []byte // empty: no body
}

// Dial is a call to be made.
type Dial struct {
	Trunk  string // name of the trunk in the configuration; "" lets the host choose
	Number string // whom to call; a whole URI if it begins with sip: or sips:
	From   string // the calling number, "" for the trunk's own
	SDP    []byte // the offer
	// Fax says how the call carries a fax, "t38" and "passthrough" (RFC 6913);
	// empty for one that is not known to be a fax.
	Fax []string
}

// HangUp says why a call is ended.
type HangUp struct {
	Status int    // for an INVITE still unanswered: its final answer, 400 to 699 (0: 480)
	Reason string // a sentence, for the log and the Reason header
	// PluginLost says that the plugin died and the call with it: it is the
	// shim that ends the call, not a decision of the plugin.
	PluginLost bool
}

// IncomingCall is an INVITE that opens a call.
type IncomingCall struct {
	Call      string   // the host's id of the call, unique among its calls
	Trunk     string   // the trunk that it came from, "" if unknown
	From, To  string   // user parts, such as "+15551230000": the caller and the called number
	Diversion []string // numbers that diverted the call, the last one first
	Headers   []Header // what else may matter; names as in SIP
	SDP       []byte   // the offer, empty when the INVITE had none
}

// Header is one SIP header line.
type Header struct{ Name, Value string }

// Decision is what the plugin says of an incoming call.
type Decision struct {
	Taken bool
	// Declined: an answer to give the caller, or 0 when the call is not for the
	// plugin and the host goes on with it as if there were no plugin.
	Status int
	Reason string
}

// Answer is the final answer to a call that was dialled or to a re-INVITE.
type Answer struct {
	Status  int
	Reason  string
	SDP     []byte
	Headers []Header // Reason, Retry-After, Warning; Contact where it has sip.fax (RFC 6913)
}

// Ended is the end of a call that the plugin did not end.
type Ended struct {
	Reason string // "BYE", "CANCEL", or what broke
	Q850   int    // cause of a Reason header (RFC 3326), 0 if none
}
