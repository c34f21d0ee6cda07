package t38

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Documents is what a fax call sends and where it puts what it receives. Either
// may be nil; with both the call may go on to receive after it has sent, or the
// other way round (T.30 polling and turnaround).
type Documents struct {
	Source PageSource
	Sink   PageSink
}

var (
	errNoSource = errors.New("t38: there is no document to send")
	errNoSink   = errors.New("t38: there is nowhere to store a page")
)

// confirmTime bounds how long recording a confirmed page may outlast its call.
const confirmTime = time.Minute

// store does the work of Documents beside the packet loop, one call after the
// other, and hands the answers back.
type store struct {
	ctx     context.Context
	docs    Documents
	wake    func() // ends the loop's wait for packets
	waiting []func() answer
	busy    bool
	answers chan answer
	under   sync.WaitGroup // the goroutine of the work under way
}

// answer is what comes back: an event for the engine or, to a confirmation,
// none.
type answer struct {
	event     t30.Event
	confirmed bool
	err       error
}

func newStore(ctx context.Context, docs Documents, wake func()) *store {
	return &store{ctx: ctx, docs: docs, wake: wake, answers: make(chan answer, 1)}
}

func (s *store) fetch(n int) {
	s.do(func() answer {
		if s.docs.Source == nil {
			return unavailable(errNoSource)
		}
		page, err := s.docs.Source.Page(s.ctx, n)
		if err != nil {
			return unavailable(err)
		}
		sequence, _ := s.docs.Source.(Sequence)
		return answer{event: t30.PageReady{Page: page, NewDocument: sequence != nil && sequence.Begins(n)}}
	})
}

func (s *store) commit(page *t4.Page) {
	s.do(func() answer {
		if s.docs.Sink == nil {
			return unavailable(errNoSink)
		}
		if err := s.docs.Sink.Commit(s.ctx, page); err != nil {
			return unavailable(err)
		}
		return answer{event: t30.PageCommitted{}}
	})
}

// confirm records what the peer has said, even when the call ends meanwhile.
func (s *store) confirm(n int) {
	s.do(func() answer {
		if s.docs.Source == nil {
			return answer{confirmed: true, err: errNoSource}
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), confirmTime)
		defer cancel()
		return answer{confirmed: true, err: s.docs.Source.Confirmed(ctx, n)}
	})
}

func unavailable(err error) answer {
	return answer{event: t30.PageUnavailable{Err: err}, err: err}
}

func (s *store) do(work func() answer) {
	s.waiting = append(s.waiting, work)
	s.begin()
}

func (s *store) begin() {
	if s.busy || len(s.waiting) == 0 {
		return
	}
	work := s.waiting[0]
	s.waiting = s.waiting[1:]
	s.busy = true
	s.under.Go(func() {
		s.answers <- work()
		s.wake()
	})
}

// answered gives an answer that has come, false when there is none.
func (s *store) answered() (answer, bool) {
	select {
	case a := <-s.answers:
		s.busy = false
		s.begin()
		return a, true
	default:
		return answer{}, false
	}
}

// wait lets the work under way come to its end and gives its answer; false when
// there is none.
func (s *store) wait() (answer, bool) {
	if !s.busy {
		return answer{}, false
	}
	a := <-s.answers
	s.busy = false
	s.begin()
	return a, true
}
