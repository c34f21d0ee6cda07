package hostshim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

// process is one run of the plugin program.
type process struct {
	host   Host
	log    *slog.Logger
	client *goplugin.Client
	fax    faxv1.FaxClient
	stream grpc.BidiStreamingClient[faxv1.HostEvent, faxv1.PluginCommand]
	cancel context.CancelFunc // ends the stream
	pid    int

	out  chan *faxv1.HostEvent // to the writer
	gone chan struct{}         // closed when the calls of this process have ended

	mu      sync.Mutex
	calls   map[string]struct{}      // up, and known to the plugin
	pending map[string]chan Decision // asked, not yet decided
}

// outbox is how many events may wait for a plugin. One that lets so many pile
// up is stuck, and is ended.
const outbox = 4096

func startProcess(ctx context.Context, o Options, h Host) (*process, error) {
	ctx, cancel := context.WithTimeout(ctx, o.StartTimeout)
	defer cancel()
	if len(o.Command) == 0 {
		return nil, &StartError{Err: errors.New("no plugin program was named")}
	}
	p := &process{
		host: h, log: o.Logger,
		out: make(chan *faxv1.HostEvent, outbox), gone: make(chan struct{}),
		calls: map[string]struct{}{}, pending: map[string]chan Decision{},
	}
	cmd := exec.Command(o.Command[0], o.Command[1:]...)
	p.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  faxv1.Handshake,
		Plugins:          goplugin.PluginSet{faxv1.PluginName: dispenser{}},
		Cmd:              cmd,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         true,
		StartTimeout:     o.StartTimeout,
		Logger:           hclog.NewNullLogger(), // says what the errors say; the plugin's own log comes by Stderr
		Stderr:           &pluginLog{log: o.Logger},
	})
	if err := p.connect(ctx, o, cmd); err != nil {
		p.client.Kill()
		return nil, err
	}
	go p.write()
	go p.read()
	return p, nil
}

func (p *process) connect(ctx context.Context, o Options, cmd *exec.Cmd) error {
	rpc, err := p.client.Client()
	if err != nil {
		return startError(o.Command[0], err)
	}
	raw, err := rpc.Dispense(faxv1.PluginName)
	if err != nil {
		return startError(o.Command[0], err)
	}
	p.fax = raw.(faxv1.FaxClient)
	p.pid = cmd.Process.Pid
	answer, err := p.fax.Configure(ctx, &faxv1.ConfigureRequest{Config: o.Config, Filename: o.Filename})
	if err != nil {
		return &StartError{Program: o.Command[0], Err: fmt.Errorf("giving it the configuration: %w", err)}
	}
	if len(answer.Diagnostics) > 0 {
		return configError(answer.Diagnostics)
	}
	// The stream lives as long as the process, not as long as ctx.
	var streaming context.Context
	streaming, p.cancel = context.WithCancel(context.Background())
	if p.stream, err = p.fax.Calls(streaming); err != nil {
		p.cancel()
		return &StartError{Program: o.Command[0], Err: fmt.Errorf("opening the stream of calls: %w", err)}
	}
	p.log.Info("fax plugin is ready", "pid", p.pid, "version", answer.PluginVersion)
	return nil
}

// dispenser makes the client's side of the contract for go-plugin.
type dispenser struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (dispenser) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error {
	return errors.New("a host does not serve the fax contract")
}

func (dispenser) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, cc *grpc.ClientConn) (any, error) {
	return faxv1.NewFaxClient(cc), nil
}

// write owns the sending side of the stream.
func (p *process) write() {
	for {
		select {
		case ev := <-p.out:
			if err := p.stream.Send(ev); err != nil {
				return // read sees the end of the stream too, and with its reason
			}
		case <-p.gone:
			return
		}
	}
}

// read carries the plugin's commands out, one after the other, until the stream
// ends; then it ends the calls that are left.
func (p *process) read() {
	defer close(p.gone)
	for {
		cmd, err := p.stream.Recv()
		if err != nil {
			p.log.Debug("the stream of calls ended", "err", err)
			break
		}
		p.carryOut(cmd)
	}
	p.cancel()
	p.client.Kill() // reaps the process, or ends one that lost its stream
	p.bury()
}

