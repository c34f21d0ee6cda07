package audio

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/rtp"

	"github.com/pagebridge/pagebridge/t38/internal/socket"
)

// Leg says how audio travels to the peer.
type Leg struct {
	Remote      netip.AddrPort
	Law         Law
	PayloadType uint8         // 0 to 127
	Ptime       time.Duration // of each packet, 10 to 60 ms; 0: 20 ms
	Stream      *Stream       // nil: a new one
}

// PlayTone sends tone over conn to the leg's remote address, as RTP packets at
// the pace of this side's clock, with silence where the tone is silent. For CED
// it returns nil when the tone has been sent to its end; CNG goes on until ctx
// is done. It returns ctx's cause when ctx ends it, or what is wrong with leg or
// conn. Several tones may not be sent over one conn at a time.
func PlayTone(ctx context.Context, conn *net.UDPConn, leg Leg, tone Tone) error {
	if int(tone) >= len(cadences) {
		return fmt.Errorf("audio: there is no tone %d", tone)
	}
	return play(ctx, conn, leg, cadences[tone])
}

// packetWriter is the half of a net.UDPConn that sends.
type packetWriter interface {
	WriteToUDPAddrPort(b []byte, addr netip.AddrPort) (int, error)
}

func (l Leg) validate() (Leg, error) {
	if l.Ptime == 0 {
		l.Ptime = 20 * time.Millisecond
	}
	switch {
	case !l.Remote.IsValid() || l.Remote.Port() == 0:
		return l, errors.New("audio: no address to send to")
	case l.PayloadType > 127:
		return l, fmt.Errorf("audio: payload type %d is over 127", l.PayloadType)
	case l.Ptime < 10*time.Millisecond || l.Ptime > maxPtime:
		return l, fmt.Errorf("audio: packets of %v; 10 to 60 ms are possible", l.Ptime)
	}
	return l, nil
}

func play(ctx context.Context, conn packetWriter, leg Leg, c cadence) error {
	leg, err := leg.validate()
	if err != nil {
		return err
	}
	s := newSender(conn, leg)
	s.resume(time.Now())
	p := newPlayer(c)
	out := make([]int16, samples(leg.Ptime))
	// Packets leave at start + n*ptime: a late one does not delay the others,
	// so that the sample clock of the stream is that of this machine.
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for p.fill(out) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
		}
		if err := s.send(out); err != nil && !socket.Transient(err) {
			return fmt.Errorf("audio: send to %v: %w", leg.Remote, err)
		}
		next = next.Add(leg.Ptime)
		timer.Reset(time.Until(next))
	}
	return nil
}

// sender makes RTP packets of samples.
type sender struct {
	conn   packetWriter
	leg    Leg
	stream *Stream
	header *rtp.Header // of stream
	packet []byte
	octets []byte // the payload, in packet
	event  telephoneEvent
}

func newSender(conn packetWriter, leg Leg) *sender {
	stream := leg.Stream
	if stream == nil {
		stream = NewStream()
	}
	s := &sender{conn: conn, leg: leg, stream: stream, header: &stream.header}
	s.header.PayloadType = leg.PayloadType
	size := s.header.MarshalSize()
	s.packet = make([]byte, size+samples(maxPtime))
	s.octets = s.packet[size:]
	return s
}

// maxPtime is of the longest packet.
const maxPtime = 60 * time.Millisecond

// skip lets so many samples pass unsent.
func (s *sender) skip(samples int) {
	s.header.Timestamp += uint32(samples)
	s.stream.due = s.stream.due.Add(duration(samples))
	s.header.Marker = true
}

func duration(samples int) time.Duration {
	return time.Duration(samples) * time.Second / sampleRate
}

func (s *sender) send(samples []int16) error {
	for i, v := range samples {
		s.octets[i] = s.leg.Law.Encode(v)
	}
	err := s.write(*s.header, len(samples))
	s.header.Marker = false
	s.header.Timestamp += uint32(len(samples))
	s.stream.due = s.stream.due.Add(duration(len(samples)))
	return err
}

// write sends a packet with so many of octets.
func (s *sender) write(h rtp.Header, octets int) error {
	h.SequenceNumber = s.header.SequenceNumber
	s.header.SequenceNumber++
	n, err := h.MarshalTo(s.packet)
	if err != nil {
		return err
	}
	_, err = s.conn.WriteToUDPAddrPort(s.packet[:n+octets], s.leg.Remote)
	return err
}
