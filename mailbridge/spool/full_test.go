package spool_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
)

// TestFull: what finds no room is refused, and what was promised before is kept
// and goes on when there is room again.
func TestFull(t *testing.T) {
	t.Parallel()
	s, err := open(t, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sub := mailbridge.Submission{ReturnPath: "a@example.com", Recipients: make([]mailbridge.Recipient, 1), Message: make([]byte, 100_000)}
	id, err := s.Accept(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Receive(t.Context(), mailbridge.Received{Mailboxes: []string{"a@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Commit(t.Context(), page()); err != nil {
		t.Fatal(err)
	}
	spool.Room(t, s, 4)
	if _, err := s.Accept(t.Context(), sub); !errors.Is(err, mailbridge.ErrFull) {
		t.Errorf("a mail: %v", err)
	}
	if err := r.Commit(t.Context(), page()); !errors.Is(err, mailbridge.ErrFull) {
		t.Errorf("a page: %v", err)
	}
	spool.Room(t, s, 1000)
	if err := r.Commit(t.Context(), page()); err != nil {
		t.Errorf("a page when there is room again: %v", err)
	}
	if err := r.Finish(t.Context(), mailbridge.Received{}); err != nil {
		t.Error(err)
	}
	if jobs, err := s.Jobs(t.Context(), id); err != nil || len(jobs) != 1 {
		t.Errorf("the mail from before: %v, %v", jobs, err)
	}
	if got, err := s.Received(t.Context(), r.ID()); err != nil || got.Pages != 2 {
		t.Errorf("the fax: %+v, %v", got, err)
	}
	finishedLater(t, s)
	if list, err := s.History(t.Context(), spool.Filter{Direction: spool.Out}); err != nil || len(list) != 1 {
		t.Errorf("the history: %+v, %v", list, err)
	}
}

// finishedLater: a fax whose end found no room is ended when there is room, without
// anybody's help.
func finishedLater(t *testing.T, s *spool.Spool) {
	t.Helper()
	r, err := s.Receive(t.Context(), mailbridge.Received{Mailboxes: []string{"a@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Commit(t.Context(), page()); err != nil {
		t.Fatal(err)
	}
	spool.Room(t, s, 0)
	f := mailbridge.Received{Complete: true, RemoteID: strings.Repeat("x", 100_000)}
	if err := r.Finish(t.Context(), f); !errors.Is(err, mailbridge.ErrFull) {
		t.Fatalf("its end: %v", err)
	}
	spool.Room(t, s, 1000)
	for end := time.Now().Add(20 * time.Second); ; <-time.After(10 * time.Millisecond) {
		if got, err := s.Received(t.Context(), r.ID()); err == nil && got.State == spool.Queued && got.Complete {
			return
		}
		if time.Now().After(end) {
			t.Fatal("it is not ended")
		}
	}
}
