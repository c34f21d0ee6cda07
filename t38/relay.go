package t38

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/socket"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// RelayLeg is one of the two legs of a relay.
type RelayLeg struct {
	Conn net.PacketConn // stays open and belongs to the caller
	// Remote is where datagrams go and whose datagrams are taken; as in Run, a
	// port other than that announced is followed, and of a zero Remote the first
	// sound datagram tells.
	Remote netip.AddrPort
	// T38 is what was agreed on the leg. Version, MaxDatagram, ErrorCorrection
	// and what belongs to it count; the rest is for a terminal.
	T38 Options
}

// RelayOptions is how a relay behaves. The zero value will do.
type RelayOptions struct {
	// Wait is how long packets are held back for one before them that is
	// missing; 0: 100 ms, with redundancy 200 ms, with FEC 300 ms.
	Wait time.Duration
	// Silence is for how long neither leg may send anything before Run gives up
	// with ErrSilence; 0: two minutes, which is longer than any timer of T.30.
	Silence time.Duration

	// Ladder takes what the two ends say: "->" is from A to B, "<-" from B to A.
	Ladder *t30.Ladder
	Logger *slog.Logger // nil: nothing is logged
}

// ErrSilence ends the Run of a relay of which both ends are silent.
var ErrSilence = errors.New("t38: both legs are silent")

const defaultSilence = 2 * time.Minute

// Relay carries a fax call between two T.38 legs. It keeps nothing: IFP packets
// that come on one leg go out on the other, each leg in its own version, error
// correction and size of datagram.
//
//	leg A ── way ──▶ leg B        repair, order, then anew: what is lost on one
//	leg A ◀── way ── leg B        leg is not lost on the other
type Relay struct {
	o     RelayOptions
	conns [2]socket.UDP // of leg A, of leg B

	mu      sync.Mutex // guards all below
	peers   [2]socket.Peer
	ways    [2]*way // ways[i] brings what comes on leg i to the other
	heard   time.Time
	sendErr error
}

// NewRelay makes a relay between two legs. It does nothing before Run.
func NewRelay(a, b RelayLeg, o RelayOptions) *Relay {
	o = o.withDefaults()
	r := &Relay{o: o}
	for i, leg := range []RelayLeg{a, b} {
		r.conns[i], r.peers[i] = socket.Of(leg.Conn), peerAt(leg.Remote, leg.T38.MediaFrom)
	}
	r.ways = newWays(a.T38, b.T38, o, r.send)
	return r
}

func (o RelayOptions) withDefaults() RelayOptions {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Silence <= 0 {
		o.Silence = defaultSilence
	}
	return o
}

// newWays makes both directions; send puts a datagram on leg 0 or 1.
func newWays(a, b Options, o RelayOptions, send func(leg int, datagram []byte)) [2]*way {
	a, b = a.withDefaults(), b.withDefaults()
	there := newWay(a, b, o, t30.Sent, func(d []byte) { send(1, d) })
	back := newWay(b, a, o, t30.Received, func(d []byte) { send(0, d) })
	there.other, back.other = back, there
	return [2]*way{there, back}
}

// Run relays until ctx is done. What has come by then still goes out. The error
// tells of a conn that failed, or is ErrSilence.
func (r *Relay) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	noticed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { r.wake(); close(noticed) })
	now := time.Now()
	r.mu.Lock()
	r.heard = now
	for _, w := range r.ways {
		w.begin(now)
	}
	r.mu.Unlock()
	var both sync.WaitGroup
	var errs [2]error
	for i := range r.conns {
		both.Go(func() {
			errs[i] = r.carry(ctx, i)
			cancel(errs[i])
		})
	}
	both.Wait()
	if !stop() {
		<-noticed // nobody moves the deadline of a socket that is given back
	}
	for _, conn := range r.conns {
		conn.SetReadDeadline(time.Time{})
	}
	if errs[0] != nil {
		return errs[0]
	}
	return errs[1]
}

