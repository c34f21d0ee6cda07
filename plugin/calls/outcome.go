package calls

import (
	"context"
	"errors"
	"fmt"

	"github.com/pagebridge/pagebridge/mailbridge"
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

// refusals says what the final answer to our INVITE means for a fax: the
// enhanced status (RFC 3463), a word for the retry schedule, and whether to
// call again. What is not in it: 4xx and 6xx are final, 5xx are not.
var refusals = map[int]struct {
	status   mailbridge.Status
	cause    string
	retry    bool
	sentence string
}{
	403: {mailbridge.S5_7_1Refused, "refused", false, "the telephone network refuses calls to this number"},
	404: {mailbridge.S5_1_1NoSuchNumber, "no-such-number", false, "there is no such number"},
	408: {mailbridge.S4_4_1NoAnswer, "unreachable", true, "the telephone network did not answer in time"},
	410: {mailbridge.S5_1_1NoSuchNumber, "no-such-number", false, "the number is no longer in service"},
	480: {mailbridge.S4_4_1NoAnswer, "no-answer", true, "nobody answered the call"},
	484: {mailbridge.S5_1_1NoSuchNumber, "no-such-number", false, "the number is incomplete"},
	486: {mailbridge.S4_4_1NoAnswer, "busy", true, "the line was busy"},
	487: {mailbridge.S4_4_1NoAnswer, "no-answer", true, "nobody answered the call"},
	415: {mailbridge.S4_4_2BadConnect, causeNoFax, true, "the other side accepts no fax or audio call"},
	488: {mailbridge.S4_4_2BadConnect, causeNoFax, true, "the other side accepts no fax or audio call"},
	503: {mailbridge.S4_4_2BadConnect, "unreachable", true, "the telephone network could not be reached or is congested"},
	600: {mailbridge.S4_4_1NoAnswer, "busy", true, "the line was busy"},
	603: {mailbridge.S4_4_1NoAnswer, "declined", true, "the other side declined the call"},
	604: {mailbridge.S5_1_1NoSuchNumber, "no-such-number", false, "there is no such number"},
	606: {mailbridge.S4_4_2BadConnect, causeNoFax, true, "the other side accepts no fax or audio call"},
}

// refusedOutcome is a call of ours that was not answered.
func refusedOutcome(status int, reason string) mailbridge.Outcome {
	r, ok := refusals[status]
	if !ok {
		r = refusals[503]
		r.sentence, r.retry = "the call failed", status >= 500 && status < 600
		if !r.retry {
			r.status = mailbridge.S5_7_1Refused
		}
		r.cause = "refused"
	}
	return mailbridge.Outcome{
		Status: r.status, Cause: r.cause, Retry: r.retry,
		Sentence: fmt.Sprintf("%s (%d %s)", r.sentence, status, reason),
	}
}

// brokenOutcome is a call that ended before a fax ran.
func brokenOutcome(why error) mailbridge.Outcome {
	o := mailbridge.Outcome{Status: mailbridge.S4_4_2BadConnect, Cause: "call-broken", Retry: true, Sentence: why.Error()}
	var ended *peerEnded
	var failed *negotiationFailed
	switch {
	case errors.As(why, &ended) && !ended.answered:
		o.Status, o.Cause = mailbridge.S4_4_1NoAnswer, "no-answer"
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
	}
	for _, p := range t.Pages {
		o.BadRows += p.BadRows
	}
	if t.Success {
		return o
	}
	o.Status, o.Cause, o.Retry = mailbridge.S4_4_2BadConnect, t.Cause.String(), t.Retry
	if err != nil {
		o.Sentence += ": " + err.Error()
		if errors.Is(err, errHostGone) || errors.Is(err, errDraining) {
			o.Cause, o.Retry = "interrupted", true
		}
	}
	if !o.Retry {
		o.Status = mailbridge.S5_6_3Conversion
	}
	return o
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
