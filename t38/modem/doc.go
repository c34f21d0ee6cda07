// Package modem says what a fax modem is: samples on one side, bits on the
// other. Each Recommendation has a package of its own below this one.
//
//	Source ──bits──▶ Transmitter ──samples──▶ line ──samples──▶ Receiver ──bits──▶ Sink
//	                                                              └──Status──▶
//
//	v21     300 bit/s FSK, channel 2: the frames of the T.30 procedure
//	v27ter  4800 and 2400 bit/s
//	v29     9600 and 7200 bit/s
//	v17     14400, 12000, 9600 and 7200 bit/s, with long and short training
//	hdlc    frames on such bits: flags, stuffing, FCS
//
// This package itself makes and recognises the tones of T.30's phase A: CNG,
// CED, ANSam.
//
// Samples are 16-bit linear at 8000 Hz; levels are in dBm0, where a sine of
// +3.14 dBm0 just fills the range (G.711). Modems are pure: they have no clock,
// time is the count of samples. None of them allocates while it runs.
package modem
