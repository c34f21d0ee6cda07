package t38

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pagebridge/pagebridge/t38/internal/terminal"
	"github.com/pagebridge/pagebridge/t38/t30"
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
	o = o.withDefaults()
	l := terminal.NewLoop(ctx, conn, peerAt(remote, o.MediaFrom), docs.Source, docs.Sink, o.Logger)
	s := newSession(o, time.Now(), l)
	err := l.Run(s)
	if err != nil && !errors.Is(err, ErrNoPackets) {
		err = fmt.Errorf("t38: %w", err)
	}
	return s.driver.Engine.Outcome(), err
}
