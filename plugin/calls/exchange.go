package calls

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// Options say what an Exchange may do. Trunk, Number and Inbox are asked from
// several goroutines.
type Options struct {
	// Media is where RTP and UDPTL are received: an address that peers can send
	// to, and the ports that may be bound.
	Media            netip.Addr
	PortMin, PortMax uint16
	// Bind is the address to receive at where peers are told another one: behind an
	// address translator that passes the ports on. Default: Media.
	Bind netip.Addr

	// Trunk gives the fax habits of a trunk; false if there is no such trunk.
	// The empty name is the default trunk.
	Trunk func(name string) (Trunk, bool)
	// Number says whether a called number is a fax number of ours.
	Number func(called string) (Number, bool)
	// Route says where a call to another number goes on to through the plugin;
	// false if it is the host's. nil: every such call is.
	Route func(called string) (Route, bool)
	// Inbox opens the receipt of a fax that comes in.
	Inbox func(ctx context.Context, r mailbridge.Received) (Receipt, error)

	StationID  string // our identity where a number or job has none
	DisableECM bool
	MaxRate    int           // bit/s; 0: 14400
	Codings    t30.CodingSet // that may be used; 0: all

	Logger *slog.Logger
}

// Trunk is how faxes travel over one trunk.
type Trunk struct {
	Name        string
	T38         sdp.T38 // what we offer
	Fallback    negotiation.Fallback
	Redundancy  int           // earlier packets in each packet, with redundancy
	NoReinvite  bool          // leave it to the peer to ask for T.38
	CallingWait time.Duration // as negotiation.Policy
	OfferT38    bool          // the INVITE of a call of ours offers T.38 at once
	From        string        // calling number
	// MediaFrom are networks besides the address in a peer's SDP that its media may
	// come from.
	MediaFrom []netip.Prefix
	MaxCalls  int // at once; 0: no limit
}

// Number is a number on which faxes are received.
type Number struct {
	Number    string
	StationID string
	Mailboxes []string
	Forward   *mailbridge.Destination // as of mailbridge.Received
	// Deliver says where a fax goes that is over: its SUB is known by then. nil:
	// to Mailboxes, where it also goes when the plugin dies before.
	Deliver func(mailbridge.Received) []string
	// HoldPartial says whether a fax that broke off waits to be released; nil: none
	// does.
	HoldPartial func(mailbridge.Received) bool
}

// Receipt keeps the pages of one fax that comes in.
type Receipt interface {
	ID() string
	// Commit stores the next page durably (t38.PageSink).
	Commit(ctx context.Context, p *t4.Page) error
	// Finish says how the fax ended; the pages are on their way to the
	// mailboxes when it returns.
	Finish(ctx context.Context, r mailbridge.Received) error
}

// PartReceipt is a Receipt that keeps what came of the page in which the call broke,
// too.
type PartReceipt interface {
	Receipt
	// CommitPart stores it behind the pages that came whole.
	CommitPart(ctx context.Context, p *t4.Page) error
}

// Stream is the plugin's end of the contract's stream of calls. A gRPC server
// stream is one.
type Stream interface {
	Send(*faxv1.PluginCommand) error
	Recv() (*faxv1.HostEvent, error)
}

// Exchange carries all calls of one host.
type Exchange struct {
	log *slog.Logger
	now atomic.Pointer[settings] // for calls that begin

	sending sync.Mutex // held while a command is written to the stream

	mu       sync.Mutex
	stream   Stream           // nil while no host is attached
	host     context.Context  // lives as long as the host that is attached
	attached chan struct{}    // closed when stream is set, renewed when it is lost
	calls    map[string]*call // that are up, by id
	lines    map[string]int   // calls up on each trunk
	freed    chan struct{}    // closed and renewed whenever a call ends
	draining bool
	faxes    map[FaxKind]int // Counts
	pages    map[FaxKind]int
}

// New makes an exchange with no host attached yet.
func New(o Options) *Exchange {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	x := &Exchange{
		log:      o.Logger,
		attached: make(chan struct{}), freed: make(chan struct{}),
		calls: map[string]*call{}, lines: map[string]int{},
		faxes: map[FaxKind]int{}, pages: map[FaxKind]int{},
	}
	x.Change(o)
	return x
}

// settings are the options that a call keeps to its end.
type settings struct {
	Options
	ports ports
}

// Change gives calls that begin from now on other options; those that are up keep
// theirs. The logger stays.
func (x *Exchange) Change(o Options) {
	if !o.Bind.IsValid() {
		o.Bind = o.Media
	}
	x.now.Store(&settings{Options: o, ports: ports{addr: o.Bind, min: o.PortMin, max: o.PortMax}})
}

