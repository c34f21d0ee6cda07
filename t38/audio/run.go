package audio

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/internal/socket"
	"github.com/pagebridge/pagebridge/t38/internal/terminal"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Run is one fax call over audio: it sends what docs.Source has, if it is not
// nil, and receives into docs.Sink, if that is not nil, until the procedure ends.
// When ctx is done the call counts as ended by the other side of the signalling;
// the outcome says how far the fax came.
//
// RTP goes to remote and is taken from its address; a port other than that
// announced is followed. When remote is the zero value, the first RTP packet
// says who the peer is. conn stays open and belongs to the caller, but its read
// deadline is Run's until Run returns.
//
// The error tells of what is not fax: a conn or a store that failed. A fax that
// fails is an Outcome.
func Run(ctx context.Context, conn net.PacketConn, remote netip.AddrPort, docs t38.Documents, o Options) (t30.Outcome, error) {
	o.T30.Transmits = docs.Source != nil
	o.T30.Receives = docs.Sink != nil
	l := &loop{ctx: ctx, conn: socket.Of(conn)}
	l.peer = socket.Peer{
		Remote: netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()),
		Sound:  func(b []byte) bool { return parse(b, &l.probe) },
		Also:   o.MediaFrom,
	}
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

// loop is the one goroutine of a call: it waits for a packet until the next
// thing is due.
type loop struct {
	ctx     context.Context
	conn    socket.UDP
	peer    socket.Peer
	store   *terminal.Store
	session *session
	failed  error // of the store
	buf     [maxPacket]byte
	packet  rtp.Packet
	probe   rtp.Packet
}

// maxPacket is the longest RTP packet that is read whole.
const maxPacket = 2048

// wake ends the wait for a packet.
func (l *loop) wake() { l.conn.SetReadDeadline(time.Unix(1, 0)) }

func (l *loop) run(o Options) error {
	l.session = newSession(o, time.Now(), l)
	for !l.session.done() {
		// Set first, looked at after: what happens in between ends the wait.
		l.conn.SetReadDeadline(l.until())
		if l.ctx.Err() != nil {
			break
		}
		if a, ok := l.store.Answered(); ok {
			l.answer(a)
			continue
		}
		if err := l.read(); err != nil {
			l.hangUp()
			return fmt.Errorf("audio: receiving: %w", err)
		}
		if err := l.session.advance(time.Now()); err != nil {
			l.hangUp()
			return fmt.Errorf("audio: sending: %w", err)
		}
	}
	l.hangUp()
	in := l.session.in.stats
	l.session.log.Info("the audio of the fax has ended", "peer", l.peer.Remote,
		"packets", in.Packets, "lost", in.Lost, "strange", in.Strange)
	return l.failed
}

// until is how long to wait for a packet. A loop that is late looks into the
// socket nevertheless: no packet is missing that waits there.
func (l *loop) until() time.Time {
	d := l.session.deadline()
	if soon := time.Now().Add(glance); d.Before(soon) {
		return soon
	}
	return d
}

const glance = 100 * time.Microsecond

// read takes one packet, if one comes in time.
func (l *loop) read() error {
	n, from, err := l.conn.ReadFromUDPAddrPort(l.buf[:])
	switch {
	case err == nil:
		l.received(l.buf[:n], from)
	case errors.Is(err, os.ErrDeadlineExceeded):
	case socket.Unreachable(err):
		// The peer has no socket yet, or none any more: T.30 decides for how
		// long to go on.
	default:
		return err
	}
	return nil
}

func (l *loop) received(b []byte, from netip.AddrPort) {
	now := time.Now()
	if !l.peer.Accepts(now, from, b) || !parse(b, &l.packet) {
		return
	}
	if before := l.peer.Remote; before != from {
		l.session.log.Info("RTP comes from another address", "expected", before, "from", from)
		l.peer.Remote = from
	}
	l.session.packet(now, &l.packet)
}

// parse reads an RTP packet; false for what is none, such as RTCP (RFC 5761 4:
// its types 200 to 204 read as 72 to 76 with the marker).
func parse(b []byte, p *rtp.Packet) bool {
	err := p.Unmarshal(b)
	return err == nil && p.Version == 2 && !(p.Marker && p.PayloadType >= 72 && p.PayloadType <= 76)
}

// hangUp ends the procedure. What the store is still doing is waited for: a page
// that the peer has confirmed is to be recorded, come what may.
func (l *loop) hangUp() {
	l.finishStore()
	l.session.callEnded(time.Now())
	l.finishStore()
}

func (l *loop) finishStore() {
	for a, ok := l.store.Wait(); ok; a, ok = l.store.Wait() {
		l.answer(a)
	}
}

func (l *loop) answer(a terminal.Answer) {
	if a.Err != nil && l.failed == nil {
		l.failed = fmt.Errorf("audio: the store of pages: %w", a.Err)
		l.session.log.Error("the store of pages failed", "err", a.Err)
	}
	l.session.answer(time.Now(), a)
}

// WriteToUDPAddrPort is the session's way out. While the peer's address is not
// known there is nowhere to send to.
func (l *loop) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) {
	if l.peer.Remote.Port() == 0 {
		return len(b), nil
	}
	n, err := l.conn.WriteToUDPAddrPort(b, l.peer.Remote)
	if err != nil && socket.Transient(err) {
		err = nil
	}
	return n, err
}

func (l *loop) Fetch(n int)          { l.store.Fetch(n) }
func (l *loop) Confirm(n int)        { l.store.Confirm(n) }
func (l *loop) Commit(page *t4.Page) { l.store.Commit(page) }

// IsRTP reports whether a datagram is an RTP packet.
func IsRTP(b []byte) bool {
	var p rtp.Packet
	return parse(b, &p)
}
