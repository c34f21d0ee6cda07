// Package v29 is the V.29 modem as T.30 uses it: 9600 and 7200 bit/s in one
// direction at a time, 2400 symbols a second on a carrier of 1700 Hz, eight
// phases and two amplitudes.
//
//	       270°…90°: the phase tells three bits by its change,
//	5      the amplitude one bit (9600 bit/s)
//	·  3√2
//	3  ·          absolute phase   0 90 180 270   45 135 225 315
//	· √2          amplitude        3 or 5         √2 or 3√2
//	   ·
//	5 3  + 3 5
//
// A transmission is
//
//	silence 48 │ A B … 128 │ C D pseudo-random 384 │ scrambled ones 48 │ data
//
// in symbols; A is the point 180° of lesser amplitude, B is at 315°, C and D are
// opposite to them. The receiver is package qam's.
package v29
