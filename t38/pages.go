package t38

import (
	"context"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Documents is what a fax call sends and where it puts what it receives. Either
// may be nil; with both the call may go on to receive after it has sent, or the
// other way round (T.30 polling and turnaround).
type Documents struct {
	Source PageSource
	Sink   PageSink
}

// PageSource is a document to send.
type PageSource interface {
	// Page gives page n, counted from 0, or nil when the document has no such
	// page.
	Page(ctx context.Context, n int) (*t4.Page, error)
	// Confirmed records durably that the peer has confirmed page n. The peer
	// hears nothing further before it returns.
	Confirmed(ctx context.Context, n int) error
}

// A Sequence is a PageSource of several documents that go in one call: each is
// closed as a call of its own would be (EOM in place of EOP), so that the receiver
// tells them apart.
type Sequence interface {
	PageSource
	// Begins says that page n is the first of another document.
	Begins(n int) bool
}

// PageSink keeps what is received.
type PageSink interface {
	// Commit stores a page durably. The peer is told that the page arrived
	// (MCF) only after Commit returned nil: this is what the durability promise
	// hangs on.
	Commit(ctx context.Context, page *t4.Page) error
}

// Paper is a document in memory, to be sent or to be received. It keeps no
// promise: what must not be lost, or sent twice, is noted where it outlives a power
// cut.
type Paper []*t4.Page

// Page implements PageSource.
func (p *Paper) Page(_ context.Context, n int) (*t4.Page, error) {
	if n < 0 || n >= len(*p) {
		return nil, nil
	}
	return (*p)[n], nil
}

// Confirmed implements PageSource.
func (p *Paper) Confirmed(context.Context, int) error { return nil }

// Commit implements PageSink.
func (p *Paper) Commit(_ context.Context, page *t4.Page) error {
	*p = append(*p, page)
	return nil
}
