package spooltest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Place says in options where one database is.
type Place func(*spool.Options)

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

// office is a spool with a scripted world around it. Its functions may be set
// before start; the defaults succeed.
type office struct {
	t     *testing.T
	opts  spool.Options
	spool *spool.Spool

	render  func(*mailbridge.Submission) ([]*t4.Page, error)
	call    func(ctx context.Context, j *mailbridge.Job, pages []*t4.Page, confirmed func(int) error) mailbridge.Outcome
	deliver func(r *mailbridge.Received, mailbox string) error
	notify  func(*mailbridge.Report) error

	reports chan *mailbridge.Report
	mails   chan mail

	mu      sync.Mutex
	renders int
	calls   int
}

// mail is what the relay took.
type mail struct {
	received mailbridge.Received
	pages    []*t4.Page
	mailbox  string
}

func newOffice(t *testing.T, place Place) *office {
	at := []time.Duration{0}
	o := &office{t: t,
		reports: make(chan *mailbridge.Report, 100),
		mails:   make(chan mail, 100),
		opts: spool.Options{
			Logger:    slog.New(slog.DiscardHandler),
			Retry:     spool.Retry{Delays: map[string][]time.Duration{"": at, spool.CauseInterrupted: at}},
			MailRetry: spool.MailRetry{Delays: at},
		},
		render:  func(*mailbridge.Submission) ([]*t4.Page, error) { return somePages(2), nil },
		call:    answering,
		deliver: func(*mailbridge.Received, string) error { return nil },
		notify:  func(*mailbridge.Report) error { return nil },
	}
	place(&o.opts)
	t.Cleanup(func() {
		if o.spool != nil {
			o.close()
		}
	})
	return o
}

func (o *office) ctx() context.Context { return o.t.Context() }

// opened opens the spool without starting it.
func (o *office) opened() *office {
	o.t.Helper()
	s, err := spool.Open(o.ctx(), o.opts)
	if err != nil {
		o.t.Fatalf("Open: %v", err)
	}
	o.spool = s
	return o
}

func (o *office) start() *office {
	o.t.Helper()
	if o.spool == nil {
		o.opened()
	}
	if err := o.spool.Start(o.ctx(), o.work()); err != nil {
		o.t.Fatalf("Start: %v", err)
	}
	return o
}

func (o *office) close() {
	o.t.Helper()
	if err := o.spool.Close(); err != nil {
		o.t.Errorf("Close: %v", err)
	}
	o.spool = nil
}

func (o *office) work() mailbridge.Work {
	return mailbridge.Work{
		Render: func(_ context.Context, s *mailbridge.Submission) ([]*t4.Page, error) {
			o.count(&o.renders)
			return o.render(s)
		},
		Call: func(ctx context.Context, j *mailbridge.Job, pages []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
			o.count(&o.calls)
			return o.call(ctx, j, pages, confirmed)
		},
		Deliver: func(_ context.Context, r *mailbridge.Received, pages []*t4.Page, mailbox string) error {
			err := o.deliver(r, mailbox)
			if err == nil {
				o.mails <- mail{*r, pages, mailbox}
			}
			return err
		},
		Notify: func(_ context.Context, r *mailbridge.Report) error {
			err := o.notify(r)
			if err == nil {
				o.reports <- r
			}
			return err
		},
	}
}

func (o *office) count(n *int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	*n++
}

// counted gives how often pages were rendered and calls made.
func (o *office) counted() (renders, calls int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.renders, o.calls
}

// accept hands in a mail for numbers, each as "number" with the default NOTIFY.
func (o *office) accept(numbers ...string) string {
	o.t.Helper()
	return o.acceptMail(letter(numbers...))
}

func (o *office) acceptMail(sub mailbridge.Submission) string {
	o.t.Helper()
	id, err := o.spool.Accept(o.ctx(), sub)
	if err != nil {
		o.t.Fatalf("Accept: %v", err)
	}
	return id
}

