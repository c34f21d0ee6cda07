package faxdetect

// Signal is what was heard.
type Signal uint8

const (
	Nothing Signal = iota
	CNG            // a calling fax machine's tone (T.30)
	CED            // a called one's tone (T.30), or the plain answer tone of V.25
	Answer         // an answer tone with reversals (V.25) or modulation (V.8)
	V21            // the preamble of a fax machine's commands (T.30)
)

func (s Signal) String() string {
	return [...]string{"nothing", "CNG", "CED", "the answer tone of a modem", "the V.21 preamble"}[min(s, V21)]
}

// Fax tells whether it is a fax machine's without more.
func (s Signal) Fax() bool { return s == CNG || s == CED || s == V21 }

// signals are the telephone events of fax machines and modems (RFC 4734).
var signals = map[byte]Signal{
	32: CED, 33: Answer, 34: Answer, 35: Answer, // ANS, /ANS, ANSam, /ANSam
	36: CNG,
	54: V21, // the flags of its preamble
}
