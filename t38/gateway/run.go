package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/audio"
	"github.com/pagebridge/pagebridge/t38/internal/socket"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// LineEnd is the side of the fax machine: RTP.
type LineEnd struct {
	Conn   net.PacketConn // stays open and belongs to the caller
	Remote netip.AddrPort // as of audio.Run
	Audio  audio.Options  // but for its T30 part
}

// T38End is the side of the T.38 peer: UDPTL.
type T38End struct {
	Conn   net.PacketConn // stays open and belongs to the caller
	Remote netip.AddrPort // as of t38.RelayLeg
	T38    t38.Options    // as of t38.RelayLeg
}

// ErrSilence ends a Session of which the T.38 peer is silent, and the line with it.
var ErrSilence = errors.New("gateway: both sides are silent")

// silence is for how long neither side may say anything: longer than any timer of
// T.30.
const silence = 2 * time.Minute

// lastWords is how long what was said last may take to leave on the line when
// the call ends: a DCN with its preamble.
const lastWords = 3 * time.Second

// inFlight is how long it is waited for what was said before that: it may be in
// the socket still.
const inFlight = 100 * time.Millisecond

// Session is a Gateway with its two ends, for one Run.
//
//	RTP socket   ──▶ reader ─┐                ┌─▶ audio.Port ──▶ RTP socket
//	                         ├─▶ one goroutine┤      Gateway
//	UDPTL socket ──▶ reader ─┘                └─▶ t38.Leg    ──▶ UDPTL socket
//
// All but Confirmed is that goroutine's.
type Session struct {
	line LineEnd
	peer T38End
	o    Options
	log  *slog.Logger

	ends  [2]*end
	came  chan datagram
	gone  chan struct{} // closed: nobody takes datagrams any more
	heard time.Time

	now     time.Time
	gateway *Gateway
	port    *audio.Port
	leg     *t38.Leg
	trains  bool // the line's signal has been told while it trained
	failed  error

	confirmed atomic.Bool
}

// NewSession makes one that has not begun; log may be nil.
func NewSession(line LineEnd, peer T38End, o Options, log *slog.Logger) *Session {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l := &Session{line: line, peer: peer, o: o, log: log, came: make(chan datagram, 64), gone: make(chan struct{})}
	l.ends[OnLine] = newEnd(line.Conn, line.Remote, line.Audio.MediaFrom, audio.IsRTP)
	l.ends[OnT38] = newEnd(peer.Conn, peer.Remote, peer.T38.MediaFrom, isUDPTL)
	return l
}

// Confirmed tells whether the two machines have got past the training. It may be
// asked while Run runs.
func (l *Session) Confirmed() bool { return l.confirmed.Load() }

// Run carries the call until ctx is done; what the line has still to say is said
// then. The result is what was carried, whatever ended it; the error tells of a conn
// that failed, or is ErrSilence.
func (l *Session) Run(ctx context.Context) (Result, error) {
	l.open()
	var readers sync.WaitGroup
	for side := range l.ends {
		readers.Go(func() { l.read(Side(side)) })
	}
	err := l.run(ctx)
	close(l.gone)
	for _, e := range l.ends {
		e.conn.SetReadDeadline(time.Unix(1, 0))
	}
	readers.Wait()
	for _, e := range l.ends {
		e.conn.SetReadDeadline(time.Time{})
	}
	return Result{Line: l.port.Received(), T38: l.leg.Stats(), Fax: l.gateway.Fax(), NextNumber: l.leg.NextNumber()}, err
}

// end is one socket and its peer.
type end struct {
	conn socket.UDP
	peer socket.Peer
}

func newEnd(conn net.PacketConn, remote netip.AddrPort, also []netip.Prefix, sound func([]byte) bool) *end {
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	return &end{socket.Of(conn), socket.Peer{Remote: remote, Also: also, Sound: sound}}
}

func isUDPTL(b []byte) bool { return new(udptl.Packet).Parse(b) == nil }

type datagram struct {
	side   Side
	octets []byte
	from   netip.AddrPort
	err    error
}

// read is the goroutine of one socket.
func (l *Session) read(side Side) {
	for {
		buf := make([]byte, 2048)
		n, from, err := l.ends[side].conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return
		case err != nil && socket.Unreachable(err):
			continue // the peer has no socket yet, or none any more
		}
		select {
		case l.came <- datagram{side, buf[:n], from, err}:
		case <-l.gone:
			return
		}
		if err != nil {
			return
		}
	}
}

func (l *Session) open() {
	l.now = time.Now()
	l.heard = l.now
	l.port = audio.NewPort(audio.PortOptions{
		Options: l.line.Audio, Send: func(b []byte) error { return l.send(OnLine, b) }, Hear: l.onLine, Training: l.training,
	}, l.now)
	l.leg = t38.NewLeg(l.peer.T38, l.now, func(b []byte) { l.send(OnT38, b) }, l.onT38)
	l.gateway = New(l.o, &portLine{Port: l.port}, l.leg, l.now)
}

// portLine is a Port as a Line.
type portLine struct {
	*audio.Port
	modulation t30.Modulation
	paged      bool // the signal is a page outside ECM: something but zeros has come
	rows       rows
}

// Listen implements Line.
func (p *portLine) Listen(e Expected) { p.Line.Listen(e.Modulation, e.Content, e.Short) }

// Carrier implements Speaker.
func (p *portLine) Carrier(m t30.Modulation, short bool) {
	p.flush()
	p.modulation = m
	p.Port.Carrier(m, short)
}

