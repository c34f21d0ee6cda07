// Package dsp has the parts of which modems with one carrier and linear
// modulation are built. It knows no Recommendation and no fax.
//
//	symbols ─▶ Modulator ─▶ samples
//
//	          8000 Hz        two a symbol
//	samples ─▶ Front ──┬──▶ Equaliser ──▶ × Carrier ──▶ symbols
//	             ▲     │        ▲             ▲            │
//	             └─ Timing      └── error ────┴────────────┘
//	        when to sample
//
// The Front moves the band of the carrier down to zero, filters it and takes two
// samples a symbol at the instants that Timing asks for. Timing looks only at the
// edges of the band, so it needs no decisions. The Equaliser undoes what the line
// did; it adapts to the error between what it gives and what was sent. Carrier
// turns its output so that points stand still.
//
// All of it is float32, and complex numbers are pairs (Point), because the
// compiler multiplies complex64 in double precision. Nothing allocates after
// construction.
package dsp
