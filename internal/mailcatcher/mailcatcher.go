// Package mailcatcher is a mail server that keeps whatever it is handed: the
// mailbox of the demo and of tests. Each mail becomes an .eml file.
package mailcatcher

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Mail is one mail that was caught, for one recipient.
type Mail struct {
	To      string
	File    string // the .eml
	Message []byte
}

// Catcher is a running mail server.
type Catcher struct {
	dir     string
	server  *smtp.Server
	addr    string
	listens net.Listener
	done    chan struct{}

	mu     sync.Mutex
	count  int
	mails  []Mail
	caught chan struct{} // closed and renewed with each mail
}

const maxMessage = 64 << 20 // octets

// Start listens at addr ("127.0.0.1:0" finds a free port) and keeps mails in
// dir.
func Start(addr, dir string) (*Catcher, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("the mailbox cannot listen: %w", err)
	}
	c := &Catcher{dir: dir, addr: l.Addr().String(), listens: l, done: make(chan struct{}), caught: make(chan struct{})}
	c.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{catcher: c}, nil }))
	c.server.Domain = "mailbox.demo.example"
	c.server.ReadTimeout, c.server.WriteTimeout = time.Minute, time.Minute
	c.server.MaxMessageBytes, c.server.MaxRecipients = maxMessage, 100
	c.server.EnableDSN = true
	go func() {
		defer close(c.done)
		_ = c.server.Serve(l) // ends with Close
	}()
	return c, nil
}

// Addr is where it listens, host:port.
func (c *Catcher) Addr() string { return c.addr }

// Close ends the server, even one that has not come to serve yet.
func (c *Catcher) Close() {
	c.listens.Close()
	c.server.Close()
	<-c.done
}

// Next waits for a mail to that address and takes it out.
func (c *Catcher) Next(ctx context.Context, to string) (Mail, error) {
	for {
		c.mu.Lock()
		for i, m := range c.mails {
			if m.To == to {
				c.mails = append(c.mails[:i:i], c.mails[i+1:]...)
				c.mu.Unlock()
				return m, nil
			}
		}
		caught := c.caught
		c.mu.Unlock()
		select {
		case <-caught:
		case <-ctx.Done():
			return Mail{}, ctx.Err()
		}
	}
}

// Mails are those that were caught and not taken out.
func (c *Catcher) Mails() []Mail {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Mail(nil), c.mails...)
}

func (c *Catcher) keep(to []string, message []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	file := filepath.Join(c.dir, fmt.Sprintf("mail-%d.eml", c.count))
	if err := os.WriteFile(file, message, 0o644); err != nil {
		return err
	}
	for _, rcpt := range to {
		c.mails = append(c.mails, Mail{To: rcpt, File: file, Message: message})
	}
	close(c.caught)
	c.caught = make(chan struct{})
	return nil
}

type session struct {
	catcher *Catcher
	to      []string
}

func (s *session) Reset()                               { s.to = nil }
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	message, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return s.catcher.keep(s.to, message)
}
