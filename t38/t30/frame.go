package t30

import (
	"fmt"
	"math/bits"
	"strings"
)

// FCF is the facsimile control field of a frame (T.30 5.3.6.1). For all but
// the frames that a called or polling terminal begins with, its first bit is X:
// set by the terminal that has received DIS. FCF values here have X clear.
type FCF byte

// The facsimile control fields, the first bit on the line first.
const (
	DIS FCF = 0x01 // digital identification signal
	CSI FCF = 0x02 // called subscriber identification
	NSF FCF = 0x04 // non-standard facilities

	DTC FCF = 0x81 // digital transmit command
	CIG FCF = 0x82 // calling subscriber identification
	PWD FCF = 0x83 // password, for polling
	NSC FCF = 0x84 // non-standard facilities command
	SEP FCF = 0x85 // selective polling
	PSA FCF = 0x86 // polled subaddress
	CIA FCF = 0x87 // calling subscriber Internet address
	ISP FCF = 0x88 // Internet selective polling address

	DCS FCF = 0x41 // digital command signal
	TSI FCF = 0x42 // transmitting subscriber identification
	SUB FCF = 0x43 // subaddress
	NSS FCF = 0x44 // non-standard set-up
	SID FCF = 0x45 // sender identification
	TSA FCF = 0x46 // transmitting subscriber Internet address
	IRA FCF = 0x47 // Internet routing address
	CTC FCF = 0x48 // continue to correct

	CFR FCF = 0x21 // confirmation to receive
	FTT FCF = 0x22 // failure to train
	CTR FCF = 0x23 // response for continue to correct
	CSA FCF = 0x24 // called subscriber Internet address

	EOM    FCF = 0x71 // end of message
	MPS    FCF = 0x72 // multi-page signal
	EOR    FCF = 0x73 // end of retransmission
	EOP    FCF = 0x74 // end of procedure
	RR     FCF = 0x76 // receive ready
	EOS    FCF = 0x78 // end of selection
	PRIEOM FCF = 0x79 // procedure interrupt and EOM
	PRIMPS FCF = 0x7A // procedure interrupt and MPS
	PRIEOP FCF = 0x7C // procedure interrupt and EOP
	PPS    FCF = 0x7D // partial page signal

	MCF FCF = 0x31 // message confirmation
	RTN FCF = 0x32 // retrain negative
	RTP FCF = 0x33 // retrain positive
	PIN FCF = 0x34 // procedure interrupt negative
	PIP FCF = 0x35 // procedure interrupt positive
	RNR FCF = 0x37 // receive not ready
	ERR FCF = 0x38 // response for end of retransmission
	PPR FCF = 0x3D // partial page request
	FDM FCF = 0x3F // file diagnostics message

	FNV FCF = 0x53 // field not valid
	TR  FCF = 0x56 // transmit ready
	TNR FCF = 0x57 // transmit not ready
	CRP FCF = 0x58 // command repeat
	DCN FCF = 0x5F // disconnect

	FCD FCF = 0x60 // facsimile coded data (T.4 Annex A)
	RCP FCF = 0x61 // return to control for partial page (T.4 Annex A)

	NULL FCF = 0x00 // second field of PPS and EOR: more of the page follows
)

var fcfNames = map[FCF]string{
	DIS: "DIS", CSI: "CSI", NSF: "NSF", DTC: "DTC", CIG: "CIG", PWD: "PWD", NSC: "NSC", SEP: "SEP",
	PSA: "PSA", CIA: "CIA", ISP: "ISP", DCS: "DCS", TSI: "TSI", SUB: "SUB", NSS: "NSS", SID: "SID",
	TSA: "TSA", IRA: "IRA", CTC: "CTC", CFR: "CFR", FTT: "FTT", CTR: "CTR", CSA: "CSA", EOM: "EOM",
	MPS: "MPS", EOR: "EOR", EOP: "EOP", RR: "RR", EOS: "EOS", PRIEOM: "PRI-EOM", PRIMPS: "PRI-MPS",
	PRIEOP: "PRI-EOP", PPS: "PPS", MCF: "MCF", RTN: "RTN", RTP: "RTP", PIN: "PIN", PIP: "PIP",
	RNR: "RNR", ERR: "ERR", PPR: "PPR", FDM: "FDM", FNV: "FNV", TR: "TR", TNR: "TNR", CRP: "CRP",
	DCN: "DCN", FCD: "FCD", RCP: "RCP", NULL: "NULL",
}