func letter(numbers ...string) mailbridge.Submission {
	sub := mailbridge.Submission{
		ReturnPath: "anna@example.com",
		EnvelopeID: "QQ314159",
		Client:     "[192.0.2.7] (mail.example.com)",
		Message:    []byte("Subject: offer\r\n\r\nPlease find it.\r\n"),
	}
	for _, n := range numbers {
		sub.Recipients = append(sub.Recipients, mailbridge.Recipient{
			Address:     "FAX=" + n + "@fax.example.com",
			Destination: mailbridge.Destination{Number: n},
		})
	}
	return sub
}

// job gives the record of the n-th job of a submission.
func (o *office) job(submission string, n int) *spool.JobRecord {
	o.t.Helper()
	ids, err := o.spool.Jobs(o.ctx(), submission)
	if err != nil || n >= len(ids) {
		o.t.Fatalf("Jobs(%s) = %v, %v; want more than %d", submission, ids, err, n)
	}
	j, err := o.spool.Job(o.ctx(), ids[n])
	if err != nil {
		o.t.Fatalf("Job(%s): %v", ids[n], err)
	}
	return j
}

// wantState waits until a job is in a state.
func (o *office) wantState(why, submission string, n int, state spool.State) *spool.JobRecord {
	o.t.Helper()
	var j *spool.JobRecord
	o.eventually(why, func() bool {
		j = o.job(submission, n)
		return j.State == state
	})
	return j
}

// eventually waits until ok.
func (o *office) eventually(why string, ok func() bool) {
	o.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			o.t.Fatalf("%s: it did not happen", why)
		}
	}
}

func (o *office) wantReport(why string) *mailbridge.Report {
	o.t.Helper()
	select {
	case r := <-o.reports:
		return r
	case <-time.After(patience):
		o.t.Fatalf("%s: no report came", why)
		return nil
	}
}

func (o *office) wantMail(why string) mail {
	o.t.Helper()
	select {
	case m := <-o.mails:
		return m
	case <-time.After(patience):
		o.t.Fatalf("%s: no mail came", why)
		return mail{}
	}
}

// wantQuiet checks that nothing has been sent that nobody took.
func (o *office) wantQuiet(why string) {
	o.t.Helper()
	select {
	case r := <-o.reports:
		o.t.Errorf("%s: a report came: %+v", why, r.Outcome)
	case m := <-o.mails:
		o.t.Errorf("%s: a mail came for %s", why, m.mailbox)
	default:
	}
}

// answering is a fax machine that takes every page.
func answering(_ context.Context, _ *mailbridge.Job, pages []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
	for i := range pages {
		if err := confirmed(i); err != nil {
			return broken(i)
		}
	}
	return mailbridge.Outcome{
		Delivered: true, Status: mailbridge.S2_0_0Delivered, Sentence: "The fax was delivered.",
		Pages: len(pages), RemoteID: "+1 555 0100", Rate: 14400, Ladder: "<- DIS\n-> DCS\n",
	}
}

func busy() mailbridge.Outcome {
	return mailbridge.Outcome{Status: mailbridge.S4_4_1NoAnswer, Sentence: "The line was busy.", Cause: "busy", Retry: true}
}

func broken(pages int) mailbridge.Outcome {
	return mailbridge.Outcome{Status: mailbridge.S4_4_2BadConnect, Sentence: "The call broke.", Cause: "broken", Retry: true, Pages: pages}
}

func noSuchNumber() mailbridge.Outcome {
	return mailbridge.Outcome{Status: mailbridge.S5_1_1NoSuchNumber, Sentence: "There is no such number.", Cause: "no-such-number"}
}

var errLater = errors.New("451 4.3.0 try again later")

// somePages makes pages that differ from each other.
func somePages(n int) []*t4.Page {
	pages := make([]*t4.Page, n)
	for i := range pages {
		pages[i] = &t4.Page{Coding: t4.MMR, Width: 1728, Rows: 1100 + i, Resolution: t4.R8x7_7,
			Data: []byte(fmt.Sprintf("page %d\x00\xff", i)), BadRows: i, BadRun: min(i, 1)}
	}
	return pages
}
