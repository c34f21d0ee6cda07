// Package t30 is the procedure of ITU-T T.30 as a pure state machine.
//
// An Engine is one fax terminal on one call. Events and the time go in, actions
// come out; there is no socket, no goroutine and no clock in here:
//
//	           events                        actions
//	modem   ─────────────▶  ┌────────┐  ─────────────▶   modem
//	or IFP  FrameReceived   │ Engine │  TransmitFrames   or IFP
//	        CarrierDown     │        │  TransmitImage
//	        TransmitDone    │ phases │  Listen
//	pages   ─────────────▶  │ A to E │  ─────────────▶   pages
//	        PageReady       └────────┘  FetchPage
//	        PageCommitted     ▲    │    CommitPage
//	                   Advance│    │Deadline
//
// Two drivers carry the actions out: package t38 over UDPTL and package audio
// over G.711. Neither knows what a frame means; the engine does not know how a
// bit travels.
package t30
