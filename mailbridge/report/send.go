package report

import (
	"context"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/relay"
)

// Relay takes mail to its recipients; *relay.Relay is one.
type Relay interface {
	Send(ctx context.Context, e relay.Envelope, message []byte) error
}

// Notify composes a report and sends it from the null path to who sent the
// mail. The relay is told that nobody wants to hear of the report's own fate.
func Notify(ctx context.Context, r *mailbridge.Report, to Relay, o Options) error {
	message, err := Compose(r, o)
	if err != nil {
		return &mailbridge.PermanentError{Status: "5.1.7", Err: err}
	}
	return to.Send(ctx, relay.Envelope{To: []string{r.Submission.ReturnPath}, Notify: mailbridge.NotifyNever}, message)
}
