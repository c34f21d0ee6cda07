package offramp

import (
	"context"
	"errors"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// answered is Replies that keep what they take.
type answered struct {
	mu   sync.Mutex
	took []string
	fail error
}

func (a *answered) Known(_ context.Context, key string) error {
	switch key {
	case "known":
		return nil
	case "broken":
		return errors.New("the database is gone")
	}
	return ErrNoSuchMail
}

func (a *answered) Take(_ context.Context, key, returnPath string, message []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.fail != nil:
		return a.fail
	case returnPath != "":
		return ErrNotReply
	}
	a.took = append(a.took, key+" "+string(message))
	return nil
}

// What comes back about our mail is taken from any mail server, by its address, and
// nothing else is.
func TestRepliesAreTaken(t *testing.T) {
	var replies answered
	for _, allowed := range []bool{true, false} {
		addr, _ := start(t, func(o *Options) {
			o.Replies, o.ReplyDomain = &replies, "fax.example.com"
			if !allowed {
				o.AllowedClients = nil
			}
		})
		replies.took, replies.fail = nil, nil
		c, err := smtp.Dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		known := ReplyAddress("KNOWN", "Fax.Example.com")
		for _, step := range []struct {
			do   func() error
			want int
		}{
			{func() error { return c.Mail("") }, 0},
			{func() error { return c.Rcpt(ReplyAddress("unknown", "fax.example.com")) }, 550},
			{func() error { return c.Rcpt(ReplyAddress("broken", "fax.example.com")) }, 451},
			{func() error { return c.Rcpt(known) }, 0},
			{func() error { return c.Rcpt("FAX=+15551234567@fax.example.com") }, map[bool]int{true: 452, false: 550}[allowed]},
			{func() error { return data(c, "Subject: back\r\n\r\nno such user\r\n") }, 0},
			{func() error { replies.fail = errors.New("full"); return nil }, 0},
			{func() error { return c.Mail("") }, 0},
			{func() error { return c.Rcpt(known) }, 0},
			{func() error { return data(c, "Subject: back\r\n\r\nno\r\n") }, 451},
		} {
			var reply *textproto.Error
			if err := step.do(); step.want == 0 && err != nil || step.want != 0 && (!errors.As(err, &reply) || reply.Code != step.want) {
				t.Fatalf("allowed %t: %v, want %d", allowed, err, step.want)
			}
		}
		if len(replies.took) != 1 || !strings.HasPrefix(replies.took[0], "known Subject: back") {
			t.Errorf("taken: %q", replies.took)
		}
		err = c.Mail("ann@example.com")
		if allowed {
			replies.fail = nil
			if err = c.Rcpt(known); err != nil {
				t.Fatal(err)
			}
			err = data(c, "Subject: Re: Fax\r\n\r\nThanks\r\n")
		}
		var reply *textproto.Error
		if !errors.As(err, &reply) || reply.Code != 550 {
			t.Errorf("allowed %t, a person answers: %v", allowed, err)
		}
		if allowed {
			if err := c.Mail("ann@example.com"); err != nil {
				t.Fatal(err)
			}
			if err := c.Rcpt("FAX=+15551234567@fax.example.com"); err != nil {
				t.Fatal(err)
			}
			if err := c.Rcpt(known); !errors.As(err, &reply) || reply.Code != 452 {
				t.Errorf("a fax, and a reply: %v", err)
			}
		}
	}
}

func data(c *smtp.Client, message string) error {
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(message)); err != nil {
		return err
	}
	return w.Close()
}
