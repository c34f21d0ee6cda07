package t38

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/pagebridge/pagebridge/t38/ifp"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// Options is what was agreed with the peer and how this terminal behaves. The
// zero value is a version 0 session without error correction.
type Options struct {
	Version int // T38FaxVersion agreed, 0 to 3

	// MaxBitRate is the peer's T38MaxBitRate in bit/s, which bounds
	// T30.MaxRate; 0: not said.
	MaxBitRate int
	// MaxDatagram is the peer's T38FaxMaxDatagram in octets; 0: not said. Some
	// peers mean the UDPTL packet by it and some the IFP packet, so both are
	// kept below it.
	MaxDatagram int

	ErrorCorrection udptl.ErrorCorrection // T38FaxUdpEC agreed
	// With redundancy, how many earlier packets each datagram repeats: for
	// indicators and V.21, which are small and decide, and for the page. 0: 5
	// and 3; negative: none; at most udptl.MaxDepth.
	ControlRedundancy, ImageRedundancy int
	FECSpan, FECEntries                int // with FEC; 0: 3 each

	// PacketInterval is how much of a page one packet holds, 10 to 40 ms; 0: 30
	// ms.
	PacketInterval time.Duration
	// LocalTCF says that T38FaxRateManagement is localTCF: the training check
	// does not travel, each side makes and judges its own.
	LocalTCF bool

	// FillBitRemoval says that T38FaxFillBitRemoval was agreed: rows outside ECM
	// are sent without fill. What comes is read with and without.
	FillBitRemoval bool

	// FirstNumber is the number of the first packet that is sent: 0, unless a Relay
	// has sent some to this peer before (Relay.NextNumber).
	FirstNumber uint16

	// MediaFrom are networks besides the announced address that the peer may send
	// from: it may be behind an address translator and not know.
	MediaFrom []netip.Prefix

	// FirstPacket is how long the peer may take until its first packet, before
	// Run gives T.38 up with ErrNoPackets; 0: as long as T.30 waits.
	FirstPacket time.Duration

	Logger *slog.Logger // nil: nothing is logged

	// T30 says who the terminal is and what it can do. Send, Receive and Run
	// fill in Transmits and Receives.
	T30 t30.Config
}

const (
	defaultInterval = 30 * time.Millisecond
	// sendings is how often the last datagram before a pause is sent, since no
	// later one brings a copy of it soon: after one interval, two and four more,
	// to outlast a short break of the network.
	sendings = 4
	// keepAlive is how often the last datagram is sent again while there is
	// nothing to say, so that no address translator on the way forgets the
	// peer. The receiver drops it as a repetition.
	keepAlive = 10 * time.Second
	// ifpOverhead is what an IFP packet has beside the octets of one field.
	ifpOverhead = 8
)

// withDefaults gives the options with every zero value decided.
func (o Options) withDefaults() Options {
	if o.PacketInterval == 0 {
		o.PacketInterval = defaultInterval
	}
	o.PacketInterval = min(max(o.PacketInterval, 10*time.Millisecond), 40*time.Millisecond)
	o.ControlRedundancy = depth(o.ControlRedundancy, 5)
	o.ImageRedundancy = depth(o.ImageRedundancy, 3)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MaxBitRate > 0 && (o.T30.MaxRate == 0 || o.MaxBitRate < o.T30.MaxRate) {
		o.T30.MaxRate = o.MaxBitRate
	}
	return o
}

func depth(n, normal int) int {
	if n == 0 {
		return normal
	}
	return min(max(n, 0), udptl.MaxDepth)
}

// syntax is that of the IFP packets.
func (o Options) syntax() ifp.Syntax { return ifp.SyntaxOf(o.Version) }
