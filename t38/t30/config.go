package t30

import "github.com/pagebridge/pagebridge/t38/t4"

// Config says what a terminal is and may do. The zero value is a called
// terminal that can do everything and neither sends nor receives.
type Config struct {
	Calling bool // made the call (sends CNG, awaits DIS)
	Toned   bool // the tone of phase A has been sent already, before the engine began

	Transmits bool // has a document to transmit
	Receives  bool // may receive documents

	LocalID string // CSI, TSI or CIG: up to 20 of the characters that T.30 allows

	MaxRate     int             // bit/s; 0: 14400
	Modems      ModemSet        // 0: all
	DisableECM  bool            // neither offer nor use error correction
	FrameSize64 bool            // use ECM frames of 64 octets instead of 256
	Codings     CodingSet       // 0: all
	Resolutions []t4.Resolution // nil: all that this package can offer

	InternetAware bool // T.38 endpoint on both sides: no line timing (DIS bit 3)

	Ladder *Ladder // records what was said; nil: not recorded
}

// ModemSet is a set of fast modems.
type ModemSet uint8

const (
	ModemV27ter ModemSet = 1 << iota
	ModemV29
	ModemV17
)

// CodingSet is a set of t4 codings.
type CodingSet uint8

const (
	CodingMH CodingSet = 1 << iota
	CodingMR
	CodingMMR
)
