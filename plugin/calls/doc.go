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
//	  rtpRelay          OpenAudio: RTP and RTCP, listened to by faxdetect
//	  t38.Relay         OpenT38
//	  gateway           OpenGateway: T.38 on one leg, audio on the other
//
// When leg B does not take the call, or the call is a fax for a mailbox, leg A
// becomes a fax that comes in.
//
// Who follows one call reads
//
//	incoming.go ─▶ call.go ─▶ media.go ─▶ outcome.go         a fax that comes in
//	outgoing.go ─▶ call.go ─▶ media.go ─▶ outcome.go         a fax that goes out
//	route.go ─▶ bridge.go ─▶ bridgesignal.go ─┬▶ bridgeaudio.go, rtprelay.go
//	                                          ├▶ bridget38.go
//	                                          ├▶ bridgegateway.go
//	                                          └▶ takeover.go ─▶ incoming.go
//
// Everything that belongs to a call is owned by its goroutine; others post
// events to its mailbox.
package calls
