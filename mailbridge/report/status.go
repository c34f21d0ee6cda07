package report

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// Action is what became of a mail for one recipient (RFC 3464 2.3.3).
type Action string

const (
	Failed    Action = "failed"
	Delayed   Action = "delayed"
	Delivered Action = "delivered"
	Relayed   Action = "relayed"
	Expanded  Action = "expanded"
)

// action: a fax that its machine confirmed is delivered. RFC 3464 2.3.3 would
// have "relayed" only where a gateway cannot know that.
func action(r *mailbridge.Report) Action {
	switch {
	case r.Delayed:
		return Delayed
	case r.Outcome.Delivered:
		return Delivered
	}
	return Failed
}

// deliveryStatus writes the fields of message/delivery-status: those of the
// message (RFC 3464 2.2), an empty line, those of the recipient (2.3).
func deliveryStatus(r *mailbridge.Report, o Options) []byte {
	var w imf.Writer
	if id := r.Submission.EnvelopeID; id != "" {
		w.Field("Original-Envelope-Id", id)
	}
	w.Field("Reporting-MTA", "dns; "+o.Hostname)
	if name := r.Submission.Client; name != "" {
		w.Field("Received-From-MTA", "x-client; "+name)
	}
	if !r.Submission.Received.IsZero() {
		w.Date("Arrival-Date", r.Submission.Received)
	}
	w.End()

	if a := r.Job.Recipient.OriginalRcpt; a != "" {
		w.Field("Original-Recipient", addressType(a))
	}
	w.Field("Final-Recipient", addressType("rfc822;"+r.Job.Recipient.Address))
	w.Field("Action", string(action(r)))
	w.Field("Status", string(statusOf(r)))
	if id := r.Outcome.RemoteID; id != "" {
		w.Field("Remote-MTA", "x-fax; "+id)
	}
	w.Field("Diagnostic-Code", "x-fax; "+diagnosis(r.Outcome))
	if at := lastAttempt(r); at != nil {
		w.Date("Last-Attempt-Date", at.Started)
	}
	if r.Delayed && !r.Until.IsZero() { // only a delayed report has it (RFC 3464 2.3.9)
		w.Date("Will-Retry-Until", r.Until)
	}
	faxFields(&w, r)
	return w.Bytes()
}

// faxFields says what a fax has and a mail has not (RFC 3464 2.4: names that
// begin with X- will never be a standard's).
func faxFields(w *imf.Writer, r *mailbridge.Report) {
	w.Field("X-Fax-Job", r.Job.ID)
	if n := r.Job.Recipient.Destination.Number; n != "" {
		w.Field("X-Fax-Number", n)
	}
	w.Field("X-Fax-Pages", strconv.Itoa(r.Outcome.Pages)+" of "+strconv.Itoa(r.Job.Pages))
	if n := max(len(r.Attempts), r.Job.Attempts); n > 0 {
		w.Field("X-Fax-Attempts", strconv.Itoa(n))
	}
	if r.Outcome.Rate > 0 {
		w.Field("X-Fax-Rate", strconv.Itoa(r.Outcome.Rate))
	}
	if r.Outcome.Duration > 0 {
		w.Field("X-Fax-Duration", strconv.Itoa(int(r.Outcome.Duration.Seconds()+0.5)))
	}
}

// addressType writes "type; address" from "type;address".
func addressType(s string) string {
	t, a, ok := strings.Cut(s, ";")
	if !ok {
		t, a = "rfc822", s
	}
	return strings.TrimSpace(t) + "; " + strings.TrimSpace(a)
}

// statusOf makes sure that class and action agree (RFC 3464 2.3.4): a failure
// that is final has class 4 only if it was retries that ended it.
// One that is only delayed is a persistent transient failure: class 4 (RFC 3463 2).
func statusOf(r *mailbridge.Report) mailbridge.Status {
	o := r.Outcome
	switch {
	case r.Delayed && strings.HasPrefix(string(o.Status), "4."):
		return o.Status
	case r.Delayed:
		return mailbridge.S4_4_7Expired
	case o.Delivered:
		return mailbridge.S2_0_0Delivered
	}
	if s := string(o.Status); strings.HasPrefix(s, "4.") || strings.HasPrefix(s, "5.") {
		return o.Status
	}
	return "5.0.0"
}

func diagnosis(o mailbridge.Outcome) string {
	if o.Delivered {
		return cmp.Or(o.Sentence, "confirmed by the receiving machine (MCF)")
	}
	text := cmp.Or(o.Cause, "failed")
	if o.Sentence != "" {
		text += " (" + o.Sentence + ")"
	}
	return text
}

func lastAttempt(r *mailbridge.Report) *mailbridge.Attempt {
	if len(r.Attempts) == 0 {
		return nil
	}
	return &r.Attempts[len(r.Attempts)-1]
}