// wake ends the waits for datagrams.
func (r *Relay) wake() {
	for _, conn := range r.conns {
		conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// carry is the goroutine of one way: it waits for datagrams on leg i until the
// next thing is due.
func (r *Relay) carry(ctx context.Context, i int) error {
	var buf [socket.MaxDatagram]byte
	for {
		// Set first, looked at after: what happens in between ends the wait.
		r.conns[i].SetReadDeadline(r.deadline(i))
		if ctx.Err() != nil {
			r.finish(i, buf[:])
			return nil
		}
		n, from, err := r.conns[i].ReadFromUDPAddrPort(buf[:])
		switch {
		case err == nil:
			r.datagram(i, buf[:n], from)
		case errors.Is(err, os.ErrDeadlineExceeded):
		case socket.Unreachable(err):
			// The peer has no socket yet, or none any more: the signalling
			// decides for how long to go on.
		default:
			return fmt.Errorf("t38: receiving: %w", err)
		}
		if err := r.advance(i); err != nil {
			return err
		}
	}
}

func (r *Relay) deadline(i int) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return earliest(r.ways[i].deadline(), r.heard.Add(r.o.Silence))
}

func (r *Relay) datagram(i int, b []byte, from netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, peer := time.Now(), &r.peers[i]
	if !peer.Accepts(now, from, b) {
		return
	}
	if peer.Remote != from {
		r.o.Logger.Info("T.38 packets come from another address", "leg", legNames[i], "expected", peer.Remote, "from", from)
		peer.Remote = from
	}
	r.heard = now
	if err := r.ways[i].datagram(now, b); err != nil {
		r.o.Logger.Debug("a datagram was not understood", "leg", legNames[i], "from", from, "octets", len(b), "err", err)
	}
}

var legNames = [...]string{"A", "B"}

func (r *Relay) advance(i int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.ways[i].advance(now)
	switch {
	case r.sendErr != nil:
		return fmt.Errorf("t38: sending: %w", r.sendErr)
	case now.Sub(r.heard) >= r.o.Silence:
		return ErrSilence
	}
	return nil
}

// finish takes what waits in the socket and what waits for packets before it.
func (r *Relay) finish(i int, buf []byte) {
	for range socket.LastWords {
		r.conns[i].SetReadDeadline(time.Now().Add(time.Millisecond))
		n, from, err := r.conns[i].ReadFromUDPAddrPort(buf)
		if err != nil {
			break
		}
		r.datagram(i, buf[:n], from)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ways[i].finish(time.Now())
}

// send puts a datagram on a leg; the caller holds mu. While the peer's address
// is not known there is nowhere to send to.
func (r *Relay) send(leg int, datagram []byte) {
	remote := r.peers[leg].Remote
	if remote.Port() == 0 {
		return
	}
	if _, err := r.conns[leg].WriteToUDPAddrPort(datagram, remote); err != nil && !socket.Transient(err) {
		r.sendErr = err
	}
}

// Redirect sends to another address on leg A (0) or B (1) from now on: the
// signalling has said that the peer has moved.
func (r *Relay) Redirect(leg int, remote netip.AddrPort) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.peers[leg] = peerAt(remote, r.peers[leg].Also)
}

// NextNumber is the number of the next packet on leg A (0) or B (1): for a
// terminal that takes the leg over (Options.FirstNumber) when Run has returned.
func (r *Relay) NextNumber(leg int) uint16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ways[1-leg].out.sender.Next()
}

// Confirmed tells whether the two ends have got past the training: one has said
// CFR, or more. What is sent now is a page.
func (r *Relay) Confirmed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ways[0].story.confirmed || r.ways[1].story.confirmed
}

// Stats says what the relay has seen so far.
func (r *Relay) Stats() RelayStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return RelayStats{A: legStats(r.ways[0], r.ways[1]), B: legStats(r.ways[1], r.ways[0])}
}
