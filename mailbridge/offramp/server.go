package offramp

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/emersion/go-smtp"
)

// writeTimeout bounds a reply that the client does not read.
const writeTimeout = time.Minute

// Server takes mail by SMTP (RFC 5321).
type Server struct {
	o    Options
	smtp *smtp.Server
	lmtp *smtp.Server // nil: none
	log  *slog.Logger

	memory   budget // for messages on their way in
	accounts accounts

	ctx  context.Context // of the sessions' work; ends when Close gives up waiting
	stop context.CancelFunc

	mu       sync.Mutex
	listener net.Listener
	// lmtpListener is that of LMTP, which goes with the other.
	lmtpListener net.Listener
	closing      bool
	conns        map[*conn]struct{}
	allowed      int // connections of allowed clients
	others       int
	drained      chan struct{} // closed when the last connection ends while closing
}

// ListenError says why an address could not be listened at.
type ListenError struct {
	Addr string
	Err  error
}

func (e *ListenError) Error() string {
	switch {
	case errors.Is(e.Err, syscall.EADDRINUSE):
		return fmt.Sprintf("SMTP cannot listen at %s: another program uses that port; stop it, or set listen in the mail block to another one", e.Addr)
	case errors.Is(e.Err, os.ErrPermission):
		return fmt.Sprintf("SMTP cannot listen at %s: ports below 1024 need privileges; set listen in the mail block to a higher one", e.Addr)
	case errors.Is(e.Err, syscall.EADDRNOTAVAIL):
		return fmt.Sprintf("SMTP cannot listen at %s: this machine has no such address", e.Addr)
	}
	return fmt.Sprintf("SMTP cannot listen at %s: %v", e.Addr, e.Err)
}

func (e *ListenError) Unwrap() error { return e.Err }

// New makes a server that does not listen yet.
func New(o Options) (*Server, error) {
	o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	s := &Server{o: o, log: o.Logger, conns: map[*conn]struct{}{}, drained: make(chan struct{})}
	s.accounts.seed = maphash.MakeSeed()
	s.memory.left.Store(max(memory, 2*o.Limits.MessageSize))
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.smtp = s.protocol()
	if o.LMTP != "" {
		s.lmtp = s.protocol()
		s.lmtp.LMTP = true
	}
	return s, nil
}

// protocol is what go-smtp does of SMTP or LMTP.
func (s *Server) protocol() *smtp.Server {
	p := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return newSession(s, c), nil
	}))
	p.Domain = s.o.Hostname
	p.MaxMessageBytes = s.o.Limits.MessageSize
	p.MaxRecipients = s.o.Limits.Recipients
	p.MaxLineLength = maxLine
	p.ReadTimeout = s.o.Limits.Idle
	p.WriteTimeout = writeTimeout
	p.EnableSMTPUTF8 = true
	p.EnableDSN = true
	p.EnableBINARYMIME = true
	p.TLSConfig = s.o.tls()
	p.ErrorLog = printer{s.log}
	return p
}

// Listen binds the address. Its error is a *ListenError with a sentence for
// the administrator.
func (s *Server) Listen() error {
	l, err := net.Listen("tcp", s.o.Listen)
	if err != nil {
		return &ListenError{Addr: s.o.Listen, Err: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil || s.closing {
		l.Close()
		return errors.New("offramp: Listen was called twice or after Close")
	}
	if s.o.LMTP != "" {
		if s.lmtpListener, err = listenLMTP(s.o.LMTP); err != nil {
			l.Close()
			return &ListenError{Addr: s.o.LMTP, Err: err}
		}
	}
	s.listener = l
	return nil
}

// Addr is where the server listens, nil before Listen.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Serve takes mail until Close; then it returns nil. It listens if Listen was
// not called.
func (s *Server) Serve() error {
	if s.Addr() == nil {
		if err := s.Listen(); err != nil {
			return err
		}
	}
	s.log.Info("SMTP listens", "addr", s.Addr().String(), "domains", strings.Join(s.o.Domains, " "))
	if s.lmtp != nil {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.serveLMTP()
		}()
		defer func() { <-ended }()
	}
	err := s.smtp.Serve(&listener{Listener: s.listener, server: s})
	if s.isClosing() {
		return nil
	}
	if s.lmtp != nil {
		s.lmtpListener.Close()
	}
	return err
}

// Close stops listening, lets messages under way finish until ctx ends, and
// ends all connections. It may be called more than once.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	if len(s.conns) == 0 {
		s.drain()
	}
	l, lmtp := s.listener, s.lmtpListener
	for c := range s.conns {
		c.wake()
	}
	s.mu.Unlock()
	if l != nil {
		l.Close()
	}
	if lmtp != nil {
		lmtp.Close()
		s.lmtp.Shutdown(ctx)
	}
	err := s.smtp.Shutdown(ctx)
	s.stop()
	s.mu.Lock()
	for c := range s.conns {
		c.Conn.Close()
	}
	s.mu.Unlock()
	<-s.drained
	if errors.Is(err, smtp.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// drain tells Close that no connection is left. s.mu is held.
func (s *Server) drain() {
	select {
	case <-s.drained:
	default:
		close(s.drained)
	}
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// printer is the logger that go-smtp wants.
type printer struct{ log *slog.Logger }

func (p printer) Printf(format string, v ...any) { p.log.Warn("SMTP: " + fmt.Sprintf(format, v...)) }
func (p printer) Println(v ...any)               { p.log.Warn("SMTP: " + fmt.Sprint(v...)) }
