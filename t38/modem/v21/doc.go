// Package v21 is channel 2 of the V.21 modem as T.30 uses it: 300 bit/s in one
// direction at a time, frequency shift keying around 1750 Hz, no training.
//
//	1  1650 Hz
//	0  1850 Hz
//
// The transmitter keeps its phase when it changes the frequency.
//
//	         ┌─ × 1650 Hz ─┐  quarters        four of them:
//	samples ─┤             ├─ of a bit ─┬─ one bit at each tone ─┬─ sign ─▶ bit
//	         └─ × 1850 Hz ─┘            │                        │
//	                                    └── clock ◀── where the ─┘
//	                                                 tones change
//
// The receiver correlates the line with both tones over quarters of a bit. The
// clock places the quarters so that four of them are one bit. A bit is decided
// together with its neighbours: as the phase is continuous, three bits in a row
// are one of eight wave forms, and the most likely one says what the middle bit
// is. (A transmitter whose phase jumps is noticed, and its bits are decided one by
// one.) The same correlations, beside the power of all that is on the line, tell a
// carrier from noise, speech and other modems.
//
// A receiver of T.30 takes the modem's word only together with package hdlc's
// flags: the carrier is what sounds like V.21 for a tenth of a second, the
// preamble of T.30 5.3.1 is several flags in a row.
package v21
