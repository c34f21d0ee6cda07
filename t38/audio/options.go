package audio

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/pagebridge/pagebridge/t38/modem"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// Options is what was agreed on with the peer and how this terminal behaves. The
// zero value is PCMU in packets of 20 ms.
type Options struct {
	Law         Law
	PayloadType uint8         // 0 to 127, to send; what comes may also have the static type of either law
	Ptime       time.Duration // of the packets to send, 10 to 60 ms; 0: 20 ms
	// Stream is what a tone has been sent in before; nil: the first that is sent.
	Stream *Stream
	// Events is the payload type of telephone events (RFC 4733), 0: none. CNG and
	// CED that come as such are heard.
	Events uint8
	// SendEvents sends CNG and CED as events (RFC 4734) in place of their samples.
	// The peer must have agreed to events 32 to 36: most know 0 to 15 only.
	SendEvents bool

	// MediaFrom is as in t38.Options.
	MediaFrom []netip.Prefix

	// Jitter is how long a packet may be late before it counts as lost. It delays
	// nothing while none is missing. 0: 80 ms.
	Jitter time.Duration

	Level          float64 // of what is sent, dBm0; 0: -13
	EchoProtection bool    // a tone before each fast training, against echo suppressors

	Logger *slog.Logger // nil: nothing is logged

	// T30 says who the terminal is and what it can do. Run fills in Transmits and
	// Receives.
	T30 t30.Config
}

const defaultJitter = 80 * time.Millisecond

func (o Options) withDefaults() Options {
	if o.Ptime == 0 {
		o.Ptime = 20 * time.Millisecond
	}
	o.Ptime = min(max(o.Ptime.Truncate(time.Millisecond), 10*time.Millisecond), maxPtime)
	if o.Level == 0 {
		o.Level = modem.DefaultLevel
	}
	o.SendEvents = o.SendEvents && o.Events != 0
	if o.Jitter <= 0 {
		o.Jitter = defaultJitter
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
