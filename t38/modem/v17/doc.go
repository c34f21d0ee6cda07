// Package v17 is the V.17 modem: 14400, 12000, 9600 and 7200 bit/s in one
// direction at a time, 2400 symbols a second on a carrier of 1800 Hz, trellis
// coded.
//
//	scrambled   Q1 Q2 ─▶ differential ─▶ Y1 Y2 ┬──────────────▶┐
//	bits of a                                  └▶ convolutional ─▶ Y0 ─▶ point
//	symbol      Q3 … Q6 ──────────────────────────────────────▶┘  (of 16 to 128)
//
// Of the points that the encoder may send at any moment no two are neighbours.
// The receiver follows the eight states in which the encoder may be, keeps the
// most likely way to each (Viterbi), and decides a symbol when enough have
// followed it.
//
// A transmission is, in symbols,
//
//	long   A B … 256 │ A B C D by scrambled ones 2976 │ bridge 64 │ ones 48 │ data
//	short  A B … 256 │ the same                    38 │             ones 48 │ data
//
// and ends with 32 symbols of scrambled ones. A short training needs a receiver
// that has heard a long one in the same call. The receiver is package qam's.
package v17
