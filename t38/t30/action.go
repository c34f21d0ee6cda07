package t30

import (
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// An Action is something that the driver must do. Actions are carried out in
// the order in which they come. At most one Transmit action is under way:
// after each the engine waits for TransmitDone; a further Transmit before that
// replaces what is being sent (it cuts a CNG short). Octets are in transmission
// order, the first bit on the line in the most significant bit.
type Action interface{ action() }

// TransmitTone sends silence for Pause and then CNG or CED for Duration.
type TransmitTone struct {
	Tone     Tone
	Pause    time.Duration
	Duration time.Duration
}

// TransmitFrames sends HDLC frames by V.21: silence for Pause, the preamble
// (T.30 5.3.1), the frames (address to last octet before the FCS, which the
// driver adds) and the closing flags.
type TransmitFrames struct {
	Pause  time.Duration
	Frames [][]byte
}

// TransmitTCF sends the training of a fast modem and the training check: that
// many octets of zeros.
type TransmitTCF struct {
	Pause      time.Duration
	Modulation Modulation
	Octets     int
}

// TransmitImage sends the training and then coded rows, outside HDLC.
type TransmitImage struct {
	Pause         time.Duration
	Modulation    Modulation
	ShortTraining bool
	Octets        []byte
}

// TransmitPartialPage sends the training and then an ECM partial page: FCD and
// RCP frames in HDLC at the fast modem (T.4 Annex A).
type TransmitPartialPage struct {
	Pause         time.Duration
	Modulation    Modulation
	ShortTraining bool
	Frames        [][]byte
}

// TransmitNothing stops whatever is being sent. No TransmitDone follows.
type TransmitNothing struct{}

// Listen says what may come now. V.21 is listened for at all times; Fast, when
// it is not zero, names the modem to train beside it and Content what it
// brings. A driver that is told by the line what comes (T.38) may ignore it.
type Listen struct {
	Fast          Modulation // zero: V.21 only
	Content       Content
	ShortTraining bool // for V.17 only
}

// FetchPage asks for page N of the document to send, counted from 0; the
// driver answers with PageReady or PageUnavailable.
type FetchPage struct{ N int }

// ConfirmPage says that the peer has confirmed page N; it is recorded before
// the driver carries out any further action.
type ConfirmPage struct{ N int }

// CommitPage asks to store a received page durably; the driver answers with
// PageCommitted or PageUnavailable. Only then is the page confirmed.
type CommitPage struct{ Page *t4.Page }

// Disconnect ends the call. It is the last action; Engine.Outcome is complete.
type Disconnect struct{}

func (TransmitTone) action()        {}
func (TransmitFrames) action()      {}
func (TransmitTCF) action()         {}
func (TransmitImage) action()       {}
func (TransmitPartialPage) action() {}
func (TransmitNothing) action()     {}
func (Listen) action()              {}
func (FetchPage) action()           {}
func (ConfirmPage) action()         {}
func (CommitPage) action()          {}
func (Disconnect) action()          {}

// Tone is one of the two tones of phase A.
type Tone uint8

const (
	CNG Tone = iota // 1100 Hz, 0.5 s on, 3 s off (T.30 4.3.3.5)
	CED             // 2100 Hz, 2.6 to 4 s (T.30 4.3.3.2)
)

// Content is what a fast carrier brings.
type Content uint8

const (
	ContentTCF   Content = iota // zeros, for the training check
	ContentImage                // rows, outside HDLC
	ContentECM                  // FCD and RCP frames
)

// Modulation is a modem and its data signalling rate.
type Modulation uint8

const (
	NoModulation Modulation = iota
	V21                     // 300 bit/s, channel 2
	V27ter2400
	V27ter4800
	V29_7200
	V29_9600
	V17_7200
	V17_9600
	V17_12000
	V17_14400
)

var modulations = [...]struct {
	name string
	rate int
}{
	NoModulation: {"none", 0},
	V21:          {"V.21", 300},
	V27ter2400:   {"V.27ter 2400", 2400},
	V27ter4800:   {"V.27ter 4800", 4800},
	V29_7200:     {"V.29 7200", 7200},
	V29_9600:     {"V.29 9600", 9600},
	V17_7200:     {"V.17 7200", 7200},
	V17_9600:     {"V.17 9600", 9600},
	V17_12000:    {"V.17 12000", 12000},
	V17_14400:    {"V.17 14400", 14400},
}

func (m Modulation) String() string {
	if int(m) >= len(modulations) {
		return "unknown modulation"
	}
	return modulations[m].name
}

// Rate is the data signalling rate in bit/s.
func (m Modulation) Rate() int {
	if int(m) >= len(modulations) {
		return 0
	}
	return modulations[m].rate
}
