package hostshim

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

// Stream is the host's end of the contract's stream of calls. A gRPC client
// stream is one.
type Stream interface {
	Send(*faxv1.HostEvent) error
	Recv() (*faxv1.PluginCommand, error)
}

// Attachment joins a Host to one plugin over a Stream: commands that arrive are
// carried out at the Host, events go the other way. It lasts as long as the
// stream.
type Attachment struct {
	host   Host
	log    *slog.Logger
	stream Stream
	cancel context.CancelFunc // ends the stream

	out  chan *faxv1.HostEvent // to the writer
	lost chan struct{}         // closed when the stream has ended
	gone chan struct{}         // closed when the calls have ended, too

	mu      sync.Mutex
	calls   map[string]bool          // up, and known to the plugin; true: dialled and not yet answered
	pending map[string]chan Decision // asked, not yet decided
}

var _ Events = (*Attachment)(nil)

// outbox is how many events may wait for a plugin. One that lets so many pile
// up is stuck, and its stream is ended.
const outbox = 4096

// Attach begins to carry calls. cancel must end the stream: it is called when
// the plugin does not take its events, and when the stream has ended. Launch
// does this for a plugin in a process of its own; Attach alone serves a plugin
// in this process.
func Attach(stream Stream, cancel context.CancelFunc, h Host, log *slog.Logger) *Attachment {
	a := &Attachment{
		host: h, log: log, stream: stream, cancel: cancel,
		out: make(chan *faxv1.HostEvent, outbox), lost: make(chan struct{}), gone: make(chan struct{}),
		calls: map[string]bool{}, pending: map[string]chan Decision{},
	}
	go a.write()
	go a.read()
	return a
}

// Gone is closed when the stream has ended and so have the calls on it.
func (a *Attachment) Gone() <-chan struct{} { return a.gone }

// ended tells whether the stream is over, so that nothing need be asked any more.
func (a *Attachment) ended() bool {
	select {
	case <-a.lost:
		return true
	default:
		return false
	}
}

// write owns the sending side of the stream.
func (a *Attachment) write() {
	for {
		select {
		case ev := <-a.out:
			if err := a.stream.Send(ev); err != nil {
				return // read sees the end of the stream too, and with its reason
			}
		case <-a.gone:
			return
		}
	}
}

// read carries the plugin's commands out, one after the other, until the stream
// ends; then it ends the calls that are left.
func (a *Attachment) read() {
	defer close(a.gone)
	defer a.bury()
	defer a.cancel()
	defer close(a.lost)
	for {
		cmd, err := a.stream.Recv()
		if err != nil {
			a.log.Debug("the stream of calls ended", "err", err)
			return
		}
		a.carryOut(cmd)
	}
}

func (a *Attachment) carryOut(cmd *faxv1.PluginCommand) {
	call := cmd.Call
	var err error
	switch c := cmd.Command.(type) {
	case *faxv1.PluginCommand_Take:
		a.decide(call, Decision{Taken: true})
	case *faxv1.PluginCommand_Decline:
		a.decide(call, Decision{Status: int(c.Decline.Status), Reason: c.Decline.Reason})
	case *faxv1.PluginCommand_Respond:
		err = a.host.Respond(call, Response{Status: int(c.Respond.Status), Reason: c.Respond.Reason, SDP: c.Respond.Sdp})
	case *faxv1.PluginCommand_Reinvite:
		err = a.host.Reinvite(call, c.Reinvite.Sdp)
	case *faxv1.PluginCommand_Dial:
		a.add(call, true)
		err = a.host.Dial(call, Dial{Trunk: c.Dial.Trunk, Number: c.Dial.Number, From: c.Dial.From, SDP: c.Dial.Sdp, Fax: c.Dial.Fax})
	case *faxv1.PluginCommand_HangUp:
		if a.remove(call) { // a call that has ended already needs no hanging up
			err = a.host.HangUp(call, HangUp{Status: int(c.HangUp.Status), Reason: c.HangUp.Reason})
		}
	default:
		a.log.Warn("the fax plugin sent a command that this host does not know", "call", call)
	}
	if err != nil {
		a.log.Warn("a command of the fax plugin failed", "call", call, "command", fmt.Sprintf("%T", cmd.Command), "err", err)
		a.Ended(call, Ended{Reason: err.Error()})
	}
}

