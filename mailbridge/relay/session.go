package relay

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"slices"
	"strings"
	"time"
)

// begin greets, changes to TLS and logs in. The standard library's client is
// used because it can change to TLS on the connection on which it learnt that
// TLS is offered.
func (s *session) begin() error {
	o := s.relay.o
	host, _, _ := net.SplitHostPort(o.Server)
	s.within(o.Command)
	c, err := smtp.NewClient(s.conn, host)
	if err != nil {
		return fmt.Errorf("its greeting: %w", err)
	}
	s.smtp = c
	if err := c.Hello(o.Hostname); err != nil {
		return fmt.Errorf("EHLO %s: %w", o.Hostname, err)
	}
	if err := s.secure(host); err != nil {
		return err
	}
	return s.login(host)
}

// errTLS is the error of a STARTTLS that was offered and failed.
var errTLS = errors.New("STARTTLS")

func (s *session) secure(host string) error {
	o := s.relay.o
	offered, _ := s.smtp.Extension("STARTTLS")
	switch {
	case s.security == None, s.security == Opportunistic && !offered:
		return nil
	case !offered:
		return errors.New("it offers no STARTTLS, which tls = \"required\" asks for")
	}
	cfg := o.TLS.Clone()
	if cfg == nil {
		cfg = &tls.Config{}
	}
	if cfg.ServerName == "" {
		cfg.ServerName = host
	}
	if s.security == Opportunistic {
		cfg.InsecureSkipVerify = true // RFC 7435: some protection is better than none
	}
	s.within(o.Command)
	if err := s.smtp.StartTLS(cfg); err != nil {
		return fmt.Errorf("%w: %w", errTLS, err)
	}
	s.tls = true
	return nil
}

func (s *session) login(host string) error {
	o := s.relay.o
	if o.Username == "" {
		return nil
	}
	ok, mechanisms := s.smtp.Extension("AUTH")
	if !ok {
		return errors.New("it offers no AUTH, though a user name is configured")
	}
	if !s.tls && !s.isLoopback() {
		return errors.New("the password is not sent without TLS; use a relay with STARTTLS")
	}
	var auth smtp.Auth
	switch offered := strings.Fields(strings.ToUpper(mechanisms)); {
	case slices.Contains(offered, "PLAIN"):
		auth = plain{o.Username, o.Password}
	case slices.Contains(offered, "LOGIN"):
		auth = login{o.Username, o.Password}
	default:
		return fmt.Errorf("it offers no AUTH that is known here (PLAIN, LOGIN) but %s", mechanisms)
	}
	s.within(o.Command)
	if err := s.smtp.Auth(auth); err != nil {
		return fmt.Errorf("it refuses user %q: %w", o.Username, err)
	}
	return nil
}

func (s *session) isLoopback() bool {
	a, ok := s.conn.RemoteAddr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// plain is AUTH PLAIN (RFC 4616), login the older AUTH LOGIN.
type plain struct{ user, password string }

func (a plain) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "PLAIN", []byte("\x00" + a.user + "\x00" + a.password), nil
}

func (a plain) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return nil, errors.New("it asks for more than PLAIN has")
	}
	return nil, nil
}

type login struct{ user, password string }

func (a login) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

func (a login) Next(prompt []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	if bytes.HasPrefix(bytes.ToLower(prompt), []byte("pass")) {
		return []byte(a.password), nil
	}
	return []byte(a.user), nil
}

// send does one mail transaction.
func (s *session) send(e Envelope, message []byte) error {
	if err := s.checkSize(len(message)); err != nil {
		return err
	}
	if err := s.command(250, s.mail(e, message)); err != nil {
		return s.relay.refused("the sender <"+e.From+">", err)
	}
	partial := &PartialError{Refused: map[string]error{}}
	for _, to := range e.To {
		if err := s.command(25, s.rcpt(to, e)); err != nil {
			partial.Refused[to] = s.relay.refused("<"+to+">", err)
			if !isReply(err) {
				return partial.Refused[to] // the connection is gone
			}
		}
	}
	if len(partial.Refused) == len(e.To) {
		return partial.all(e.To)
	}
	if err := s.data(message); err != nil {
		return s.relay.refused("the mail to "+strings.Join(e.To, ", "), err)
	}
	s.within(s.relay.o.Command)
	s.smtp.Quit() // whatever it says: the mail has been taken
	if len(partial.Refused) > 0 {
		return partial
	}
	return nil
}

func (s *session) command(expect int, line string) error {
	s.within(s.relay.o.Command)
	id, err := s.smtp.Text.Cmd("%s", line)
	if err != nil {
		return err
	}
	s.smtp.Text.StartResponse(id)
	defer s.smtp.Text.EndResponse(id)
	_, _, err = s.smtp.Text.ReadResponse(expect)
	return err
}

func (s *session) data(message []byte) error {
	s.within(s.relay.o.Data)
	w, err := s.smtp.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(message); err != nil {
		return err
	}
	s.within(10 * time.Minute) // RFC 5321 4.5.3.2.6
	return w.Close()
}
