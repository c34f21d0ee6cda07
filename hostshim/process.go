package hostshim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

// process is one run of the plugin program, attached to the host.
type process struct {
	*Attachment
	client *goplugin.Client
	fax    faxv1.FaxClient
	pid    int
	dir    string // of its socket, which a process that is killed leaves behind
}

func startProcess(ctx context.Context, o Options, h Host) (*process, error) {
	ctx, cancel := context.WithTimeout(ctx, o.StartTimeout)
	defer cancel()
	if len(o.Command) == 0 {
		return nil, &StartError{Err: errors.New("no plugin program was named")}
	}
	dir, err := os.MkdirTemp("", "pagebridge-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the plugin's socket: %w", err)
	}
	cmd := exec.Command(o.Command[0], o.Command[1:]...)
	cmd.Env = []string{goplugin.EnvUnixSocketDir + "=" + dir} // go-plugin adds this process's own
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  faxv1.Handshake,
		Plugins:          goplugin.PluginSet{faxv1.PluginName: dispenser{}},
		Cmd:              cmd,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         true,
		StartTimeout:     o.StartTimeout,
		Logger:           hclog.NewNullLogger(), // says what the errors say; the plugin's own log comes by Stderr
		Stderr:           &pluginLog{log: o.Logger},
	})
	p := &process{client: client, dir: dir}
	if err := p.connect(ctx, o, h); err != nil {
		p.reap()
		return nil, err
	}
	p.pid = cmd.Process.Pid
	o.Logger.Info("fax plugin is ready", "pid", p.pid)
	return p, nil
}

func (p *process) connect(ctx context.Context, o Options, h Host) error {
	rpc, err := p.client.Client()
	if err != nil {
		return startError(o.Command[0], err)
	}
	raw, err := rpc.Dispense(faxv1.PluginName)
	if err != nil {
		return startError(o.Command[0], err)
	}
	p.fax = raw.(faxv1.FaxClient)
	answer, err := p.fax.Configure(ctx, &faxv1.ConfigureRequest{Config: o.Config, Filename: o.Filename})
	if err != nil {
		return &StartError{Program: o.Command[0], Err: fmt.Errorf("giving it the configuration: %w", err)}
	}
	if len(answer.Diagnostics) > 0 {
		return configError(answer.Diagnostics)
	}
	// The stream lives as long as the process, not as long as ctx.
	streaming, cancel := context.WithCancel(context.Background())
	stream, err := p.fax.Calls(streaming)
	if err != nil {
		cancel()
		return &StartError{Program: o.Command[0], Err: fmt.Errorf("opening the stream of calls: %w", err)}
	}
	p.Attachment = Attach(stream, cancel, h, o.Logger)
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

// drain passes the time that ctx leaves on to the plugin.
func (p *process) drain(ctx context.Context) error {
	limit := 24 * time.Hour
	if deadline, ok := ctx.Deadline(); ok {
		limit = max(0, time.Until(deadline))
	}
	_, err := p.fax.Drain(ctx, &faxv1.DrainRequest{TimeoutMs: uint32(limit.Milliseconds())})
	return err
}

// stop ends the process: the end of the stream tells it to go, reap makes sure.
func (p *process) stop() {
	p.cancel()
	<-p.gone
	p.reap()
}

// reap waits for the process to end by itself for a moment, then kills it.
func (p *process) reap() {
	p.client.Kill()
	os.RemoveAll(p.dir)
}