// Incoming implements Events: it puts a call to the plugin and waits for take
// or decline.
func (a *Attachment) Incoming(ctx context.Context, in IncomingCall) (Decision, error) {
	decided := make(chan Decision, 1)
	a.mu.Lock()
	_, twice := a.pending[in.Call]
	if _, up := a.calls[in.Call]; up || twice {
		a.mu.Unlock()
		return Decision{}, fmt.Errorf("call id %q is in use", in.Call)
	}
	a.pending[in.Call] = decided
	a.mu.Unlock()
	a.send(&faxv1.HostEvent{Call: in.Call, Event: &faxv1.HostEvent_Incoming{Incoming: &faxv1.IncomingCall{
		Trunk: in.Trunk, From: text(in.From), To: text(in.To), Diversion: texts(in.Diversion), Headers: headers(in.Headers), Sdp: in.SDP,
	}}})
	select {
	case d := <-decided:
		return d, nil
	case <-a.gone:
		return Decision{}, ErrPluginDown
	case <-ctx.Done():
		a.abandon(in.Call)
		return Decision{}, context.Cause(ctx)
	}
}

func (a *Attachment) decide(call string, d Decision) {
	a.mu.Lock()
	defer a.mu.Unlock()
	decided, ok := a.pending[call]
	if !ok {
		return // abandoned: the plugin has been told that the call ended
	}
	delete(a.pending, call)
	if d.Taken {
		a.calls[call] = false
	}
	decided <- d
}

// abandon forgets a call whose caller did not wait for the decision.
func (a *Attachment) abandon(call string) {
	a.mu.Lock()
	delete(a.pending, call)
	a.mu.Unlock()
	a.add(call, false)
	a.Ended(call, Ended{Reason: "CANCEL"})
}

// Offered implements Events.
func (a *Attachment) Offered(call string, sdp []byte) {
	a.tell(call, &faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Offer{Offer: &faxv1.Offer{Sdp: sdp}}})
}

// Answered implements Events.
func (a *Attachment) Answered(call string, ans Answer) {
	if !a.settle(call, ans.Status) {
		return
	}
	a.send(&faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Answer{Answer: &faxv1.Answer{
		Status: uint32(ans.Status), Reason: text(ans.Reason), Sdp: ans.SDP, Headers: headers(ans.Headers),
	}}})
}

// Progress implements Events.
func (a *Attachment) Progress(call string, status int, sdp []byte) {
	a.tell(call, &faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Progress{Progress: &faxv1.Progress{
		Status: uint32(status), Sdp: sdp,
	}}})
}

// Ended implements Events.
func (a *Attachment) Ended(call string, e Ended) {
	ev := &faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Ended{Ended: &faxv1.Ended{
		Reason: text(e.Reason), Q850: uint32(e.Q850),
	}}}
	if a.remove(call) {
		a.send(ev)
	}
}

// TrunkState implements Events.
func (a *Attachment) TrunkState(trunk string, up bool, detail string) {
	a.send(&faxv1.HostEvent{Event: &faxv1.HostEvent_TrunkState{TrunkState: &faxv1.TrunkState{
		Trunk: trunk, Up: up, Detail: text(detail),
	}}})
}

func (a *Attachment) add(call string, dialled bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[call] = dialled
}

// settle notes the final answer to a call that was dialled: a refusal is its
// end. false says that the plugin does not know the call.
func (a *Attachment) settle(call string, status int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	dialled, known := a.calls[call]
	switch {
	case dialled && status >= 300:
		delete(a.calls, call)
	case dialled && status >= 200:
		a.calls[call] = false
	}
	return known
}

func (a *Attachment) remove(call string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.calls[call]
	delete(a.calls, call)
	return ok
}

// tell sends an event of a call that the plugin knows.
func (a *Attachment) tell(call string, ev *faxv1.HostEvent) {
	a.mu.Lock()
	_, known := a.calls[call]
	a.mu.Unlock()
	if known {
		a.send(ev)
	}
}

func (a *Attachment) send(ev *faxv1.HostEvent) {
	select {
	case a.out <- ev:
	default:
		a.log.Error("the fax plugin does not take its events; ending it", "waiting", outbox)
		a.cancel()
	}
}

// bury ends what was up when the stream ended.
func (a *Attachment) bury() {
	a.mu.Lock()
	lost := make([]string, 0, len(a.calls))
	for call := range a.calls {
		lost = append(lost, call)
	}
	clear(a.calls)
	a.mu.Unlock()
	for _, call := range lost {
		a.log.Warn("a call died with the fax plugin", "call", call)
		if err := a.host.HangUp(call, HangUp{Status: 503, Reason: "the fax plugin ended", PluginLost: true}); err != nil {
			a.log.Debug("hanging up a lost call", "call", call, "err", err)
		}
	}
}

func headers(hs []Header) []*faxv1.Header {
	out := make([]*faxv1.Header, len(hs))
	for i, h := range hs {
		out[i] = &faxv1.Header{Name: text(h.Name), Value: text(h.Value)}
	}
	return out
}

// text makes a peer's octets fit for a string of the contract: with one that is
// no UTF-8 the message would not be sent, and the stream of all calls would end.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func texts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = text(s)
	}
	return out
}