// jitter is by how much a page may be delayed so that it does not run out of data:
// it begins with so much fill, which belongs to the EOL behind it (T.4 4.1.3).
const jitter = 200 * time.Millisecond

// Data implements Speaker. TCF, which is nothing but zeros, goes on as it comes.
func (p *portLine) Data(octets []byte) {
	if !p.paged && slices.ContainsFunc(octets, func(o byte) bool { return o != 0 }) {
		p.paged = true
		p.Port.Data(make([]byte, p.modulation.Rate()/8*int(jitter/time.Millisecond)/1000))
	}
	if p.paged {
		octets = p.rows.add(octets)
	}
	p.Port.Data(octets)
}

// Done implements Speaker.
func (p *portLine) Done() {
	p.flush()
	p.Port.Done()
}

func (p *portLine) flush() {
	if p.paged {
		p.Port.Data(p.rows.rest())
	}
	p.paged = false
}

func (l *Session) send(side Side, b []byte) error {
	e := l.ends[side]
	if e.peer.Remote.Port() == 0 {
		return nil // its first datagram tells where it is
	}
	_, err := e.conn.WriteToUDPAddrPort(b, e.peer.Remote)
	if err != nil && !socket.Transient(err) && l.failed == nil {
		l.failed = fmt.Errorf("gateway: sending: %w", err)
	}
	return nil
}

func (l *Session) run(ctx context.Context) error {
	ended, over := ctx.Done(), time.Time{}
	for l.failed == nil {
		timer := time.NewTimer(time.Until(l.deadline()))
		select {
		case d := <-l.came:
			l.datagram(d)
		case <-timer.C:
		case <-ended:
			ended, over = nil, time.Now()
		}
		timer.Stop()
		l.drain()
		l.advance()
		switch {
		case over.IsZero() && l.now.Sub(l.heard) > silence:
			return ErrSilence
		case over.IsZero():
		case l.now.Sub(over) > lastWords, l.now.Sub(over) > inFlight && !l.port.Sending():
			return l.failed
		}
	}
	return l.failed
}

// drain takes what waits: a loop that is late must not take what it has not looked
// at for missing.
func (l *Session) drain() {
	for range cap(l.came) {
		select {
		case d := <-l.came:
			l.datagram(d)
		default:
			return
		}
	}
}

func (l *Session) deadline() time.Time {
	d := l.port.Deadline()
	for _, t := range []time.Time{l.leg.Deadline(), l.gateway.Deadline()} {
		if !t.IsZero() && t.Before(d) {
			d = t
		}
	}
	return d
}

func (l *Session) datagram(d datagram) {
	if d.err != nil {
		l.failed = fmt.Errorf("gateway: receiving: %w", d.err)
		return
	}
	l.now = time.Now()
	e := l.ends[d.side]
	if !e.peer.Accepts(l.now, d.from, d.octets) {
		return
	}
	if e.peer.Remote != d.from {
		l.log.Info("packets come from another address", "expected", e.peer.Remote, "from", d.from)
		e.peer.Remote = d.from
	}
	if d.side == OnLine {
		l.port.RTP(l.now, d.octets)
		return
	}
	l.heard = l.now
	if err := l.leg.Datagram(l.now, d.octets); err != nil {
		l.log.Debug("a datagram was not understood", "from", d.from, "err", err)
	}
}

func (l *Session) advance() {
	l.now = time.Now()
	l.leg.Advance(l.now)
	l.gateway.Advance(l.now)
	l.port.Advance(l.now)
	if !l.confirmed.Load() && l.gateway.fax.Confirmed() {
		l.confirmed.Store(true)
	}
}

// onLine takes what the line brings.
func (l *Session) onLine(ev t30.Event) {
	switch ev.(type) {
	case t30.TransmitDone:
		return
	default:
		l.heard = l.now
	}
	switch ev := ev.(type) {
	case t30.ToneHeard:
		l.gateway.Tone(l.now, OnLine, ev.Tone)
	case t30.CarrierUp:
		if ev.Modulation != t30.V21 && l.trains {
			return // told when its training began
		}
		l.trains = false
		l.gateway.Carrier(l.now, OnLine, ev.Modulation, false)
	case t30.TrainingFailed:
		l.trains = false
		l.gateway.TrainingFailed(l.now)
	case t30.CarrierDown:
		l.trains = false
		l.gateway.Done(l.now, OnLine)
	case t30.FrameReceived:
		l.gateway.Frame(l.now, OnLine, ev.Octets, ev.FCSOK)
	case t30.DataReceived:
		l.gateway.Data(l.now, OnLine, ev.Octets)
	case t30.DataLost:
		// Of TCF, which is zeros. What the network has lost is no fault of the
		// modem that it tries.
		l.gateway.Data(l.now, OnLine, make([]byte, ev.Octets))
	}
}

// training tells the peer at once what comes, for its own modem trains as long.
func (l *Session) training(m t30.Modulation, short bool) {
	l.trains = true
	l.gateway.Carrier(l.now, OnLine, m, short)
}

// onT38 takes what the peer says.
func (l *Session) onT38(ev t30.Event) {
	switch ev := ev.(type) {
	case t30.ToneHeard:
		l.gateway.Tone(l.now, OnT38, ev.Tone)
	case t30.CarrierUp:
		l.gateway.Carrier(l.now, OnT38, ev.Modulation, l.leg.ShortTraining())
	case t30.CarrierDown:
		l.gateway.Done(l.now, OnT38)
	case t30.FrameReceived:
		l.gateway.Frame(l.now, OnT38, ev.Octets, ev.FCSOK)
	case t30.DataReceived:
		l.gateway.Data(l.now, OnT38, ev.Octets)
	}
}
