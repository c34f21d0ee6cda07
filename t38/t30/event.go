package t30

import "github.com/pagebridge/pagebridge/t38/t4"

// An Event is something that happened to the terminal: on the line, in the
// store of pages, or to the call. Octets are in transmission order, the first
// bit on the line in the most significant bit.
type Event interface{ event() }

// ToneHeard reports the peer's CNG or CED.
type ToneHeard struct{ Tone Tone }

// CarrierUp reports that the peer has begun to transmit: for V21 its preamble
// of flags, for the fast modems a training sequence that succeeded.
type CarrierUp struct{ Modulation Modulation }

// TrainingFailed reports a fast carrier whose training was not understood.
// CarrierDown follows when it ends.
type TrainingFailed struct{ Modulation Modulation }

// CarrierDown reports that the peer's signal has ended.
type CarrierDown struct{}

// FrameReceived is one HDLC frame, from the address octet to the last octet
// before the FCS, received at the modulation of the last CarrierUp. FCSOK says
// whether its check sequence was right; a frame with a bad one may be cut.
// Octets is valid only during the call of Handle.
type FrameReceived struct {
	Octets []byte
	FCSOK  bool
}

// DataReceived is a piece of what a fast carrier brings outside HDLC: TCF or
// the rows of a page. Octets is valid only during the call of Handle.
type DataReceived struct{ Octets []byte }

// DataLost reports octets of TCF or of a page that are known to be missing at
// this point of the data (packets that no redundancy repaired).
type DataLost struct {
	Octets int // that are missing, 0 where that is not known
}

// TransmitDone reports that the last Transmit action has left this terminal
// completely.
type TransmitDone struct{}

// PageReady answers FetchPage: the page, or nil when the document has no such
// page. NewDocument says that the page begins another document of the same call:
// the one before is closed with EOM, as a call of its own would be with EOP.
type PageReady struct {
	Page        *t4.Page
	NewDocument bool
}

// PageUnavailable answers FetchPage or CommitPage when the store failed.
type PageUnavailable struct{ Err error }

// PageCommitted answers CommitPage: the page is stored durably, so that it may
// be confirmed to the peer (MCF).
type PageCommitted struct{}

// CallEnded reports that the call is gone: the peer hung up, or this side was
// told to stop. Nothing can be transmitted any more.
type CallEnded struct{}

func (ToneHeard) event()       {}
func (CarrierUp) event()       {}
func (TrainingFailed) event()  {}
func (CarrierDown) event()     {}
func (FrameReceived) event()   {}
func (DataReceived) event()    {}
func (DataLost) event()        {}
func (TransmitDone) event()    {}
func (PageReady) event()       {}
func (PageUnavailable) event() {}
func (PageCommitted) event()   {}
func (CallEnded) event()       {}
