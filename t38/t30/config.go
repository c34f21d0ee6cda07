package t30

import "github.com/pagebridge/pagebridge/t38/t4"

// Config says what a terminal is and may do. The zero value is a called
// terminal that can do everything and neither sends nor receives.
type Config struct {
	Calling bool // made the call (sends CNG, awaits DIS)
	Toned   bool // the tone of phase A has been sent already, before the engine began

	Transmits bool // has a document to transmit; as called terminal: to be polled
	Receives  bool // may receive documents; as calling terminal with none to transmit: polls

	// Polls has a calling terminal that transmits ask for the called terminal's
	// document afterwards, if it has one. Receives must be set as well.
	Polls bool

	LocalID string // CSI, TSI or CIG: up to 20 of the characters that T.30 allows

	MaxRate     int             // bit/s; 0: 14400
	Modems      ModemSet        // 0: all
	DisableECM  bool            // neither offer nor use error correction
	FrameSize64 bool            // use ECM frames of 64 octets instead of 256
	Codings     CodingSet       // 0: all
	Resolutions []t4.Resolution // nil: all that this package can offer

	InternetAware bool // T.38 endpoint on both sides: no line timing (DIS bit 3)

	// Addresses are sent where the peer can take them: SUB and SID with DCS,
	// PWD, SEP and PSA with DTC.
	Addresses Addresses
	// PollingPassword must come in PWD from whoever polls; empty: anyone may.
	PollingPassword string
	// SelectivePolling is the address of the document to be polled: who asks for
	// another one with SEP does not get it; empty: it answers to any.
	SelectivePolling string
	// NonStandard is the FIF of NSF and NSC, from the T.35 country code on; nil:
	// neither is sent.
	NonStandard []byte

	// A page received outside ECM with more than RetrainPercent of its rows bad
	// is answered with RTP (accepted, train again), one with more than
	// RejectPercent with RTN (refused). 0: 5 and 15.
	RetrainPercent, RejectPercent int

	// CommandRepeat has a receiver ask with CRP for a post-message command that
	// came damaged. Without it the transmitter repeats that by itself after T4.
	CommandRepeat bool

	// MaxDIS limits how often the called terminal sends DIS without an answer;
	// 0: every T4 until T1 has run out, 35 s.
	MaxDIS int

	Ladder *Ladder // records what was said; nil: not recorded
}

// Addresses are the texts that frames carry beside the identification, each up
// to 20 digits (T.30 5.3.6.1.2, 5.3.6.1.3).
type Addresses struct {
	SUB string // subaddress, where the document goes behind the receiver
	SID string // sender identification, a password for transmission
	SEP string // selective polling: which document is wanted
	PSA string // polled subaddress
	PWD string // password for polling

	NonStandard []byte // FIF of NSF, NSC or NSS, from the T.35 country code on

	// Internet holds the FIF of CSA, TSA, CIA, IRA and ISP as the peer sent it;
	// nil: none came. It is never sent.
	Internet map[FCF][]byte
}

// maxFIF bounds what is kept of a field without a length of its own.
const maxFIF = 64

// note keeps what a frame of the peer says.
func (a *Addresses) note(f Frame) {
	switch f.FCF {
	case SUB:
		a.SUB = decodeIdentity(f.FIF)
	case SID:
		a.SID = decodeIdentity(f.FIF)
	case SEP:
		a.SEP = decodeIdentity(f.FIF)
	case PSA:
		a.PSA = decodeIdentity(f.FIF)
	case PWD:
		a.PWD = decodeIdentity(f.FIF)
	case NSF, NSC, NSS:
		a.NonStandard = append([]byte(nil), f.FIF[:min(len(f.FIF), maxFIF)]...)
	case CSA, TSA, CIA, IRA, ISP:
		if a.Internet == nil {
			a.Internet = map[FCF][]byte{}
		}
		a.Internet[f.FCF] = append([]byte(nil), f.FIF[:min(len(f.FIF), maxFIF)]...)
	}
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
