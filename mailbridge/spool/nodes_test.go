package spool_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// TestKillNodes: two processes on one PostgreSQL are killed again and again in the
// middle of a steady stream of mail and faxes, a third sees both die and does what
// they left. As with one process, every promise is kept, and no fax that was
// confirmed is called again.
func TestKillNodes(t *testing.T) {
	t.Parallel()
	url, dir := database(t), t.TempDir()
	child := func(mode string) *exec.Cmd {
		cmd := childCommand(dir, mode)
		cmd.Env = append(cmd.Env, "SPOOL_CRASH_DATABASE="+url)
		return cmd
	}
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	var nodes [2]*exec.Cmd
	var both sync.WaitGroup
	for i := range nodes { // at the same moment: both make the tables
		both.Go(func() { nodes[i], _ = started(t, child("stream")) })
	}
	both.Wait()
	for range rounds {
		<-time.After(time.Duration(rand.IntN(300)) * time.Millisecond)
		i := rand.IntN(len(nodes))
		nodes[i].Process.Kill()
		nodes[i].Wait()
		nodes[i], _ = started(t, child("stream"))
	}
	<-time.After(200 * time.Millisecond)
	heir, said := started(t, child("drain"))
	for _, n := range nodes {
		n.Process.Kill()
		n.Wait()
	}
	killer := time.AfterFunc(2*time.Minute, func() { heir.Process.Kill() })
	defer killer.Stop()
	if err := heir.Wait(); err != nil {
		t.Fatalf("the one that lives does not do what the dead left: %v: %s", err, said)
	}
	last, said := started(t, child("drain"))
	if err := last.Wait(); err != nil {
		t.Fatalf("draining: %v: %s", err, said)
	}
	w := readWorld(t, dir)
	w.compare(t, spool.Options{Path: dir, Database: url})
	t.Logf("%d kills: %d mails accepted, %d faxes sent, %d reports, %d faxes received with %d pages, %d mails out",
		rounds+2, len(w.accepted), len(w.done), w.reports, len(w.receipts), w.pages, w.mailsOut)
}

// TestNodesBesideEachOther: a node that opens leaves alone what another has under way,
// and one that another took for dead can no longer say how its fax ended.
func TestNodesBesideEachOther(t *testing.T) {
	t.Parallel()
	o := spool.Options{Database: database(t), Logger: slog.New(slog.DiscardHandler)}
	a, err := spool.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	receipt, err := a.Receive(t.Context(), mailbridge.Received{Number: "1", Mailboxes: []string{"a@example.com"}})
	if err == nil {
		err = receipt.Commit(t.Context(), page())
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := spool.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("beside another: %v", err)
	}
	defer b.Close()
	if r, err := b.Received(t.Context(), receipt.ID()); err != nil || r.State != spool.Receiving {
		t.Fatalf("while another receives it: %+v, %v", r, err)
	}
	if err := receipt.Commit(t.Context(), page()); err != nil {
		t.Error(err)
	}

	spool.LoseLocks(t, a) // as if its machine had gone
	c, err := spool.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if r, err := c.Received(t.Context(), receipt.ID()); err != nil || r.State != spool.Queued || r.Pages != 2 || r.Complete {
		t.Fatalf("when it was taken over: %+v, %v", r, err)
	}
	if err := receipt.Commit(t.Context(), page()); err == nil {
		t.Error("a page is confirmed that nobody would get")
	}
	if err := receipt.Finish(t.Context(), mailbridge.Received{Complete: true}); err != nil {
		t.Error(err)
	}
	if r, err := c.Received(t.Context(), receipt.ID()); err != nil || r.Complete || r.Pages != 2 {
		t.Errorf("in the end: %+v, %v", r, err)
	}
	if err := spool.WatchNodes(a); err != nil { // it goes on under another name
		t.Error(err)
	}
	if _, err := a.Receive(t.Context(), mailbridge.Received{Number: "1"}); err != nil {
		t.Error(err)
	}
}

// TestServerRestarts: when the server drops all sessions, nodes that live come back
// and keep what they have under way.
func TestServerRestarts(t *testing.T) {
	t.Parallel()
	o := spool.Options{Database: database(t), Logger: slog.New(slog.DiscardHandler)}
	var nodes []*spool.Spool
	var receipts []*spool.Receipt
	for range 2 {
		s, err := spool.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r, err := s.Receive(t.Context(), mailbridge.Received{Number: "1", Mailboxes: []string{"a@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		nodes, receipts = append(nodes, s), append(receipts, r)
	}
	c, err := pgx.Connect(t.Context(), o.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	<-time.After(spool.GoneFor + 2*time.Second)
	for i, r := range receipts {
		if err := r.Commit(t.Context(), page()); err != nil {
			t.Errorf("node %d: %v", i, err)
		}
		if got, err := nodes[1-i].Received(t.Context(), r.ID()); err != nil || got.State != spool.Receiving {
			t.Errorf("node %d: %+v, %v", i, got, err)
		}
	}
}

// TestOneCallOfAllNodes: a fax that one node sends is sent by no other, whatever tasks
// there are, and whoever cancels it ends the call of the one that has it.
func TestOneCallOfAllNodes(t *testing.T) {
	t.Parallel()
	o := spool.Options{Database: database(t), Logger: slog.New(slog.DiscardHandler)}
	began, ended := make(chan int, 10), make(chan error, 10)
	var nodes []*spool.Spool
	for i := range 3 {
		s, err := spool.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		nodes = append(nodes, s)
		err = s.Start(t.Context(), mailbridge.Work{
			Render: func(context.Context, *mailbridge.Submission) ([]*t4.Page, error) { return []*t4.Page{page()}, nil },
			Call: func(ctx context.Context, _ *mailbridge.Job, _ []*t4.Page, _ func(int) error) mailbridge.Outcome {
				began <- i
				<-ctx.Done()
				ended <- context.Cause(ctx)
				return mailbridge.Outcome{Status: mailbridge.S4_4_2BadConnect, Cause: "broken", Retry: true}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := nodes[0].Accept(t.Context(), mailbridge.Submission{Recipients: make([]mailbridge.Recipient, 1)})
	if err != nil {
		t.Fatal(err)
	}
	caller := <-began
	jobs, err := nodes[0].Jobs(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		spool.CallAgain(t, nodes[0], jobs[0])
	}
	select {
	case i := <-began:
		t.Fatalf("node %d calls what node %d calls", i, caller)
	case <-time.After(2 * time.Second):
	}
	other := nodes[(caller+1)%len(nodes)]
	if err := other.Cancel(t.Context(), jobs[0], "anna"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "cancelled") {
			t.Errorf("the call ended by %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the call goes on")
	}
	for range 500 {
		j, err := other.Job(t.Context(), jobs[0])
		if err != nil {
			t.Fatal(err)
		}
		if j.State == spool.Failed {
			if len(j.History) != 1 || j.Outcome.Cause != spool.CauseCancelled {
				t.Errorf("%+v", j)
			}
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Error("the fax is not cancelled")
}