func (c FCF) String() string {
	if name, ok := fcfNames[c]; ok {
		return name
	}
	return fmt.Sprintf("FCF(%#02x)", byte(c))
}

const (
	address         = 0xFF // T.30 5.3.4
	controlNotFinal = 0xC0 // T.30 5.3.5
	controlFinal    = 0xC8
	xBit            = 0x80

	maxFrame = 260 // an FCD frame of 256 octets; control frames are shorter
)

// Frame is an HDLC frame taken apart.
//
//	| address | control | FCF      | FIF ... |
//	| 11111111| 1100F000| X.......|          |   F: the final frame
type Frame struct {
	FCF   FCF
	X     bool
	Final bool
	FIF   []byte // what follows the FCF; part of the octets given to ParseFrame
}

// ParseFrame takes apart a frame from its address to its last octet before the
// FCS. The error says what is not as T.30 5.3 has it.
func ParseFrame(octets []byte) (Frame, error) {
	if len(octets) < 3 {
		return Frame{}, fmt.Errorf("frame of %d octets is too short", len(octets))
	}
	if octets[0] != address {
		return Frame{}, fmt.Errorf("frame has address %#02x, not 0xff", octets[0])
	}
	if octets[1]&^(controlFinal&^controlNotFinal) != controlNotFinal {
		return Frame{}, fmt.Errorf("frame has control %#02x, neither 0xc0 nor 0xc8", octets[1])
	}
	f := Frame{FCF: FCF(octets[2]), Final: octets[1] == controlFinal, FIF: octets[3:]}
	if hasX(f.FCF) {
		f.X = octets[2]&xBit != 0
		f.FCF &^= xBit
	}
	return f, nil
}

// hasX tells whether the first bit of the field is X. It is not in DIS, DTC and
// what goes with them: there it tells the one family from the other.
func hasX(c FCF) bool { return c&0x70 != 0 }

// Octets builds the frame.
func (f Frame) Octets() []byte {
	b := make([]byte, 3, 3+len(f.FIF))
	b[0], b[1], b[2] = address, controlNotFinal, byte(f.FCF)
	if f.Final {
		b[1] = controlFinal
	}
	if f.X && hasX(f.FCF) {
		b[2] |= xBit
	}
	return append(b, f.FIF...)
}

// postMessage is the second field of PPS and EOR, or a post-message command by
// itself, without X and with procedure interrupts taken as their plain forms:
// there is no operator here (T.30 5.3.6.1.6).
func postMessage(c FCF) FCF {
	switch c &^ xBit {
	case PRIEOM:
		return EOM
	case PRIMPS:
		return MPS
	case PRIEOP:
		return EOP
	}
	return c &^ xBit
}

// EndsPage reports whether a machine that has said f has sent all of a page: by a
// post-message command alone, or in ECM as the second field of PPS and EOR, where
// NULL says that more of the page follows (T.30 A.4.3).
func EndsPage(f Frame) bool {
	c := f.FCF
	if c == PPS || c == EOR {
		if len(f.FIF) == 0 {
			return false
		}
		c = FCF(f.FIF[0])
	}
	switch postMessage(c) {
	case MPS, EOM, EOP:
		return true
	}
	return false
}

// identityOctets is the length of the FIF of CSI, TSI, CIG, SUB, SEP, PWD, SID
// and PSA: 20 digits (T.30 5.3.6.2.4).
const identityOctets = 20

// encodeIdentity makes the FIF of an identification: the last digit first,
// each with its least significant bit first, filled up with spaces (T.30
// 5.3.6.2.4). What does not fit into 20 octets is cut off.
func encodeIdentity(s string) []byte {
	s = s[:min(len(s), identityOctets)]
	fif := make([]byte, identityOctets)
	for i := range fif {
		c := byte(' ')
		if j := len(s) - 1 - i; j >= 0 {
			c = s[j]
		}
		fif[i] = bits.Reverse8(c)
	}
	return fif
}

// decodeIdentity reads such an FIF. Real machines put letters and more into it;
// what is not printable becomes '?'.
func decodeIdentity(fif []byte) string {
	fif = fif[:min(len(fif), identityOctets)]
	var b strings.Builder
	for i := len(fif) - 1; i >= 0; i-- {
		c := bits.Reverse8(fif[i])
		switch {
		case c == 0:
			c = ' '
		case c < ' ' || c > '~':
			c = '?'
		}
		b.WriteByte(c)
	}
	return strings.TrimSpace(b.String())
}