func (p *process) carryOut(cmd *faxv1.PluginCommand) {
	call := cmd.Call
	var err error
	switch c := cmd.Command.(type) {
	case *faxv1.PluginCommand_Take:
		p.decide(call, Decision{Taken: true})
	case *faxv1.PluginCommand_Decline:
		p.decide(call, Decision{Status: int(c.Decline.Status), Reason: c.Decline.Reason})
	case *faxv1.PluginCommand_Respond:
		err = p.host.Respond(call, Response{Status: int(c.Respond.Status), Reason: c.Respond.Reason, SDP: c.Respond.Sdp})
	case *faxv1.PluginCommand_Reinvite:
		err = p.host.Reinvite(call, c.Reinvite.Sdp)
	case *faxv1.PluginCommand_Dial:
		p.add(call)
		err = p.host.Dial(call, Dial{Trunk: c.Dial.Trunk, Number: c.Dial.Number, From: c.Dial.From, SDP: c.Dial.Sdp})
	case *faxv1.PluginCommand_HangUp:
		if p.remove(call) { // a call that has ended already needs no hanging up
			err = p.host.HangUp(call, HangUp{Status: int(c.HangUp.Status), Reason: c.HangUp.Reason})
		}
	default:
		p.log.Warn("the fax plugin sent a command that this host does not know", "call", call)
	}
	if err != nil {
		p.log.Warn("a command of the fax plugin failed", "call", call, "command", fmt.Sprintf("%T", cmd.Command), "err", err)
		p.tell(call, &faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Ended{Ended: &faxv1.Ended{Reason: err.Error()}}})
	}
}

// ask puts an incoming call to the plugin and waits for take or decline.
func (p *process) ask(ctx context.Context, in IncomingCall) (Decision, error) {
	decided := make(chan Decision, 1)
	p.mu.Lock()
	_, twice := p.pending[in.Call]
	if _, up := p.calls[in.Call]; up || twice {
		p.mu.Unlock()
		return Decision{}, fmt.Errorf("call id %q is in use", in.Call)
	}
	p.pending[in.Call] = decided
	p.mu.Unlock()
	p.send(&faxv1.HostEvent{Call: in.Call, Event: &faxv1.HostEvent_Incoming{Incoming: &faxv1.IncomingCall{
		Trunk: in.Trunk, From: in.From, To: in.To, Diversion: in.Diversion, Headers: headers(in.Headers), Sdp: in.SDP,
	}}})
	select {
	case d := <-decided:
		return d, nil
	case <-p.gone:
		return Decision{}, ErrPluginDown
	case <-ctx.Done():
		p.abandon(in.Call)
		return Decision{}, context.Cause(ctx)
	}
}

func (p *process) decide(call string, d Decision) {
	p.mu.Lock()
	defer p.mu.Unlock()
	decided, ok := p.pending[call]
	if !ok {
		return // abandoned: the plugin has been told that the call ended
	}
	delete(p.pending, call)
	if d.Taken {
		p.calls[call] = struct{}{}
	}
	decided <- d
}

// abandon forgets a call whose caller did not wait for the decision.
func (p *process) abandon(call string) {
	p.mu.Lock()
	delete(p.pending, call)
	p.calls[call] = struct{}{}
	p.mu.Unlock()
	p.tell(call, &faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Ended{Ended: &faxv1.Ended{Reason: "CANCEL"}}})
}

func (p *process) add(call string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[call] = struct{}{}
}

func (p *process) remove(call string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.calls[call]
	delete(p.calls, call)
	return ok
}

// tell sends an event of a call that the plugin knows.
func (p *process) tell(call string, ev *faxv1.HostEvent) {
	p.mu.Lock()
	_, known := p.calls[call]
	if _, over := ev.Event.(*faxv1.HostEvent_Ended); over {
		delete(p.calls, call)
	}
	p.mu.Unlock()
	if known || call == "" {
		p.send(ev)
	}
}

func (p *process) send(ev *faxv1.HostEvent) {
	select {
	case p.out <- ev:
	default:
		p.log.Error("the fax plugin does not take its events; ending it", "pid", p.pid, "waiting", outbox)
		p.cancel()
	}
}

// bury ends what was up when the process died.
func (p *process) bury() {
	p.mu.Lock()
	lost := make([]string, 0, len(p.calls))
	for call := range p.calls {
		lost = append(lost, call)
	}
	clear(p.calls)
	p.mu.Unlock()
	for _, call := range lost {
		p.log.Warn("a call died with the fax plugin", "call", call)
		if err := p.host.HangUp(call, HangUp{Status: 503, Reason: "the fax plugin ended", PluginLost: true}); err != nil {
			p.log.Debug("hanging up a lost call", "call", call, "err", err)
		}
	}
}

func (p *process) drain(ctx context.Context) error {
	limit := uint32((24 * time.Hour).Milliseconds())
	if deadline, ok := ctx.Deadline(); ok {
		limit = uint32(max(0, time.Until(deadline).Milliseconds()))
	}
	_, err := p.fax.Drain(ctx, &faxv1.DrainRequest{TimeoutMs: limit})
	return err
}

// stop ends the process: the end of the stream tells it to go, Kill makes sure.
func (p *process) stop() {
	p.cancel()
	<-p.gone
}
