package process

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/pagebridge/pagebridge/plugin/config"
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

// LogLevelVariable is the environment variable that sets the level of the
// plugin's log: debug, info (the default), warn or error.
const LogLevelVariable = "PAGEBRIDGE_LOG"

// Serve is the whole life of a plugin process. It does not return: the process
// ends when its host does.
func Serve(version string) {
	level := slog.LevelInfo
	_ = level.UnmarshalText([]byte(os.Getenv(LogLevelVariable))) // anything else stays info
	log := NewLogger(os.Stderr, level)
	s := &server{version: version, log: log, end: func() { os.Exit(0) }}
	go s.watchParent(os.Getppid())
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: faxv1.Handshake,
		Plugins:         goplugin.PluginSet{faxv1.PluginName: servant{server: s}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(maxMessage))...)
		},
		Logger: hclog.NewNullLogger(),
	})
	s.stop() // go-plugin was asked to shut down
}

// maxMessage bounds a message of the host, in octets: the largest is a
// configuration.
const maxMessage = 8 << 20

// servant registers the server with go-plugin.
type servant struct {
	goplugin.NetRPCUnsupportedPlugin
	server *server
}

func (p servant) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	faxv1.RegisterFaxServer(s, p.server)
	return nil
}

func (servant) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("a plugin does not load plugins")
}

// server serves the contract.
type server struct {
	faxv1.UnimplementedFaxServer
	version string
	log     *slog.Logger
	end     func() // ends the process

	mu    sync.Mutex
	house *house // nil until Configure succeeded
	once  sync.Once
}

// Configure implements faxv1.FaxServer.
func (s *server) Configure(ctx context.Context, r *faxv1.ConfigureRequest) (*faxv1.ConfigureResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := &faxv1.ConfigureResponse{PluginVersion: s.version}
	cfg, err := config.Parse(r.Config, r.Filename)
	switch {
	case err != nil:
	case s.house == nil:
		s.house, err = openHouse(ctx, cfg, s.log)
	default:
		answer.NeedsStart, err = s.house.refurnish(cfg)
	}
	if err != nil {
		s.log.Error("the configuration was not accepted", "err", err)
		answer.Diagnostics = diagnostics(err, r.Filename)
	}
	return answer, nil
}

func diagnostics(err error, filename string) []*faxv1.Diagnostic {
	var list *config.Error
	if !errors.As(err, &list) {
		return []*faxv1.Diagnostic{{File: filename, Summary: err.Error()}}
	}
	var out []*faxv1.Diagnostic
	for _, m := range list.Mistakes {
		out = append(out, &faxv1.Diagnostic{
			File: m.File, Line: int32(m.Line), Column: int32(m.Column), Summary: m.Summary, Detail: m.Detail,
		})
	}
	return out
}

// Calls implements faxv1.FaxServer. The end of this stream is the end of the
// process.
func (s *server) Calls(stream grpc.BidiStreamingServer[faxv1.HostEvent, faxv1.PluginCommand]) error {
	h, err := s.configured()
	if err != nil {
		return err
	}
	err = h.exchange.Serve(stream)
	if !errors.Is(err, io.EOF) && stream.Context().Err() == nil {
		s.log.Warn("the stream of calls ended", "err", err)
	}
	go s.stop()
	return nil
}

// Drain implements faxv1.FaxServer.
func (s *server) Drain(ctx context.Context, r *faxv1.DrainRequest) (*faxv1.DrainResponse, error) {
	h, err := s.configured()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(r.TimeoutMs)*time.Millisecond)
	defer cancel()
	return &faxv1.DrainResponse{CallsEnded: uint32(h.drain(ctx))}, nil
}

// Metrics implements faxv1.FaxServer.
func (s *server) Metrics(ctx context.Context, _ *faxv1.MetricsRequest) (*faxv1.MetricsResponse, error) {
	h, err := s.configured()
	if err != nil {
		return nil, err
	}
	return &faxv1.MetricsResponse{Text: h.metrics(ctx)}, nil
}

func (s *server) configured() (*house, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.house == nil {
		return nil, status.Error(codes.FailedPrecondition, "the plugin was not configured yet")
	}
	return s.house, nil
}

// stopTime is how long the house has to close before the process ends: less
// than the 2 s after which go-plugin kills it. Nothing is lost when it is too
// short, since what was accepted is on disk.
const stopTime = 1500 * time.Millisecond

// stop closes the house and ends the process.
func (s *server) stop() {
	s.once.Do(func() {
		s.mu.Lock()
		h := s.house
		s.mu.Unlock()
		if h != nil {
			ctx, cancel := context.WithTimeout(context.Background(), stopTime)
			h.close(ctx)
			cancel()
		}
		s.end()
	})
	select {} // the process is ending; nobody who asked for that goes on
}

// watchParent ends the process when its host was killed: then the kernel gives
// it another parent.
func (s *server) watchParent(parent int) {
	for range time.Tick(time.Second) {
		if os.Getppid() != parent {
			s.log.Error("the host is gone; ending")
			s.stop()
		}
	}
}
