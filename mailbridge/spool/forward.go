package spool

import (
	"context"
	"fmt"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// forward makes a job of a fax that came in whole and is to go on to a machine,
// in the transaction that ends its receipt. The pages are stored once more:
// each owner's live as long as they are needed.
func (s *Spool) forward(ctx context.Context, t tx, r *ReceivedRecord) error {
	if r.Forward == nil || !r.Complete {
		return nil
	}
	sub := mailbridge.Submission{
		Client: "fax " + r.ID + " from " + r.Caller, Received: s.now(),
		Recipients: []mailbridge.Recipient{{Address: r.Forward.Number, Notify: mailbridge.NotifyFailure, Destination: *r.Forward}},
	}
	if len(r.Mailboxes) > 0 {
		sub.ReturnPath = r.Mailboxes[0]
	}
	var err error
	if sub.ID, err = s.insertSubmission(ctx, t, sub); err != nil {
		return fmt.Errorf("forwarding %s: %w", r.ID, err)
	}
	if err := s.insertJob(ctx, t, &sub, 0); err != nil {
		return fmt.Errorf("forwarding %s: %w", r.ID, err)
	}
	pages, err := getPages(ctx, t, r.ID)
	if err != nil {
		return err
	}
	for n, p := range pages {
		if err := putPage(ctx, t, sub.ID, n, p); err != nil {
			return err
		}
	}
	s.opts.Logger.Info("a fax goes on to its machine", "job", r.ID, "submission", sub.ID, "number", r.Forward.Number, "pages", len(pages))
	return s.queueJobs(ctx, t, sub.ID, len(pages), "received as "+r.ID)
}
