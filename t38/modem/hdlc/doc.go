// Package hdlc puts frames on a stream of bits and takes them off it, as T.30
// 5.3 has them for the procedure and T.4 Annex A for the pages of the error
// correction mode.
//
//	… flag  flag │ octets of the frame, FCS │ flag │ octets, FCS │ flag
//	  01111110   │ after five ones in a row │ ends one frame and
//	             │ a zero that is taken off │ begins the next
//
// It knows nothing of modems. A Transmitter gives bit after bit to whoever asks,
// which is what a modem's transmitter does with its source; a Receiver takes bit
// after bit. Octets are held in the order of transmission: the first bit on the
// line is the most significant one.
package hdlc
