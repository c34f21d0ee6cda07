package t30

import (
	"fmt"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Outcome is how a fax call went.
type Outcome struct {
	Success  bool
	Cause    Cause        // why it failed; CauseNone on success
	During   string       // what the terminal was doing when it failed, in its own words
	Pages    []PageResult // the pages that were confirmed, in order
	RemoteID string       // the peer's CSI, TSI or CIG
	Told     Addresses    // what else the peer's frames said
	Rate     int          // bit/s of the last page or TCF
	ECM      bool
	Coding   t4.Coding
	Retry    bool // whether another call may succeed

	// Unanswered: it failed while the confirmation of a page that was sent was due. The
	// receiver may have it.
	Unanswered bool

	// Cut is what had arrived of the page in which a call broke; nil: nothing. Nobody
	// told the peer that it came.
	Cut *t4.Page

	Answered      bool // the peer has shown itself to be a fax machine
	InternetAware bool // both ends are: pages need no pacing

	complete bool
}

// PageResult is one confirmed page.
type PageResult struct {
	N             int  // number among those sent, or received, counted from 0
	Rate          int  // bit/s
	Received      bool // by this terminal; false: sent by it
	Coding        t4.Coding
	Rows          int
	BadRows       int // received damaged and concealed
	Retransmitted int // ECM frames sent or received again
}

// noteSelection keeps what was agreed on last.
func (e *Engine) noteSelection() {
	o, s := &e.outcome, e.sel
	o.Rate, o.ECM, o.Coding = s.Modulation.Rate(), s.ECM, s.Coding
	o.InternetAware = s.InternetAware && e.cfg.InternetAware
}

// Cause is why a call failed.
type Cause uint8

const (
	CauseNone            Cause = iota
	CauseNoDIS                 // no fax machine identified itself within T1
	CauseNoCommand             // the calling fax machine sent no command within T1
	CauseSilence               // the peer fell silent while its page or command was due
	CauseDCN                   // the peer ended the call with DCN before its time
	CauseCallEnded             // the call ended without DCN
	CauseNoAnswerToDCS         // DCS and TCF had no answer three times
	CauseTraining              // no rate passed the training check
	CauseNoConfirmation        // a page was sent, its post-message command had no answer three times
	CauseInvalidAnswer         // the peer answered with a frame that is no answer
	CausePageRejected          // the receiver found a page too damaged
	CauseRetransmissions       // error correction gave up
	CauseReceiverBusy          // the receiver was not ready for T5, 60 s
	CauseTransmitterBusy       // the transmitter was not ready for T5, 60 s
	CauseFieldNotValid         // the peer did not take an address or a password (FNV)
	CauseCannotReceive         // the called machine does not receive documents
	CauseNotReceiving          // this terminal was to receive, which it may not
	CauseNothingToPoll         // there was no document to be polled
	CausePassword              // the password for polling was wrong
	CauseIncompatible          // the two have no modem in common
	CauseNoDocument            // there was no page to send
	CauseUnusablePage          // a page could not be coded or decoded at all
	CauseTooLong               // a page was larger or took longer than the limit
	CauseStore                 // this side could not read or store a page in time
	numCauses
)

// causes says of each cause what to tell a person and whether calling again may
// help.
var causes = [numCauses]struct {
	name, sentence string
	retry          bool
}{
	CauseNone:            {"none", "The fax went through.", false},
	CauseNoDIS:           {"no-dis", "No fax machine answered: there was no fax signal within 35 seconds.", true},
	CauseNoCommand:       {"no-command", "The calling fax machine did not begin: it sent no command.", true},
	CauseSilence:         {"silence", "The other fax machine fell silent.", true},
	CauseDCN:             {"dcn", "The other fax machine broke off the fax.", true},
	CauseCallEnded:       {"call-ended", "The call was cut off during the fax.", true},
	CauseNoAnswerToDCS:   {"no-answer-to-dcs", "The other fax machine did not answer when the transmission was set up.", true},
	CauseTraining:        {"training", "The line was too poor: no transmission rate worked.", true},
	CauseNoConfirmation:  {"no-confirmation", "The other fax machine did not say whether it got the page.", true},
	CauseInvalidAnswer:   {"invalid-answer", "The other fax machine answered with a signal that makes no sense.", true},
	CausePageRejected:    {"page-rejected", "The other fax machine could not read the page.", true},
	CauseRetransmissions: {"retransmissions", "The line was too poor: too many parts of the page had to be repeated.", true},
	CauseReceiverBusy:    {"receiver-busy", "The other fax machine was not ready for the next page for a minute.", true},
	CauseTransmitterBusy: {"transmitter-busy", "The other fax machine was not ready to send its page for a minute.", true},
	CauseFieldNotValid:   {"field-not-valid", "The other fax machine did not accept the subaddress, the sender's number or the password.", false},
	CauseCannotReceive:   {"cannot-receive", "The other machine does not receive faxes.", false},
	CauseNotReceiving:    {"not-receiving", "The caller wanted to send a fax, but none may be received here.", false},
	CauseNothingToPoll:   {"nothing-to-poll", "There was no document to be fetched.", false},
	CausePassword:        {"password", "The password for fetching the document was wrong.", false},
	CauseIncompatible:    {"incompatible", "The two fax machines have no transmission mode in common.", false},
	CauseNoDocument:      {"no-document", "There was no page to send.", false},
	CauseUnusablePage:    {"unusable-page", "A page could not be read.", false},
	CauseTooLong:         {"too-long", "A page was longer than the limit.", false},
	CauseStore:           {"store", "A page could not be read from or written to the store in time.", true},
}

// Causes lists every cause of failure.
func Causes() []Cause {
	cs := make([]Cause, 0, numCauses-1)
	for c := CauseNone + 1; c < numCauses; c++ {
		cs = append(cs, c)
	}
	return cs
}

// String is a short name for logs, such as "no-dis".
func (c Cause) String() string {
	if c >= numCauses {
		return fmt.Sprintf("Cause(%d)", uint8(c))
	}
	return causes[c].name
}

// Sentence says the cause in words for a person.
func (c Cause) Sentence() string {
	if c >= numCauses {
		return "The fax failed."
	}
	return causes[c].sentence
}

// Retry tells whether another call may succeed.
func (c Cause) Retry() bool { return c < numCauses && causes[c].retry }

// Sentence says in words for a person how the call went.
func (o Outcome) Sentence() string {
	pages := fmt.Sprintf("%d pages were", len(o.Pages))
	switch len(o.Pages) {
	case 0:
		pages = "no page was"
	case 1:
		pages = "1 page was"
	}
	if o.Success {
		return fmt.Sprintf("The fax went through: %s confirmed.", pages)
	}
	if o.Cause == CauseNone {
		return fmt.Sprintf("The fax is under way: %s confirmed so far.", pages)
	}
	return fmt.Sprintf("%s Until then %s confirmed.", o.Cause.Sentence(), pages)
}
