package t30

import "github.com/pagebridge/pagebridge/t38/t4"

// Outcome is how a fax call went.
type Outcome struct {
	Success  bool
	Cause    Cause        // why it failed; CauseNone on success
	Pages    []PageResult // the pages that were confirmed, in order
	RemoteID string       // the peer's CSI, TSI or CIG
	Rate     int          // bit/s of the last page or TCF
	ECM      bool
	Coding   t4.Coding
	Retry    bool // whether another call may succeed
}

// PageResult is one confirmed page.
type PageResult struct {
	Rate          int // bit/s
	Coding        t4.Coding
	Rows          int
	BadRows       int // received damaged and concealed
	Retransmitted int // ECM frames sent or received again
}

// Cause is why a call failed.
type Cause uint8

const (
	CauseNone Cause = iota
)

// Sentence says in words for a person how the call went.
func (o Outcome) Sentence() string { return "" }
