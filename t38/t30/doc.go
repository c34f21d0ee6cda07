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
//
// A driver does this, in one goroutine:
//
//	for every event ev, and when Deadline has come:
//		engine.Handle(now, ev)  or  engine.Advance(now)
//		for a, ok := engine.Next(); ok; a, ok = engine.Next() {
//			carry a out; after a Transmit has left, Handle(now, TransmitDone{})
//		}
//	until a is Disconnect
//
// # The procedure
//
// The terminal is always in one state, a type in the file of its phase; what
// every state treats alike (DCN, CRP, identifications) is treated in line.go
// before the state is asked.
//
//	         calling terminal                        called terminal
//	A   CNG                       phasea.go      CED                        phasea.go
//	B   awaitDIS                  phaseb.go      awaitCommand (DIS said)    phaseb.go
//	    ├ has a document ─▶ transmits            ├ DCS ─▶ receives
//	    └ has none: DTC ─▶ receives (polling.go) └ DTC ─▶ transmits
//
//	         transmitter                             receiver
//	B   DCS, TCF: awaitCFR        transmit.go    awaitTCF: CFR or FTT       receive.go
//	C   sendingPage               transmit.go    awaitMessage               receive.go
//	    sendingBlock (ECM)        ecmtransmit.go  and its frames (ECM)      ecmreceive.go
//	D   awaitConfirmation         phased.go      committing, then MCF, RTP  commit.go
//	    awaitBlock, awaitReady,   ecmtransmit.go  or RTN; PPR, RNR, ERR
//	    awaitCTR, awaitERR
//	    MPS ─▶ C   EOM ─▶ B   EOP ─▶ E           the same: awaitPhaseB, awaitDCN
//	E   DCN: disconnecting        phasee.go      DCN
//
// # Promises
//
//   - A page is confirmed to the peer (MCF) only after PageCommitted.
//
//   - ConfirmPage comes before anything further is said to the peer.
//
//   - A peer that falls silent ends the call by a timer of T.30 5.4.3: see
//     timers.go.
//
//   - No event at any moment makes the engine panic, hang or grow without limit.
//
//   - A page is converted to what the receiver can do: coding, resolution, width,
//     and several pages where it is longer than the receiver's paper. It is
//     confirmed when the last of them is.
//
// # Copy quality
//
// Outside ECM a page with up to 5 % of its rows bad is confirmed with MCF, up to
// 15 % with RTP, and refused with RTN beyond (Config.RetrainPercent,
// RejectPercent). As transmitter: after RTP the next page goes at a lower rate;
// after RTN the same page does, three times at most, but after EOP, and before
// another document, T.30 has the procedure go on without it.
package t30
