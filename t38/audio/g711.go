package audio

import "github.com/pagebridge/pagebridge/t38/internal/g711"

// Law is which of the two codings of G.711 is spoken.
type Law = g711.Law

const (
	MuLaw = g711.MuLaw // PCMU
	ALaw  = g711.ALaw  // PCMA
)