// errHostGone ends the calls of a host that is gone.
var errHostGone = errors.New("the host is gone")

// Serve carries the calls of one host until its stream ends, then ends those
// that are left and waits for them. One host is served at a time. The error is
// that of the stream, io.EOF when the host closed it.
func (x *Exchange) Serve(stream Stream) error {
	x.mu.Lock()
	if x.stream != nil {
		x.mu.Unlock()
		return errors.New("a host is attached already")
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	x.stream, x.host = stream, ctx
	close(x.attached)
	x.mu.Unlock()

	var err error
	for err == nil {
		var ev *faxv1.HostEvent
		if ev, err = stream.Recv(); err == nil {
			x.handle(ctx, ev)
		}
	}

	x.mu.Lock()
	x.stream, x.attached = nil, make(chan struct{})
	left := x.snapshot()
	x.mu.Unlock()
	cancel(errHostGone)
	for _, c := range left {
		<-c.done
	}
	return err
}

// send passes a command to the host. A stream that has broken is noticed by
// Serve, which ends the call.
func (x *Exchange) send(cmd *faxv1.PluginCommand) {
	x.sending.Lock()
	defer x.sending.Unlock()
	x.mu.Lock()
	stream := x.stream
	x.mu.Unlock()
	if stream == nil {
		return
	}
	if err := stream.Send(cmd); err != nil {
		x.log.Debug("a command did not reach the host", "call", cmd.Call, "err", err)
	}
}

// handle takes one event of the host; ctx lives as long as the host.
func (x *Exchange) handle(ctx context.Context, ev *faxv1.HostEvent) {
	switch e := ev.Event.(type) {
	case *faxv1.HostEvent_Incoming:
		x.incoming(ctx, ev.Call, e.Incoming)
		return
	case *faxv1.HostEvent_TrunkState:
		x.trunkState(e.TrunkState)
		return
	}
	x.mu.Lock()
	c := x.calls[ev.Call]
	x.mu.Unlock()
	if c == nil {
		return // it has just ended on this side
	}
	switch e := ev.Event.(type) {
	case *faxv1.HostEvent_Offer:
		c.post(offered{sdp: e.Offer.Sdp})
	case *faxv1.HostEvent_Answer:
		c.post(answered{status: int(e.Answer.Status), reason: e.Answer.Reason, sdp: e.Answer.Sdp, headers: e.Answer.Headers})
	case *faxv1.HostEvent_Progress:
		c.post(progressed{status: int(e.Progress.Status), sdp: e.Progress.Sdp})
	case *faxv1.HostEvent_Ended:
		c.post(ended{reason: e.Ended.Reason, q850: int(e.Ended.Q850)})
	}
}

func (x *Exchange) trunkState(t *faxv1.TrunkState) {
	if t.Up {
		x.log.Info("trunk is up", "trunk", t.Trunk)
	} else {
		x.log.Warn("trunk is down", "trunk", t.Trunk, "why", t.Detail)
	}
}

// admit enters a call; false when its id is in use.
func (x *Exchange) admit(c *call) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, twice := x.calls[c.id]; twice {
		return false
	}
	x.calls[c.id] = c
	x.lines[c.trunk.Name]++
	return true
}

// dismiss forgets a call that has ended.
func (x *Exchange) dismiss(c *call) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.calls, c.id)
	x.lines[c.trunk.Name]--
	close(x.freed)
	x.freed = make(chan struct{})
}

func (x *Exchange) snapshot() []*call {
	left := make([]*call, 0, len(x.calls))
	for _, c := range x.calls {
		left = append(left, c)
	}
	return left
}

// Drain accepts no more calls, gives up those that nobody has answered yet and
// waits for the others. When ctx ends first it hangs them up and says how many
// there were.
func (x *Exchange) Drain(ctx context.Context) (cut int) {
	x.mu.Lock()
	x.draining = true
	for _, c := range x.calls {
		c.post(drain{})
	}
	x.mu.Unlock()
	for {
		x.mu.Lock()
		left, freed := x.snapshot(), x.freed
		x.mu.Unlock()
		if len(left) == 0 {
			return 0
		}
		select {
		case <-freed:
		case <-ctx.Done():
			for _, c := range left {
				c.post(hangUp{reason: "the fax plugin is being stopped"})
			}
			for _, c := range left {
				<-c.done
			}
			return len(left)
		}
	}
}

// Calls is how many calls are up.
func (x *Exchange) Calls() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.calls)
}

// newID makes the id of a call that is dialled here.
func newID() string { return "out-" + rand.Text()[:12] }
