package t38

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/socket"
	"github.com/pagebridge/pagebridge/t38/internal/terminal"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// ErrNoPackets ends a Run whose peer sent nothing within Options.FirstPacket.
var ErrNoPackets = errors.New("t38: the peer sends no T.38 packets")

// Send faxes the document over conn to the peer at remote.
func Send(ctx context.Context, conn net.PacketConn, remote netip.AddrPort, src PageSource, o Options) (t30.Outcome, error) {
	return Run(ctx, conn, remote, Documents{Source: src}, o)
}

// Receive receives a fax over conn from the peer at remote.
func Receive(ctx context.Context, conn net.PacketConn, remote netip.AddrPort, sink PageSink, o Options) (t30.Outcome, error) {
	return Run(ctx, conn, remote, Documents{Sink: sink}, o)
}

// Run is one fax call: it sends what docs.Source has, if it is not nil, and
// receives into docs.Sink, if that is not nil, until the procedure ends. When
// ctx is done the call counts as ended by the other side of the signalling; the
// outcome says how far the fax came.
//
// Datagrams go to remote and are taken from its address; a port other than
// that announced is followed. When remote is the zero value, the first sound
// datagram says who the peer is. conn stays open and belongs to the caller, but
// its read deadline is Run's until Run returns.
//
// The error tells of what is not fax: a conn or a store that failed. A fax that
// fails is an Outcome.
func Run(ctx context.Context, conn net.PacketConn, remote netip.AddrPort, docs Documents, o Options) (t30.Outcome, error) {
	o.T30.Transmits = docs.Source != nil
	o.T30.Receives = docs.Sink != nil
	l := &loop{ctx: ctx, conn: socket.Of(conn), peer: peerAt(remote, o.MediaFrom)}
	l.store = terminal.NewStore(ctx, docs.Source, docs.Sink, l.wake)
	noticed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { l.wake(); close(noticed) })
	err := l.run(o)
	// Nobody may wake the loop any more when the socket is given back.
	if !stop() {
		<-noticed
	}
	l.store.Close()
	l.conn.SetReadDeadline(time.Time{})
	return l.session.driver.Engine.Outcome(), err
}

// loop is the one goroutine of a call: it waits for a datagram until the next
// thing is due. Whatever else it must notice ends that wait.
type loop struct {
	ctx     context.Context
	conn    socket.UDP
	peer    socket.Peer
	store   *terminal.Store
	session *session
	firstBy time.Time // a packet of the peer must have come by then; zero: no matter
	sendErr error
	failed  error // of the store
	buf     [maxDatagram]byte
}

// maxDatagram is the longest datagram that is read whole.
const maxDatagram = 2048

// wake ends the wait for a datagram.
func (l *loop) wake() { l.conn.SetReadDeadline(time.Unix(1, 0)) }

func (l *loop) run(o Options) error {
	now := time.Now()
	if o.FirstPacket > 0 {
		l.firstBy = now.Add(o.FirstPacket)
	}
	l.session = newSession(o, now, l)
	for !l.session.done() {
		// Set first, looked at after: what happens in between ends the wait.
		l.conn.SetReadDeadline(earliest(l.session.deadline(), l.firstBy))
		if l.ctx.Err() != nil {
			return l.callEnded()
		}
		if a, ok := l.store.Answered(); ok {
			l.answer(a)
			continue
		}
		if err := l.read(); err != nil {
			l.hangUp()
			return fmt.Errorf("t38: receiving: %w", err)
		}
		if l.sendErr != nil {
			l.hangUp()
			return fmt.Errorf("t38: sending: %w", l.sendErr)
		}
		now := time.Now()
		if !l.firstBy.IsZero() && !now.Before(l.firstBy) {
			l.hangUp()
			return ErrNoPackets
		}
		l.session.advance(now)
	}
	l.finishStore()
	return l.failed
}

// read takes one datagram, if one comes in time.
func (l *loop) read() error {
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

func (l *loop) datagram(b []byte, from netip.AddrPort) {
	now := time.Now()
	if !l.peer.Accepts(now, from, b) {
		return
	}
	if before := l.peer.Remote; before != from {
		l.session.log.Info("T.38 packets come from another address", "expected", before, "from", from)
		l.peer.Remote = from
	}
	l.firstBy = time.Time{}
	if err := l.session.datagram(now, b); err != nil {
		l.session.log.Debug("a datagram was not understood", "from", from, "octets", len(b), "err", err)
	}
}

// lastWords bounds how many datagrams are still read when the call has ended.
const lastWords = 64

// callEnded takes what the peer has said last, which waits in the socket, and
// ends the procedure.
func (l *loop) callEnded() error {
	for range lastWords {
		l.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
		n, from, err := l.conn.ReadFromUDPAddrPort(l.buf[:])
		if err != nil {
			break
		}
		l.datagram(l.buf[:n], from)
	}
	l.hangUp()
	return l.failed
}

func (l *loop) hangUp() {
	l.finishStore()
	l.session.callEnded(time.Now())
	l.finishStore()
}

// finishStore waits for what the store is still doing: a page that the peer has
// confirmed is to be recorded, come what may.
func (l *loop) finishStore() {
	for a, ok := l.store.Wait(); ok; a, ok = l.store.Wait() {
		l.answer(a)
	}
}

func (l *loop) answer(a terminal.Answer) {
	if a.Err != nil && l.failed == nil {
		l.failed = fmt.Errorf("t38: the store of pages: %w", a.Err)
		l.session.log.Error("the store of pages failed", "err", a.Err)
	}
	if a.Confirmed {
		l.session.confirmed(time.Now(), a.Err)
		return
	}
	l.session.event(time.Now(), a.Event)
}

// send is the session's way out. While the peer's address is not known there is
// nowhere to send to.
func (l *loop) send(datagram []byte) {
	if l.peer.Remote.Port() == 0 {
		return
	}
	if _, err := l.conn.WriteToUDPAddrPort(datagram, l.peer.Remote); err != nil && !socket.Transient(err) {
		l.sendErr = err
	}
}

func (l *loop) Fetch(n int)          { l.store.Fetch(n) }
func (l *loop) Confirm(n int)        { l.store.Confirm(n) }
func (l *loop) Commit(page *t4.Page) { l.store.Commit(page) }
