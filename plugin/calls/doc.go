// Package calls is the hinge of the house: it turns what happens to calls into
// faxes received and sent. It is the only room that sees SIP's offers and
// answers (sip/negotiation), the fax engine (t38) and the nouns of mail
// (mailbridge).
//
//	            HostEvent                  PluginCommand
//	host   ───────────────▶  Exchange  ───────────────────▶  host
//	                            │
//	              one goroutine a call: call.run
//	                            │
//	  negotiation.Machine   ◀───┤ offers and answers
//	  ports, tone over RTP  ◀───┤ OpenAudio
//	  t38 terminal          ◀───┤ OpenT38
//	                            │
//	  pages of a document   ────┤ Exchange.Call: a fax that goes out
//	  Inbox, Receipt        ◀───┘ a number of ours was called: a fax that comes in
//
// A call to a number with a Route has two legs, and goes through:
//
//	leg A  ◀──▶  bridge  ◀──▶  leg B
//	               │
//	  pairing.Machine   offers and answers of one leg for the other
//	  rtpRelay          OpenAudio
//	  t38.Relay         OpenT38
//
// When leg B does not take the call, leg A can become a fax that comes in.
//
// Everything that belongs to a call is owned by its goroutine; others post
// events to its mailbox.
package calls
