package killtest

import (
	"sync"
	"time"
)

// ledger is what the people outside know.
type ledger struct {
	mu    sync.Mutex
	mails map[int]*mailOut
	faxes map[int]*faxIn
	kills []time.Time
	next  int
}

// mailOut is a mail that was handed in, or tried to be.
type mailOut struct {
	sender   string
	pages    int  // of the fax
	jobs     int  // recipients
	fails    bool // it cannot become a fax
	accepted bool // 250 was said
	refused  bool // 4xx or 5xx was said
	copies   []time.Time
}

// faxIn is a fax that was sent to the office.
type faxIn struct {
	pages     int
	confirmed int // as the sender saw it
	delivered bool
}

func newLedger() ledger {
	return ledger{mails: map[int]*mailOut{}, faxes: map[int]*faxIn{}}
}

// newID numbers mails and faxes from 1.
func (l *ledger) newID() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	return l.next
}

// killedAfter says whether something was killed so soon after at that whoever was
// told something then may have had no time to write it down.
func (l *ledger) killedAfter(at time.Time, soon time.Duration) bool {
	for _, k := range l.kills {
		if k.After(at) && k.Before(at.Add(soon)) {
			return true
		}
	}
	return false
}
