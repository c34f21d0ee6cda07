package process

import (
	"context"
	"errors"

	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/report"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

// replies brings what comes back about our mail into the history.
type replies struct{ spool *spool.Spool }

// Known implements offramp.Replies.
func (r replies) Known(ctx context.Context, key string) error {
	err := r.spool.KnowsReplyKey(ctx, key)
	if errors.Is(err, spool.ErrNotFound) {
		return offramp.ErrNoSuchMail
	}
	return err
}

// Take implements offramp.Replies.
func (r replies) Take(ctx context.Context, key, returnPath string, message []byte) error {
	list, err := report.Replies(message, returnPath)
	if errors.Is(err, report.ErrNoReply) {
		return offramp.ErrNotReply
	}
	if err != nil {
		return err
	}
	return r.spool.Reply(ctx, key, list)
}
