package spool

import (
	"fmt"
	"strings"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// after gives the n-th pause, n from 1; the last one repeats.
func after(delays []time.Duration, n int) time.Duration {
	if len(delays) == 0 {
		return 0
	}
	return delays[min(max(n, 1), len(delays))-1]
}

// decide says what follows from how an attempt ended: the time of the next
// call, or the zero time when there is none and the outcome given back is
// final. j counts the attempt.
func (r *Retry) decide(j *jobRow, o mailbridge.Outcome, now time.Time) (time.Time, mailbridge.Outcome) {
	if o.Delivered || !o.Retry {
		return time.Time{}, o
	}
	counted := j.Attempts - j.interrupted
	n := counted
	if o.Cause == CauseInterrupted {
		n = j.interrupted
	}
	delays, ok := r.Delays[o.Cause]
	if !ok {
		delays = r.Delays[""]
	}
	next := now.Add(after(delays, n))
	switch {
	case counted >= r.attemptsOf(j):
		return time.Time{}, givenUp(o, fmt.Sprintf("after %s", calls(j.Attempts)))
	case j.interrupted >= maxInterrupted:
		return time.Time{}, givenUp(o, fmt.Sprintf("after %d calls that this system itself broke off", j.interrupted))
	case next.After(j.age().Add(r.MaxAge)):
		return time.Time{}, givenUp(o, fmt.Sprintf("after %s in %s", calls(j.Attempts), now.Sub(j.Created).Round(time.Minute)))
	}
	return next, o
}

// attemptsOf is how many calls of a job are made: its sender may want fewer than the
// configuration allows.
func (r *Retry) attemptsOf(j *jobRow) int {
	if n := j.Recipient.Wishes.Calls; n > 0 {
		return min(n, r.MaxAttempts)
	}
	return r.MaxAttempts
}

// givenUp makes the last of several outcomes final: the cause remains the last
// attempt's own.
func givenUp(o mailbridge.Outcome, why string) mailbridge.Outcome {
	o.Retry = false
	o.Status = mailbridge.S4_4_7Expired
	if o.Sentence == "" {
		o.Sentence = "the fax could not be sent"
	}
	o.Sentence = strings.TrimSuffix(o.Sentence, ".") + "; given up " + why
	return o
}

func calls(n int) string {
	if n == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}

// interrupted is the outcome of an attempt that ended with this process.
func interrupted(confirmed int) mailbridge.Outcome {
	return mailbridge.Outcome{
		Status:   mailbridge.S4_3_0System,
		Sentence: "the call was cut off because this system stopped",
		Cause:    CauseInterrupted,
		Retry:    true,
		Unsure:   true,
		Pages:    confirmed,
	}
}

// allConfirmed corrects the outcome of an attempt in which the peer confirmed
// every page: the fax is there, however the call ended. Sending it again is
// what nobody wants.
func allConfirmed(o mailbridge.Outcome, confirmed, pages int) mailbridge.Outcome {
	o.Pages = max(o.Pages, confirmed)
	if !o.Delivered && pages > 0 && confirmed >= pages {
		o.Delivered, o.Retry, o.Cause = true, false, ""
		o.Status = mailbridge.S2_0_0Delivered
		o.Sentence = "every page was confirmed, though the call broke off after the last one"
	}
	return o
}

// next says when mail that failed for now is tried again, or gives the zero
// time when it is given up. tries counts the one that failed.
func (r *MailRetry) next(created time.Time, tries int, now time.Time) time.Time {
	next := now.Add(after(r.Delays, tries))
	if next.After(created.Add(r.MaxAge)) {
		return time.Time{}
	}
	return next
}
