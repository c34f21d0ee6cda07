package calls

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/cause"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// errDraining refuses calls while the plugin is being stopped.
var errDraining = errors.New("the fax service is being stopped")

// peerEnded is the end of a call by the other side or by the network.
type peerEnded struct {
	reason   string
	q850     int
	answered bool
}

func (e *peerEnded) Error() string {
	if e.answered {
		return "the other side hung up before the fax had begun"
	}
	return "the call ended before it was answered (" + e.reason + ")"
}

// negotiationFailed is a call that answered but will not carry a fax.
type negotiationFailed struct {
	status   int
	sentence string
}

func (e *negotiationFailed) Error() string { return e.sentence }

// causeNoFax: the other side carries no fax in any way that we offered.
const causeNoFax = "no-fax"

// refusedOutcome is a call of ours that was not answered. What the answer and the
// cause of its Reason header mean stands in sip/cause.
func refusedOutcome(status int, reason string, headers []*faxv1.Header) mailbridge.Outcome {
	o := outcomeOf(cause.Of(status, q850(headers)))
	o.Sentence = fmt.Sprintf("%s (%d %s)", o.Sentence, status, reason)
	return o
}

func outcomeOf(m cause.Meaning) mailbridge.Outcome {
	return mailbridge.Outcome{Status: mailbridge.Status(m.Enhanced), Cause: m.Word, Retry: m.Retry, Sentence: m.Sentence}
}

// q850 gives the cause that the Reason headers of an answer have, 0 for none.
func q850(headers []*faxv1.Header) int {
	for _, h := range headers {
		if n := cause.Parse(h.Value); n != 0 && strings.EqualFold(h.Name, "Reason") {
			return n
		}
	}
	return 0
}

// brokenOutcome is a call that ended before a fax ran.
func brokenOutcome(why error) mailbridge.Outcome {
	o := mailbridge.Outcome{Status: mailbridge.S4_4_2BadConnect, Cause: "call-broken", Retry: true, Sentence: why.Error()}
	var ended *peerEnded
	var failed *negotiationFailed
	switch {
	case errors.As(why, &ended) && !ended.answered:
		o = outcomeOf(cause.Of(0, ended.q850))
		o.Sentence += " (" + why.Error() + ")"
	case errors.As(why, &failed):
		o.Cause = causeNoFax
	case errors.Is(why, errHostGone), errors.Is(why, errDraining), errors.Is(why, context.Canceled):
		o.Status, o.Cause = mailbridge.S4_3_0System, "interrupted"
	}
	return o
}

// ownFault is a call that failed for a want of this side.
func ownFault(err error) mailbridge.Outcome {
	return mailbridge.Outcome{Status: mailbridge.S4_3_0System, Cause: "system", Retry: true, Sentence: err.Error()}
}

func noTrunk(name string) mailbridge.Outcome {
	sentence := "no trunk is configured"
	if name != "" {
		sentence = fmt.Sprintf("there is no trunk %q", name)
	}
	return mailbridge.Outcome{Status: mailbridge.S5_4_4NoRoute, Cause: "no-route", Sentence: sentence}
}

// faxOutcome puts the end of a fax into the words of mail.
func faxOutcome(t t30.Outcome, err error) mailbridge.Outcome {
	o := mailbridge.Outcome{
		Delivered: t.Success, Status: mailbridge.S2_0_0Delivered, Sentence: t.Sentence(),
		Pages: len(t.Pages), RemoteID: t.RemoteID, Rate: t.Rate, ECM: t.ECM, Coding: t.Coding.String(),
		Subaddress: t.Told.SUB,
	}
	for _, p := range t.Pages {
		o.BadRows += p.BadRows
	}
	if t.Success {
		return o
	}
	o.Status, o.Cause, o.Retry = mailbridge.S4_4_2BadConnect, t.Cause.String(), t.Retry
	o.Unsure = t.Unanswered
	if err != nil {
		o.Sentence += ": " + err.Error()
		if errors.Is(err, errHostGone) || errors.Is(err, errDraining) {
			o.Cause, o.Retry = "interrupted", true
		}
	}
	switch special, ok := faxStatus[t.Cause]; {
	case ok && o.Retry == t.Cause.Retry():
		o.Status = special
	case !o.Retry:
		o.Status = mailbridge.S5_6_3Conversion
	}
	return o
}

// faxStatus are the statuses of causes that are neither a bad line (4.4.2) nor an
// unusable document (5.6.3), after the meanings in RFC 3463 3.
var faxStatus = map[t30.Cause]mailbridge.Status{
	t30.CauseNoDIS:         mailbridge.S4_4_1NoAnswer,
	t30.CauseReceiverBusy:  "4.3.2", // system not accepting messages: out of paper, memory full
	t30.CauseStore:         mailbridge.S4_3_0System,
	t30.CauseCannotReceive: "5.3.3", // system not capable of selected features
	t30.CauseIncompatible:  "5.3.3",
	t30.CauseFieldNotValid: mailbridge.S5_1_1NoSuchNumber, // the sub-address is part of the address
	t30.CauseTooLong:       "5.2.3",                       // message length exceeds limit
	t30.CausePassword:      "5.7.0",
}

// hangUpStatus is the final answer to a caller whose INVITE is still
// unanswered.
func hangUpStatus(o mailbridge.Outcome) int {
	switch o.Cause {
	case "system", "interrupted":
		return 503
	case causeNoFax:
		return 488
	}
	return 480
}
