// Package v27ter is the V.27 ter modem as T.30 uses it: 4800 and 2400 bit/s in
// one direction at a time, on a carrier of 1800 Hz.
//
//	4800 bit/s   1600 symbols a second, eight phases: three bits by the change
//	2400 bit/s   1200 symbols a second, four phases: two bits by the change
//
// A transmission is
//
//	carrier, silence │ reversals 50 │ pseudo-random 1074 │ scrambled ones 8 │ data
//	  (optional)     │  by 180°     │     0° and 180°    │                  │
//
// in symbols: the long sequence of the Recommendation, which T.30 wants, with or
// without protection against echo. The receiver is package qam's; what is of this
// modem's own is a scrambler that watches for patterns.
package v27ter
