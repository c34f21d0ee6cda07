package terminal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/socket"
)

// Session is a terminal on one flow of datagrams. It is pure: what comes in and
// the time are given to it, what goes out leaves by Loop.Send.
type Session interface {
	// Done reports that the call is over and all has been said.
	Done() bool
	// Deadline is when Advance wants to be called, zero for never.
	Deadline() time.Time
	// Advance does all that is due by now. An error ends the call.
	Advance(now time.Time) error
	// Datagram takes what came from the peer, and must not keep it.
	Datagram(now time.Time, b []byte)
	// Answer takes an answer of the store.
	Answer(now time.Time, a Answer)
	// CallEnded takes the end of the call.
	CallEnded(now time.Time)
}

// Loop is the one goroutine of a call: it waits for a datagram until the next
// thing is due. Whatever else it must notice ends that wait.
type Loop struct {
	*Store // the session's Desk
	Peer   socket.Peer

	ctx     context.Context
	conn    socket.UDP
	log     *slog.Logger
	session Session
	unsent  error // why a datagram could not be sent
	failed  error // of the store
	buf     [socket.MaxDatagram]byte
}

// NewLoop makes the loop of a call, which takes datagrams from peer at conn and
// pages from source and to sink; either may be nil.
func NewLoop(ctx context.Context, conn net.PacketConn, peer socket.Peer, source Source, sink Sink, log *slog.Logger) *Loop {
	l := &Loop{ctx: ctx, conn: socket.Of(conn), Peer: peer, log: log}
	l.Store = newStore(ctx, source, sink, l.wake)
	return l
}

// Run moves the session until it is done or ctx is. Then it gives the socket
// back, without a deadline, and nothing of the call is under way any more.
func (l *Loop) Run(s Session) error {
	l.session = s
	noticed := make(chan struct{})
	stop := context.AfterFunc(l.ctx, func() { l.wake(); close(noticed) })
	err := l.run()
	// Nobody may wake the loop any more when the socket is given back.
	if !stop() {
		<-noticed
	}
	l.Close()
	l.conn.SetReadDeadline(time.Time{})
	return err
}

func (l *Loop) run() error {
	for !l.session.Done() {
		// Set first, looked at after: what happens in between ends the wait.
		l.conn.SetReadDeadline(l.until())
		if l.ctx.Err() != nil {
			l.lastWords()
			l.hangUp()
			return l.failed
		}
		if a, ok := l.Answered(); ok {
			l.answer(a)
			continue
		}
		if err := l.round(); err != nil {
			l.hangUp()
			return err
		}
	}
	l.finishStore()
	return l.failed
}

// round takes one datagram, if one comes in time, and does what is due.
func (l *Loop) round() error {
	if err := l.read(); err != nil {
		return fmt.Errorf("receiving: %w", err)
	}
	if err := l.session.Advance(time.Now()); err != nil {
		return err
	}
	if l.unsent != nil {
		return fmt.Errorf("sending: %w", l.unsent)
	}
	return nil
}

// wake ends the wait for a datagram.
func (l *Loop) wake() { l.conn.SetReadDeadline(time.Unix(1, 0)) }

// until is how long to wait for a datagram. A loop that is late looks into the
// socket nevertheless: what waits there is not missing.
func (l *Loop) until() time.Time {
	d := l.session.Deadline()
	if soon := time.Now().Add(glance); !d.IsZero() && d.Before(soon) {
		return soon
	}
	return d
}

const glance = 100 * time.Microsecond

func (l *Loop) read() error {
	n, from, err := l.conn.ReadFromUDPAddrPort(l.buf[:])
	switch {
	case err == nil:
		l.datagram(l.buf[:n], from)
	case errors.Is(err, os.ErrDeadlineExceeded):
	case socket.Unreachable(err):
		// The peer has no socket yet, or none any more: T.30 decides for how
		// long to go on.
	default:
		return err
	}
	return nil
}

func (l *Loop) datagram(b []byte, from netip.AddrPort) {
	now := time.Now()
	if !l.Peer.Accepts(now, from, b) {
		return
	}
	if expected := l.Peer.Remote; expected != from {
		l.log.Info("the peer sends from another address", "expected", expected, "from", from)
		l.Peer.Remote = from
	}
	l.session.Datagram(now, b)
}

// lastWords takes what the peer has said last, which waits in the socket.
func (l *Loop) lastWords() {
	for range socket.LastWords {
		l.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
		n, from, err := l.conn.ReadFromUDPAddrPort(l.buf[:])
		if err != nil {
			return
		}
		l.datagram(l.buf[:n], from)
	}
}

func (l *Loop) hangUp() {
	l.finishStore()
	l.session.CallEnded(time.Now())
	l.finishStore()
}

// finishStore waits for what the store is still doing: a page that the peer has
// confirmed is to be recorded, come what may.
func (l *Loop) finishStore() {
	for a, ok := l.Wait(); ok; a, ok = l.Wait() {
		l.answer(a)
	}
}

func (l *Loop) answer(a Answer) {
	if a.Err != nil && l.failed == nil {
		l.failed = fmt.Errorf("the store of pages: %w", a.Err)
		l.log.Error("the store of pages failed", "err", a.Err)
	}
	l.session.Answer(time.Now(), a)
}

// Send sends a datagram to the peer. While its address is not known there is
// nowhere to send to. What fails for good ends the loop.
func (l *Loop) Send(datagram []byte) {
	if l.Peer.Remote.Port() == 0 {
		return
	}
	if _, err := l.conn.WriteToUDPAddrPort(datagram, l.Peer.Remote); err != nil && !socket.Transient(err) {
		l.unsent = err
	}
}
