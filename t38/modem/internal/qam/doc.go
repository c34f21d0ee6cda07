// Package qam is what the fax modems with a training sequence have in common:
// they are made of package dsp's parts in the same way, and train in the same
// way.
//
//	┌─ alternations ─┬─ known symbols ─┬─ bridge ─┬─ scrambled ones ─┬─ data ─▶
//	│  A B A B A B   │  for the equal- │ unknown, │                  │
//	│                │  iser           │ of four  │                  │
//	 seek   settle     collect, train    bridge     decode
//
// A Receiver waits for a level, then for the alternations, which are two or three
// pure tones and say what the gain, the frequency of the carrier and the clock of
// the symbols are (seek, settle). It keeps the beginning of the known symbols
// (collect), finds out where they begin, and teaches the equaliser by going over
// them several times (train). From then on it works symbol by symbol. A Decoder,
// which each modem brings, makes bits of the symbols.
//
// What is on the line when a Receiver is started is taken for its noise, unless
// it turns out to be a training; a signal is what rises above it. A signal that is
// away for up to 20 ms, as when a packet is lost, is waited for. Where a clock
// slips by a sample the Receiver goes back and does the same (mending).
//
// After a short training the equaliser, gain, frequency and clock of the last
// long one are restored; only the phase is found anew.
package qam
