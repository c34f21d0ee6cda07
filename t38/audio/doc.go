// Package audio is a fax call over audio: the T.30 engine on modems, in G.711
// over RTP.
//
//	out, err := audio.Run(ctx, conn, remote, t38.Documents{Source: document}, audio.Options{
//		T30: t30.Config{Calling: true, LocalID: "+1 555 0100"},
//	})
//
// # Layers
//
// Run is a socket and one goroutine a call around a session, which is pure:
// packets and the time go in, packets come out.
//
//	documents ◀──▶ terminal.Store
//	                    │
//	                t30.Engine         the procedure: frames, trainings, timers
//	        actions │       ▲ events
//	          ┌─────▼───────┴─────┐
//	          │       Line        │    samples at 8000 Hz, half duplex
//	          │ sending   hearing │
//	          │ tones     tones   │
//	          │ HDLC      V.21    │    V.21 is listened for at all times, one fast
//	          │ modems    fast    │    modem beside it: what Listen names
//	          └─────┬───────▲─────┘
//	          G.711 │       │ G.711
//	             sender  arrival       numbers and timestamps, order, what is lost
//	                └──UDP──┘
//
// A gateway uses a Port, which is a Line without the engine, and says signals
// piece by piece.
//
// # Time
//
// What is sent is paced by this machine's clock: packet n leaves at the beginning
// plus n times its length, and one that is late does not delay those behind it.
//
// What comes is paced by the peer's clock and nothing else. Packets are put in
// order and given to the modems at once; nothing is played out to anybody, so
// there is no buffer to run over or dry, and clocks that drift apart insert and
// drop no sample. One that is missing is waited for, Options.Jitter at most, and
// then made up for in its own length: within a signal the modem is told that so
// many samples are lost, otherwise by silence. Half a second without any packet,
// and the line counts as silent.
//
// A modem that knows of a gap lets its time pass with clock, carrier and equaliser
// as they are, and behind it goes on with the bit that is due. So a lost packet
// costs one frame of a page with ECM. In V.21, where 10 ms are three bits, the
// frame check sequence tells which bits they were (hdlc.Limits.Gaps); of TCF they
// do not count, as a slower modem would be no better. Of twenty faxes of two pages
// with ECM, each with its own seed, so many arrived whole (go test -run ThroughLoss
// -v -tries 20):
//
//	packets lost           0.5 %    1 %    2 %    3 %
//	V.17     of 10 ms         20     20     18     14
//	         of 20 ms         20     20     18      7
//	         of 30 ms         20     20     19     15
//	V.29     of 10 ms         20     20     20     10
//	         of 20 ms         20     20     16      8
//	         of 30 ms         20     20     20     17
//	V.27ter  of 10 ms         20     20     19      1
//	         of 20 ms         20     20     14      1
//	         of 30 ms         20     20     18     13
//
// Between two machines of libspandsp, which are told of each packet of 20 ms that
// is lost, 13, 3, 0 and 0 arrive with V.17, 15, 2, 0 and 0 with V.29, and 11, 1, 0
// and 0 with V.27ter (go test -run SpandspThroughLoss -beside-spandsp -v -tries 20).
//
// # T.30 on a line
//
//   - A signal begins 75 ms after the other machine has fallen silent, however
//     long it sends flags behind its last frame.
//   - While a signal is sent nothing is listened to, nor for 50 ms after it: that
//     would be its echo. An own frame that comes back later is known by its
//     octets. Tones are an exception: T.30 listens between and during them.
//   - V.21 and a fast modem hear the same signal until one is sure: V.21 by its
//     flags, the other by its training. A training that fails is told a quarter of
//     a second later, if V.21 has not claimed the signal by then.
//   - V.17 trains long for TCF and short afterwards; its receiver keeps what it
//     has learnt for the whole call.
//
// # Before T.38
//
// A call on its way to T.38 is an audio call too, and all that is to be sent are
// the tones of T.30's phase A:
//
//	Tone ──▶ samples ──▶ G.711 ──▶ RTP packets ──▶ conn      PlayTone
//	                               by our own clock  │
//	                                                 ▼
//	            Received ◀── RTP packets counted ◀── conn      Listen
//
// Samples are 16-bit linear; levels are in dBm0 (G.711 says which sample value
// that is).
package audio
