// Package simline is a telephone line in samples: what goes in at one end comes
// out at the other as a real line would have it, and the same for the same seed.
//
//	in ─▶ Loop ─▶ Echo ─▶ Gain ─▶ Offset ─▶ Noise ─▶ Tandem ─▶ Drift, Slips ─▶ Loss ─▶ out
//	      a filter               Hz        dBm0     G.711     of the clocks     of packets
//
// It takes blocks of any length and gives, in time, as many samples as went in,
// but for the clocks. Samples are 16 bits at 8000 Hz, where a sine of 3.14 dBm0
// just fills the range.
package simline
