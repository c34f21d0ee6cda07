package dialog

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

func init() {
	// sipgo refuses to send more than 1300 octets over UDP. Such an INVITE with
	// a long SDP is common, its fragments arrive, and few peers take the TCP
	// that RFC 3261 18.1.1 asks for.
	sip.UDPMTUSize = 65535
	sip.TransportBufferReadSize = 65535
	// What sipgo says outside the logger given to it is about its own counting
	// of references, at closing.
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
}

// Stack is one SIP user agent: its sockets and the calls over them.
type Stack struct {
	// set at construction; immutable
	opts      Options
	log       *slog.Logger
	transport *sip.TransportLayer
	listeners []*listener
	salt      string // of the tags of stateless answers
	closing   chan struct{}

	serving sync.WaitGroup // readers of listeners
	running sync.WaitGroup // legs

	mu     sync.Mutex
	closed bool
	legs   map[legKey]*Leg
	opened map[string]*Leg      // INVITEs that opened a leg, by Call-ID, From tag and CSeq
	client map[string]*clientTx // by branch and method
	server map[string]*serverTx
}

// legKey tells which leg a message inside a dialog is for.
type legKey struct{ callID, localTag string }

// Listen opens the sockets and begins to take calls. A *ListenError says which
// address cannot be had.
func Listen(o Options) (*Stack, error) {
	o = o.withDefaults()
	s := &Stack{
		opts: o, log: o.Logger, salt: newID(8), closing: make(chan struct{}),
		legs: map[legKey]*Leg{}, opened: map[string]*Leg{},
		client: map[string]*clientTx{}, server: map[string]*serverTx{},
	}
	if len(o.Listen) == 0 {
		return nil, errors.New("no address to listen for SIP on is given")
	}
	gate := newGate(o.Known)
	for _, spec := range o.Listen {
		l, err := o.open(spec, gate)
		if err != nil {
			for _, l := range s.listeners {
				_ = l.socket().Close()
			}
			return nil, err
		}
		s.listeners = append(s.listeners, l)
	}
	quiet := slog.New(demoted{o.Logger.Handler()})
	s.transport = sip.NewTransportLayer(cmp.Or(o.Resolver, net.DefaultResolver), sip.NewParser(), o.TLS, sip.WithTransportLayerLogger(quiet))
	s.transport.OnMessage(s.receive)
	for _, l := range s.listeners {
		s.serving.Add(1)
		go s.serve(l)
		<-l.ready
	}
	return s, nil
}

// Addr gives the address listened on for "udp", "tcp" or "tls", with its real port;
// not valid if there is none. Of several it is the first.
func (s *Stack) Addr(network string) netip.AddrPort {
	for _, l := range s.listeners {
		if strings.EqualFold(l.network, network) {
			return l.addr
		}
	}
	return netip.AddrPort{}
}

// Legs tells how many calls there are, those that are being ended included.
func (s *Stack) Legs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// HangUpAll hangs up all calls and waits until the peers have answered, as long
// as ctx lasts.
func (s *Stack) HangUpAll(ctx context.Context, h HangUp) error {
	for _, l := range s.all() {
		l.HangUp(h)
	}
	for _, l := range s.all() {
		select {
		case <-l.Done():
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (s *Stack) all() []*Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.legs))
}

// Close closes the sockets and drops what calls there are without a word to the
// peers (HangUp them first, and wait for their Done); their Ended is called. It
// returns when all goroutines have ended.
func (s *Stack) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.closing)
	s.mu.Unlock()

	for _, l := range s.all() {
		l.post(func() { l.drop("the SIP stack was closed") })
	}
	s.running.Wait()
	for _, tx := range s.transactions() {
		tx.Terminate()
	}
	for _, l := range s.listeners {
		_ = l.socket().Close()
	}
	_ = s.transport.Close()
	s.serving.Wait()
}

func (s *Stack) transactions() []sip.Transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []sip.Transaction
	for _, c := range s.client {
		all = append(all, c.tx)
	}
	for _, c := range s.server {
		all = append(all, c.tx)
	}
	return all
}

func (s *Stack) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// register makes a leg known; it fails when there are too many.
func (s *Stack) register(l *Leg) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case len(s.legs) >= s.opts.MaxLegs:
		return ErrBusy
	}
	s.legs[l.key] = l
	if l.openedBy != "" {
		s.opened[l.openedBy] = l
	}
	s.running.Add(1)
	return nil
}

func (s *Stack) unregister(l *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.legs, l.key)
	delete(s.opened, l.openedBy)
	s.running.Done()
}

func (s *Stack) leg(callID, localTag string) *Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.legs[legKey{callID, localTag}]
}

// guard, deferred, turns a panic into a log line: what one message does wrong
// must not end the calls of the others.
func (s *Stack) guard(doing string, recovered func()) {
	if r := recover(); r != nil {
		s.log.Error("a fault in the SIP stack", "doing", doing, "fault", fmt.Sprint(r), "stack", string(debug.Stack()))
		if recovered != nil {
			recovered()
		}
	}
}

// newID gives n random octets in hexadecimal.
func newID(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// demoted passes sipgo's own lines on as debug lines: what it reports as errors
// are peers' mistakes, and any stranger can make them by the thousand.
type demoted struct{ slog.Handler }

func (d demoted) Enabled(ctx context.Context, _ slog.Level) bool {
	return d.Handler.Enabled(ctx, slog.LevelDebug)
}

func (d demoted) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return d.Handler.Handle(ctx, r)
}

func (d demoted) WithAttrs(a []slog.Attr) slog.Handler { return demoted{d.Handler.WithAttrs(a)} }

func (d demoted) WithGroup(name string) slog.Handler { return demoted{d.Handler.WithGroup(name)} }
