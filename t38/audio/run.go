package audio

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/internal/socket"
	"github.com/pagebridge/pagebridge/t38/internal/terminal"
	"github.com/pagebridge/pagebridge/t38/t30"
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
	o = o.withDefaults()
	var probe rtp.Packet
	peer := socket.Peer{
		Remote: netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()),
		Sound:  func(b []byte) bool { return parse(b, &probe) },
		Also:   o.MediaFrom,
	}
	l := terminal.NewLoop(ctx, conn, peer, docs.Source, docs.Sink, o.Logger)
	s := newSession(o, time.Now(), l)
	err := l.Run(s)
	if err != nil {
		err = fmt.Errorf("audio: %w", err)
	}
	in := s.in.stats
	o.Logger.Info("the audio of the fax has ended", "peer", l.Peer.Remote,
		"packets", in.Packets, "lost", in.Lost, "strange", in.Strange)
	return s.driver.Engine.Outcome(), err
}

// parse reads an RTP packet; false for what is none, such as RTCP (RFC 5761 4:
// its types 200 to 204 read as 72 to 76 with the marker).
func parse(b []byte, p *rtp.Packet) bool {
	err := p.Unmarshal(b)
	return err == nil && p.Version == 2 && !(p.Marker && p.PayloadType >= 72 && p.PayloadType <= 76)
}

// IsRTP reports whether a datagram is an RTP packet.
func IsRTP(b []byte) bool {
	var p rtp.Packet
	return parse(b, &p)
}
