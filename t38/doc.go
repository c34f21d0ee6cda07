// Package t38 is a fax machine with no paper: it sends a document from a
// PageSource, or receives one into a PageSink, over UDPTL as ITU-T T.38 says.
//
//	out, err := t38.Send(ctx, conn, remote, document, t38.Options{
//		ErrorCorrection: udptl.Redundancy,
//		T30:             t30.Config{Calling: true, LocalID: "+1 555 0100"},
//	})
//
// # Layers
//
// From the paper down to the wire, and up again:
//
//	PageSource, PageSink      pages, each with Confirmed or Commit: what may be
//	      │  ▲                lost is never said to have arrived
//	store │  │                waits for the disk so that packets need not
//	      ▼  │
//	   t30.Engine             the procedure: frames, trainings, timers
//	      │  ▲
//	      │  └── receiver     IFP packets to events: what the peer's line does
//	 transmitter    ▲         actions to IFP packets, at the pace of a modem
//	      │         │
//	    ifp.Packet  │         indicators and data, in ASN.1
//	      ▼         │
//	 udptl.Sender  udptl.Receiver    numbers, redundancy or parity, order
//	      │         ▲
//	      ▼         │
//	    loop        │         one goroutine a call; a socket
//	      └── UDP ──┘
//
// All between the store and the loop is a session. It is pure: datagrams and
// the time go in, datagrams come out, and a fax of a minute runs in a
// millisecond of a test.
//
// # Time
//
// T.38 carries what modems would have sent when they would have sent it, so
// that a gateway at the far end can play it to a real line. A packet leaves
// when the last bit of what it holds would have left a modem; each time is
// computed from the one before it and not from the clock, so a loop that wakes
// late sends more at once and is in time again. A V.21 preamble takes a second,
// a training as long as the modem's, an octet of HDLC its bits with their
// stuffing:
//
//	  0 ms   indicator v21-preamble
//	1105 ms  v21: hdlc-data[1]         75 ms pause, 1 s of flags, 9 bits
//	1135 ms  v21: hdlc-data[1]
//	1242 ms  v21: hdlc-data[1] hdlc-fcs-OK-sig-end
//	1272 ms  indicator no-signal
//
// Between two Internet-aware ends (T.30 DIS bit 123) nothing waits for a line.
//
// # Loss
//
// Each datagram repeats earlier packets (redundancy) or has parity over them
// (FEC), as was negotiated. The last datagram before a pause, which no other one
// follows soon, is sent four times; unless redundancy of four or more was agreed,
// datagrams of control are sent twice. Receivers drop what they have.
// Of a hundred three-page faxes with ECM so many arrive whole; LOSS.md has more of
// it, beside the same for libspandsp, and how it was measured:
//
//	datagrams lost      2 %   5 %  10 %  15 %  20 %   in bursts of 3:  5 %  10 %
//	no correction       100   100    53     1     0                     48     1
//	redundancy 1        100   100   100   100   100                     88    43
//	redundancy 3        100   100   100   100   100                    100    98
//	redundancy 5        100   100   100   100   100                    100   100
//	FEC 3 by 3          100   100   100   100   100                    100   100
//
// A packet that is lost for good spoils one HDLC frame or some rows, and the
// engine is told so.
//
// # Relay
//
// A Relay stands between two legs and keeps nothing. Each leg is repaired and
// put in order by itself, so that what one loses the other does not hear of;
// what is lost for good leaves a frame with a bad FCS, and rows with zeros.
//
//	leg A ── udptl.Receiver ── splice ── emitter ──▶ leg B      and the same way back
//
// # Peers
//
// The receiver believes data more than indicators, since peers leave these out,
// repeat them and send them late; it ends a signal once however often its end
// is said; it notices a peer that writes in the other edition of the ASN.1 than
// its T38FaxVersion says, and follows. Datagrams are taken from the peer's
// address only.
package t38
