package terminal

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Source, Sequence and Sink are package t38's PageSource, Sequence and PageSink,
// which say what they promise.
type Source interface {
	Page(ctx context.Context, n int) (*t4.Page, error)
	Confirmed(ctx context.Context, n int) error
}

type Sequence interface {
	Source
	Begins(n int) bool
}

type Sink interface {
	Commit(ctx context.Context, page *t4.Page) error
}

var (
	errNoSource = errors.New("there is no document to send")
	errNoSink   = errors.New("there is nowhere to store a page")
)

// confirmTime bounds how long recording a confirmed page may outlast its call.
const confirmTime = time.Minute

// Store is a Desk that does its work beside the loop of a call, one request
// after the other, and hands the answers back.
type Store struct {
	ctx     context.Context
	source  Source
	sink    Sink
	wake    func() // ends the loop's wait
	waiting []func() Answer
	busy    bool
	answers chan Answer
	under   sync.WaitGroup // the goroutine of the work under way
}

// Answer is what comes back: an event for the engine or, to a confirmation,
// none.
type Answer struct {
	Event     t30.Event
	Confirmed bool
	Err       error // of the store
}

// newStore makes the store of a call. Either of source and sink may be nil. wake
// is called, from another goroutine, when there is an answer.
func newStore(ctx context.Context, source Source, sink Sink, wake func()) *Store {
	return &Store{ctx: ctx, source: source, sink: sink, wake: wake, answers: make(chan Answer, 1)}
}

// Fetch implements Desk.
func (s *Store) Fetch(n int) {
	s.do(func() Answer {
		if s.source == nil {
			return unavailable(errNoSource)
		}
		page, err := s.source.Page(s.ctx, n)
		if err != nil {
			return unavailable(err)
		}
		sequence, _ := s.source.(Sequence)
		return Answer{Event: t30.PageReady{Page: page, NewDocument: sequence != nil && sequence.Begins(n)}}
	})
}

// Commit implements Desk.
func (s *Store) Commit(page *t4.Page) {
	s.do(func() Answer {
		if s.sink == nil {
			return unavailable(errNoSink)
		}
		if err := s.sink.Commit(s.ctx, page); err != nil {
			return unavailable(err)
		}
		return Answer{Event: t30.PageCommitted{}}
	})
}

// Confirm implements Desk: it records what the peer has said, even when the call ends meanwhile.
func (s *Store) Confirm(n int) {
	s.do(func() Answer {
		if s.source == nil {
			return Answer{Confirmed: true, Err: errNoSource}
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), confirmTime)
		defer cancel()
		return Answer{Confirmed: true, Err: s.source.Confirmed(ctx, n)}
	})
}

func unavailable(err error) Answer {
	return Answer{Event: t30.PageUnavailable{Err: err}, Err: err}
}

func (s *Store) do(work func() Answer) {
	s.waiting = append(s.waiting, work)
	s.begin()
}

func (s *Store) begin() {
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

// Answered gives an answer that has come, false when there is none.
func (s *Store) Answered() (Answer, bool) {
	select {
	case a := <-s.answers:
		s.busy = false
		s.begin()
		return a, true
	default:
		return Answer{}, false
	}
}

// Wait lets the work under way come to its end and gives its answer; false when
// there is none.
func (s *Store) Wait() (Answer, bool) {
	if !s.busy {
		return Answer{}, false
	}
	a := <-s.answers
	s.busy = false
	s.begin()
	return a, true
}

// Close waits until nothing is under way any more.
func (s *Store) Close() { s.under.Wait() }
