package spool_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/spool"
	"github.com/pagebridge/pagebridge/t38/t4"
)

var crashMailboxes = []string{"a@example.com", "b@example.com"}

// child is the process that is killed.
type child struct {
	spool *spool.Spool
	world *os.File
	point string // where it kills itself; "" nowhere
}

// crashChild runs in mode "stream": mail and faxes without end; "drain": only
// what is left to do; "once-POINT": one mail and one fax until it kills itself
// at that point.
func crashChild(dir, mode string) error {
	world, err := os.OpenFile(filepath.Join(dir, "world"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	at := []time.Duration{0}
	ctx := context.Background()
	s, err := spool.Open(ctx, spool.Options{
		Path: dir, Database: os.Getenv("SPOOL_CRASH_DATABASE"),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Retry: spool.Retry{
			Delays: map[string][]time.Duration{"": at, spool.CauseInterrupted: at},
			// More than kills can use up: a line that is free at each third
			// call may find that one killed again and again.
			MaxAttempts: 1000,
		},
		MailRetry: spool.MailRetry{Delays: at},
	})
	if err != nil {
		return err
	}
	c := &child{spool: s, world: world}
	if point, ok := strings.CutPrefix(mode, "once-"); ok {
		c.point = point
	}
	fmt.Println("open")
	if err := s.Start(ctx, mailbridge.Work{Render: c.render, Call: c.call, Deliver: c.deliver, Notify: c.notify}); err != nil {
		return err
	}
	switch mode {
	case "drain":
		return c.drain(ctx)
	case "stream":
		go c.stream(ctx, c.mailIn)
		c.stream(ctx, c.faxIn)
	default:
		c.mailIn(ctx)
		c.faxIn(ctx)
		return c.drain(ctx) // it dies on the way
	}
	return nil
}

func (c *child) stream(ctx context.Context, in func(context.Context)) {
	for {
		in(ctx)
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
	}
}

// saw writes down what the world saw.
func (c *child) saw(format string, args ...any) {
	fmt.Fprintf(c.world, format+"\n", args...)
}

// crashPoint kills the process if this is where it is to die.
func (c *child) crashPoint(name string) {
	if name != c.point {
		return
	}
	c.saw("died %s", name)
	p, _ := os.FindProcess(os.Getpid())
	p.Kill()
	select {}
}

func (c *child) mailIn(ctx context.Context) {
	sub := mailbridge.Submission{ReturnPath: "anna@example.com", Message: make([]byte, rand.IntN(50_000))}
	kinds := []string{"ok", "busy", "bad", "breaks"}
	recipients := 1 + rand.IntN(3)
	if c.point != "" {
		kinds, recipients = kinds[:1], 1
	}
	for range recipients {
		n := kinds[rand.IntN(len(kinds))]
		sub.Recipients = append(sub.Recipients, mailbridge.Recipient{Address: n, Destination: mailbridge.Destination{Number: n}})
	}
	id, err := c.spool.Accept(ctx, sub)
	if err != nil {
		return // 451: the client keeps it
	}
	c.crashPoint("accepted")
	c.saw("accepted %s %d", id, len(sub.Recipients))
}

func (c *child) faxIn(ctx context.Context) {
	r, err := c.spool.Receive(ctx, mailbridge.Received{Number: "1", Mailboxes: crashMailboxes})
	if err != nil {
		return
	}
	c.crashPoint("receive")
	pages := 2
	if c.point == "" {
		pages = rand.IntN(4)
	}
	for i := range pages {
		c.crashPoint("page-received")
		if r.Commit(ctx, crashPage(i)) != nil {
			break
		}
		c.saw("committed %s %d", r.ID(), i+1) // MCF
		c.crashPoint("page-committed")
	}
	r.Finish(ctx, mailbridge.Received{Complete: true})
	c.crashPoint("finished")
}

func crashPage(i int) *t4.Page {
	return &t4.Page{Width: 1728, Rows: 1100, Data: []byte(fmt.Sprintf("page %d%s", i, strings.Repeat(".", 20_000)))}
}

func (c *child) render(context.Context, *mailbridge.Submission) ([]*t4.Page, error) {
	c.crashPoint("render")
	time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
	pages := make([]*t4.Page, 1+rand.IntN(3))
	for i := range pages {
		pages[i] = crashPage(i)
	}
	defer c.crashPoint("rendered")
	return pages, nil
}

func (c *child) call(_ context.Context, j *mailbridge.Job, pages []*t4.Page, confirmed func(int) error) mailbridge.Outcome {
	c.crashPoint("dial")
	c.saw("begun %s", j.ID)
	defer c.crashPoint("call-returns")
	switch number := j.Recipient.Destination.Number; {
	case number == "bad":
		return mailbridge.Outcome{Status: mailbridge.S5_1_1NoSuchNumber, Sentence: "There is no such number."}
	case number == "busy" && j.Attempts%3 != 0:
		return mailbridge.Outcome{Status: mailbridge.S4_4_1NoAnswer, Cause: "busy", Retry: true}
	}
	broken := mailbridge.Outcome{Status: mailbridge.S4_4_2BadConnect, Cause: "broken", Retry: true}
	for i, p := range pages {
		if string(p.Data) != string(crashPage(i).Data) || len(pages) != j.Pages {
			c.saw("wrong-page %s", j.ID)
		}
		if j.Recipient.Destination.Number == "breaks" && j.Attempts%2 != 0 && i == len(pages)-1 {
			return broken
		}
		time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
		c.crashPoint("page-sent")
		if confirmed(i) != nil {
			return broken
		}
		c.crashPoint("page-confirmed")
	}
	c.saw("done %s", j.ID)
	c.crashPoint("all-confirmed")
	return mailbridge.Outcome{Delivered: true, Status: mailbridge.S2_0_0Delivered, Pages: len(pages)}
}

func (c *child) deliver(_ context.Context, r *mailbridge.Received, pages []*t4.Page, mailbox string) error {
	c.crashPoint("deliver")
	if rand.IntN(10) == 0 {
		return errors.New("451 4.3.0 try again later")
	}
	for i, p := range pages {
		if string(p.Data) != string(crashPage(i).Data) {
			return nil // it will be missed
		}
	}
	c.saw("mailed %s/%s %d", r.ID, mailbox, len(pages))
	c.crashPoint("delivered")
	return nil
}

func (c *child) notify(_ context.Context, r *mailbridge.Report) error {
	c.crashPoint("notify")
	state := spool.Failed
	if r.Outcome.Delivered {
		state = spool.Delivered
	}
	c.saw("reported %s %s", r.Job.ID, state)
	c.crashPoint("notified")
	return nil
}

// drain waits until nothing is left to do.
func (c *child) drain(ctx context.Context) error {
	var once sync.Once
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		n, err := c.spool.Counts(ctx)
		if err != nil {
			return err
		}
		left := 0
		for _, counts := range []map[spool.State]int{n.Jobs, n.Received, n.Deliveries, n.Reports} {
			for state, k := range counts {
				switch state {
				case spool.Accepted, spool.Queued, spool.Calling, spool.Receiving:
					left += k
				}
			}
		}
		if left == 0 {
			return c.spool.Close()
		}
		once.Do(func() { fmt.Fprintf(os.Stderr, "%d to do\n", left) })
	}
	n, _ := c.spool.Counts(ctx)
	return fmt.Errorf("the work does not end: %+v", n)
}
