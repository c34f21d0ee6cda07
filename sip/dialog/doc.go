// Package dialog makes SIP calls and takes them: one Leg is one dialog (RFC
// 3261 12) in which either side may send re-INVITEs.
//
//	Stack: sockets, transactions, who gets which message
//	  │ one mailbox a leg, filled in the order of arrival
//	  ▼
//	Leg: one goroutine that owns the dialog's state
//	  │ Events: Requested, Acknowledged, Ended      ▲ Request.Respond,
//	  ▼ and the answers to our own requests         │ Leg.Request, Ack, HangUp
//	the server's own code
//
// Sockets, parser and the four transaction machines are sipgo's. What joins
// them is ours, because a fax lives on re-INVITEs and these need what sipgo's
// transaction layer and dialog sessions do not give: messages in the order in
// which they came (that layer handles each in a goroutine of its own, so a 200
// may overtake its 180), the 2xx repeated until its ACK and the ACK repeated
// with each 2xx, targets refreshed, glare answered 491, a 2xx that crosses our
// CANCEL acknowledged and hung up, provisional answers made reliable (RFC 3262)
// and the media changed before the call is answered (RFC 3311).
//
// A call out, with the goroutine that owns it on the right:
//
//	Stack.Dial ──────────────▶ leg: INVITE ─────────────▶ peer
//	answered(180) ◀─────────── leg ◀───────────────── 180
//	answered(200) ◀─────────── leg ◀───────────────── 200
//	                           leg: ACK ────────────────▶
//	Events.Requested ◀──────── leg ◀────────────── re-INVITE
//	Request.Respond(200) ────▶ leg: 200 … until ACK ────▶
//	Leg.HangUp ──────────────▶ leg: BYE ────────────────▶
//	Events.Ended ◀──────────── leg
//
// A call in begins with Options.Incoming, which is given the Leg and its INVITE
// as a Request. All calls of one leg's Events, and of the functions given to
// Dial and Leg.Request, are made by the leg's goroutine, one at a time and in
// order; Ended is the last. Everything that a program calls on a Leg or a
// Request may be called from anywhere, returns at once and takes effect in
// order.
//
// Timers are those of sipgo's package sip (SetTimers, to be called before
// Listen).
package dialog
