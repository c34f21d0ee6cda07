package audio

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/rtp"
)

// Received counts what has come over an audio leg.
type Received struct {
	Packets int            // RTP
	Octets  int            // of their payloads
	Lost    int            // sequence numbers that never came
	Strange int            // packets that are no RTP, among them RTCP
	From    netip.AddrPort // of the last RTP packet; not valid before the first
}

// Listen takes what comes over conn, so that nothing piles up, until ctx is
// done, and counts it. The error is what is wrong with conn, nil when it was ctx
// that ended it. One Listen at a time reads from a conn; its read deadline is
// Listen's while it runs.
func Listen(ctx context.Context, conn *net.UDPConn) (Received, error) {
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		conn.SetReadDeadline(time.Unix(1, 0))
		close(woken)
	})
	defer func() {
		if !stop() {
			<-woken // else the deadline might be set after it is cleared here
		}
		conn.SetReadDeadline(time.Time{})
	}()
	var c counter
	buffer := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if ctx.Err() != nil {
			return c.Received, nil
		}
		if err != nil {
			return c.Received, fmt.Errorf("audio: receive: %w", err)
		}
		c.take(buffer[:n], from)
	}
}

// counter follows one stream after the other by its SSRC.
type counter struct {
	Received
	ssrc uint32
	next uint16 // expected sequence number
	any  bool
}

// maxGap is how far ahead a sequence number is taken for loss; further on the
// stream has begun anew (RFC 3550 A.1).
const maxGap = 3000

func (c *counter) take(octets []byte, from netip.AddrPort) {
	var p rtp.Packet
	// 72 to 76 with the marker are RTCP's 200 to 204 (RFC 5761 4).
	if err := p.Unmarshal(octets); err != nil || p.Version != 2 || p.Marker && p.PayloadType >= 72 && p.PayloadType <= 76 {
		c.Strange++
		return
	}
	c.Packets++
	c.Octets += len(p.Payload)
	c.From = from
	ahead := int16(p.SequenceNumber - c.next)
	switch {
	case !c.any || p.SSRC != c.ssrc || ahead > maxGap || ahead < -maxGap:
		c.any, c.ssrc = true, p.SSRC
	case ahead >= 0:
		c.Lost += int(ahead)
	default:
		c.Lost = max(c.Lost-1, 0) // late: it was counted as lost
		return
	}
	c.next = p.SequenceNumber + 1
}
