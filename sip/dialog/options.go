package dialog

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// Options say where a Stack listens and who takes its calls.
type Options struct {
	// Listen are addresses such as "udp:127.0.0.1:5060", "tcp:[::]:5060" and
	// "tls:[::]:5061"; port 0 takes a free one (see Stack.Addr). At least one.
	Listen []string
	// ListenPacket opens a UDP socket. Default: net.ListenPacket.
	ListenPacket func(network, address string) (net.PacketConn, error)
	// TLS is for both roles: its Certificates are shown by listeners and to
	// servers that ask for one, RootCAs verify servers (whose name is the host
	// that is sent to), ClientCAs and ClientAuth say who may connect. Default:
	// servers are verified with the system's CAs; needed to listen.
	TLS *tls.Config
	// Advertise is the host name or IP address that peers are told in Via and
	// Contact. Default: the address listened on; for 0.0.0.0 and [::] the one
	// from which the peer is reached.
	Advertise string
	// Resolver finds hosts that calls are sent to by name. Default:
	// net.DefaultResolver.
	Resolver *net.Resolver
	// UserAgent goes into User-Agent and Server. Default: "pagebridge".
	UserAgent string
	// Logger gets the legs' lines, each with the leg's id as "call". Default:
	// slog.Default().
	Logger *slog.Logger

	// Known tells peers from strangers, of whom only so many are heard: see
	// strangeSources and strangeConnections. Admit still decides. Default: nobody
	// is a stranger.
	Known func(source netip.AddrPort) bool
	// Admit is asked for each INVITE that opens a call, before anything is kept
	// of it: Status 0 lets it in, another one answers it. It is called on the
	// reading goroutine: it returns at once. Default: everybody is let in.
	Admit func(invite *Request) Response
	// Incoming takes a call that was let in. It is the first that the leg's
	// goroutine does, and the Events that it returns are told the rest. nil
	// Events, and a nil Incoming, answer 480.
	Incoming func(leg *Leg, invite *Request) Events

	// MaxLegs bounds the calls at once, both directions together; what comes in
	// above it is answered 503. Default 2000.
	MaxLegs int
	// SessionExpires is the session timer that calls of ours ask for (RFC 4028).
	// Default 30 minutes; negative: none is asked for.
	SessionExpires time.Duration
	// RingTimeout bounds how long an INVITE of ours may stay unanswered before
	// it is cancelled (compare timer C, RFC 3261 16.6). Default 3 minutes.
	RingTimeout time.Duration
}

func (o Options) withDefaults() Options {
	if o.ListenPacket == nil {
		o.ListenPacket = net.ListenPacket
	}
	if o.UserAgent == "" {
		o.UserAgent = "pagebridge"
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Admit == nil {
		o.Admit = func(*Request) Response { return Response{} }
	}
	if o.Incoming == nil {
		o.Incoming = func(*Leg, *Request) Events { return nil }
	}
	if o.MaxLegs <= 0 {
		o.MaxLegs = 2000
	}
	if o.SessionExpires == 0 {
		o.SessionExpires = 30 * time.Minute
	}
	if o.SessionExpires > 0 {
		o.SessionExpires = max(o.SessionExpires, leastInterval)
	}
	if o.RingTimeout <= 0 {
		o.RingTimeout = 3 * time.Minute
	}
	return o
}

// Credentials answer a digest challenge (RFC 8760: MD5, SHA-256, SHA-512-256).
// The zero value answers none.
type Credentials struct{ Username, Password string }
