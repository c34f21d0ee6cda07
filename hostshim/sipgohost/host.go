package sipgohost

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/sip/b2bua"
	"github.com/pagebridge/pagebridge/sip/dialog"
	"github.com/pagebridge/pagebridge/sip/dns"
	"github.com/pagebridge/pagebridge/sip/trunk"
)

var _ hostshim.Host = (*Host)(nil)

// Options are the SIP side of the ready-made host.
type Options struct {
	// Listen are addresses such as "udp:127.0.0.1:5060" and "tcp:127.0.0.1:5060".
	Listen []string
	// TLS: as in dialog.Options.
	TLS *tls.Config
	// Advertise is the address that peers are told. Default: the one listened on.
	Advertise string
	// DNS finds trunks that are given by name. Default: the system's.
	DNS dns.Resolver
	// Trunks are the neighbours; calls from elsewhere are answered 403.
	Trunks []trunk.Trunk
	// Digest are the algorithms that callers are asked for who prove to be a trunk,
	// in this order, of trunk.Algorithms. Default: these.
	Digest []string
	// DefaultRoute names the trunk of calls that are not for the plugin. "": they
	// are answered 404.
	DefaultRoute string
	// Logger: default slog.Default().
	Logger *slog.Logger
}

// Host is a SIP server that asks the plugin about each call.
type Host struct {
	// set at construction; immutable
	opts   Options
	log    *slog.Logger
	stack  *dialog.Stack
	trunks atomic.Pointer[trunk.Set] // replaced by Reload
	guard  *trunk.Guard

	mu       sync.Mutex
	events   hostshim.Events // nil before Start
	stopping bool
	draining bool          // calls that are up may go on
	idle     chan struct{} // closed when draining and the last call has ended
	route    string
	calls    map[string]*call
	unwatch  func() // ends Watch and waits for it
	ended    map[CallKind]int
	refused  map[string]int
	stranger struct { // who was refused
		said  time.Time // when the log last had one
		since int       // how many it has not had since then
	}
}

// New opens the ports. A *dialog.ListenError says which one cannot be had.
// Calls are answered 503 until Start.
func New(o Options) (*Host, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	trunks, err := trunk.NewSet(o.Trunks)
	if err != nil {
		return nil, err
	}
	h := &Host{opts: o, log: o.Logger, guard: trunk.NewGuard(o.Digest...), route: o.DefaultRoute, idle: make(chan struct{}), calls: map[string]*call{}, unwatch: func() {}, ended: map[CallKind]int{}, refused: map[string]int{}}
	trunks.UseDNS(o.DNS)
	h.trunks.Store(trunks)
	if err := checkRoute(trunks, o.DefaultRoute); err != nil {
		return nil, err
	}
	h.stack, err = dialog.Listen(dialog.Options{
		Listen: o.Listen, TLS: o.TLS, Advertise: o.Advertise, Resolver: o.DNS.Net(), Logger: o.Logger,
		Known: h.knows,
		Admit: h.admit, Incoming: h.incoming,
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// Addr gives the address listened on for "udp" or "tcp", with its real port.
func (h *Host) Addr(network string) netip.AddrPort { return h.stack.Addr(network) }

// Start begins to take calls, for the plugin behind events, and to watch the
// trunks.
func (h *Host) Start(events hostshim.Events) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = events
	h.watch()
}

// watch begins to watch the trunks. The caller holds mu.
func (h *Host) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	watched, trunks, events := make(chan struct{}), h.trunks.Load(), h.events
	h.unwatch = func() { cancel(); <-watched }
	go func() {
		defer close(watched)
		trunks.Watch(ctx, h.stack, h.log, events.TrunkState)
	}()
}

// Shutdown takes no more calls, hangs up those that are up, unregisters the
// trunks and closes the ports. ctx bounds the waiting for peers.
func (h *Host) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.stopping = true
	unwatch := h.unwatch
	h.mu.Unlock()
	defer h.stack.Close()

	unwatched := make(chan struct{})
	go func() { defer close(unwatched); unwatch() }()
	err := h.stack.HangUpAll(ctx, dialog.HangUp{Status: 503, Headers: reason(hostshim.HangUp{Reason: "the server is stopped"})})
	select {
	case <-unwatched:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("ending the calls: %w", err)
	}
	return nil
}

// admit lets in what comes from a trunk.
func (h *Host) admit(invite *dialog.Request) dialog.Response {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopping || h.draining || h.events == nil {
		h.refused[notServing]++
		return dialog.Response{Status: 503}
	}
	verdict := h.guard.Admit(h.trunks.Load(), invite, time.Now())
	if verdict.Why != "" {
		h.tellStranger(invite, verdict.Why)
		h.refused[unknownAddress]++
	}
	invite.Peer = verdict.Trunk
	return verdict.Refusal
}

// knows tells trunks from strangers.
func (h *Host) knows(source netip.AddrPort) bool {
	_, ok := h.trunks.Load().Match(source)
	return ok || h.guard.Knows(source, time.Now())
}

// tellStranger logs a call that is refused, once a second at most: strangers come by
// the thousand. The caller holds mu.
func (h *Host) tellStranger(invite *dialog.Request, why string) {
	if time.Since(h.stranger.said) < time.Second {
		h.stranger.since++
		return
	}
	h.log.Warn("a call of a stranger is refused", "why", why, "source", invite.Source, "to", invite.URI.User, "others_since_the_last_line", h.stranger.since)
	h.stranger.said, h.stranger.since = time.Now(), 0
}

// errUnknown answers commands for calls that are over, which is no fault of the
// plugin's: they cross the Ended that tells it.
var errUnknown = errors.New("there is no such call")

// call gives a call of the plugin's, and its leg.
func (h *Host) call(id string) (*call, *dialog.Leg, error) {
	h.mu.Lock()
	c := h.calls[id]
	h.mu.Unlock()
	if c != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.leg != nil && !c.bridged {
			return c, c.leg, nil
		}
	}
	return nil, nil, fmt.Errorf("call %s: %w", id, errUnknown)
}

// add makes a call known to the commands.
func (h *Host) add(c *call) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.stopping || h.draining || h.events == nil:
		return errors.New("the server is stopped")
	case h.calls[c.id] != nil:
		return fmt.Errorf("call %s is up already", c.id)
	}
	c.tell, h.calls[c.id] = h.events, c
	return nil
}

func (h *Host) remove(c *call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls[c.id] == c {
		delete(h.calls, c.id)
		h.ended[CallKind{Trunk: c.trunk, Outgoing: c.outgoing, Outcome: c.outcome}]++
		h.trunks.Load().End(c.trunk)
		h.tellIdle()
	}
}

// routed implements b2bua.Router: over the default route, unless the call came
// from there.
type routed struct {
	*Host
	from string // trunk
}

// Route implements b2bua.Router.
func (r routed) Route(invite *dialog.Request) (dialog.Call, *b2bua.Refusal) {
	r.mu.Lock()
	route := r.route
	r.mu.Unlock()
	switch route {
	case "", r.from: // back to where it came from would be a loop
		return dialog.Call{}, &b2bua.Refusal{Status: 404}
	}
	c, err := r.trunks.Load().Call(route, r.trunks.Load().Called(r.from, invite), r.trunks.Load().Caller(r.from, invite))
	if err != nil {
		return c, &b2bua.Refusal{Status: 404, Reason: err.Error()}
	}
	if c.FromName == "" {
		c.FromName = invite.FromName
	}
	return c, nil
}
