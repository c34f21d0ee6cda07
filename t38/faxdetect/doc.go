// Package faxdetect listens to a telephone call and tells when it turns out to be
// a fax.
//
//	RTP packets of one side of a call
//	      │
//	      ├── telephone events (RFC 4734) ──────────────┐
//	      │                                             │
//	      └── G.711 ──▶ samples ──┬── modem.ToneDetector ┤──▶ Signal
//	                              └── V.21 ── flags ─────┘
//
// It is pure and has no clock: the samples themselves are the time. What it hears
// it hears after the packet has gone on its way, so that nobody waits for it.
//
// CNG says that a fax machine calls, and V.21's flags that one speaks; neither
// has anything else that sounds so. A steady 2100 Hz is a fax machine's CED or a
// data modem's answer tone; one with the modulation of V.8, or with the reversals
// of V.25, is more likely a modem's, and a fax machine that sends it is known by
// its V.21 some seconds later. Speech and music are none of these.
package faxdetect
