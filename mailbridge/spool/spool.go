package spool

import (
	"context"
	"errors"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Spool is the durable queue with its documents and history. All methods may
// be called at the same time.
type Spool struct{}

var errTODO = errors.New("spool: not built yet")

// Open opens the spool, makes or migrates its tables, and takes up what the
// process that had it before left unfinished. It fails with a sentence for the
// administrator if the path cannot be written or another process has it.
func Open(ctx context.Context, o Options) (*Spool, error) { return nil, errTODO }

// Start begins to work: jobs that are due run at once. Accept and Receive work
// before Start too.
func (s *Spool) Start(ctx context.Context, w mailbridge.Work) error { return errTODO }

// Stop begins no more jobs and waits for those under way; when ctx ends first
// their contexts are cancelled: calls hang up and are made again after the
// next Start. It may be called more than once.
func (s *Spool) Stop(ctx context.Context) error { return errTODO }

// Close stops the work, if Stop has not, and closes the database.
func (s *Spool) Close() error { return errTODO }

// Accept stores a submission and a job for each of its recipients. When it
// returns without an error all of it is on disk: only now may SMTP say 250.
// s.ID is ignored; the id given to it is returned.
func (s *Spool) Accept(ctx context.Context, sub mailbridge.Submission) (id string, err error) {
	return "", errTODO
}

// Receive opens a receipt for a fax that is about to come in. r.ID is ignored.
func (s *Spool) Receive(ctx context.Context, r mailbridge.Received) (*Receipt, error) {
	return nil, errTODO
}

// Receipt is one fax on its way in. If the process dies before Finish, what
// was committed is delivered as an incomplete fax by the next Open.
type Receipt struct{}

// ID is the short id for people and logs.
func (r *Receipt) ID() string { return "" }

// Commit stores the next page. When it returns without an error the page is
// on disk: only now may MCF be sent.
func (r *Receipt) Commit(ctx context.Context, p *t4.Page) error { return errTODO }

// Finish ends the receipt and queues one delivery for each mailbox, in one
// transaction. From f it takes what was not known at first: RemoteID, Ended,
// BadRows, Complete, Outcome, and Mailboxes if there are any. A fax without
// pages only makes history. A second Finish does nothing.
func (r *Receipt) Finish(ctx context.Context, f mailbridge.Received) error { return errTODO }
