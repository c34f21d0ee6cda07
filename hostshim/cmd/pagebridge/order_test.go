package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// The commands reach the process that works on the spool.
func TestOrders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := spool.Open(t.Context(), spool.Options{Path: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	jobID, faxID := oneOfEach(t, s)
	run := func(args ...string) (string, error) {
		c, out := root(), new(strings.Builder)
		c.SetArgs(append([]string{args[0], "--spool", dir}, args[1:]...))
		c.SetOut(out)
		err := c.ExecuteContext(context.Background())
		return out.String(), err
	}
	for _, c := range []struct{ order, id, want string }{
		{"hold", jobID, jobID + " is held."},
		{"call", jobID, "held; release it first"},
		{"release", strings.ToLower(jobID), jobID + " is released."},
		{"call", jobID, jobID + " is called now."},
		{"cancel", jobID, jobID + " is cancelled."},
		{"cancel", jobID, "done already"},
		{"release", faxID, faxID + " is released."},
		{"release", "R22222", "no such fax"},
		{"hold", faxID, "the fax came in"},
	} {
		said, err := run(c.order, c.id)
		if err != nil {
			said = err.Error()
		}
		if !strings.Contains(said, c.want) {
			t.Errorf("pagebridge %s %s says %q, want %q", c.order, c.id, said, c.want)
		}
	}
	if said, err := run("history", jobID); err != nil || !strings.Contains(said, "cancelled by ") {
		t.Errorf("%v: %s", err, said)
	}
}

// oneOfEach makes a job that is not yet called, and a fax that broke off and is held.
func oneOfEach(t *testing.T, s *spool.Spool) (job, fax string) {
	t.Helper()
	sub, err := s.Accept(t.Context(), mailbridge.Submission{Recipients: make([]mailbridge.Recipient, 1)})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := s.Jobs(t.Context(), sub)
	if err != nil || len(jobs) != 1 {
		t.Fatal(jobs, err)
	}
	r, err := s.Receive(t.Context(), mailbridge.Received{Mailboxes: []string{"a@example.com"}, HoldPartial: true})
	if err == nil {
		err = r.Commit(t.Context(), t4.FromBitmap(make([]byte, 216), 1728, 216, 1, t4.MH, t4.R8x7_7))
	}
	if err == nil {
		err = r.Finish(t.Context(), mailbridge.Received{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return jobs[0], r.ID()
}
