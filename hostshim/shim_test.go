package hostshim

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

// The test binary serves as the plugin program, too: this variable says which
// kind of plugin it is then.
const pluginKind = "HOSTSHIM_TEST_PLUGIN"

func TestMain(m *testing.M) {
	switch kind := os.Getenv(pluginKind); kind {
	case "":
		os.Exit(m.Run())
	case "silent": // ends at once, like a program that is no plugin
		os.Exit(3)
	default:
		servePlugin(kind)
	}
}

func servePlugin(kind string) {
	handshake := faxv1.Handshake
	switch kind {
	case "another cookie":
		handshake.MagicCookieValue = "something else"
	case "another version":
		handshake.ProtocolVersion = 7
	}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         goplugin.PluginSet{faxv1.PluginName: testServant{}},
		GRPCServer:      goplugin.DefaultGRPCServer,
		Logger:          hclog.NewNullLogger(),
	})
}

type testServant struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (testServant) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	faxv1.RegisterFaxServer(s, testPlugin{})
	return nil
}

func (testServant) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("not here")
}

// testPlugin takes the calls to "fax", dies of the ones to "bomb" and declines
// the rest.
type testPlugin struct{ faxv1.UnimplementedFaxServer }

func (testPlugin) Configure(_ context.Context, r *faxv1.ConfigureRequest) (*faxv1.ConfigureResponse, error) {
	if strings.Contains(string(r.Config), "wrong") {
		return &faxv1.ConfigureResponse{Diagnostics: []*faxv1.Diagnostic{
			{File: r.Filename, Line: 3, Summary: "first", Detail: "Mend it."},
			{File: r.Filename, Line: 9, Summary: "second"},
		}}, nil
	}
	return &faxv1.ConfigureResponse{}, nil
}

func (testPlugin) Drain(context.Context, *faxv1.DrainRequest) (*faxv1.DrainResponse, error) {
	return &faxv1.DrainResponse{}, nil
}

func (testPlugin) Calls(s grpc.BidiStreamingServer[faxv1.HostEvent, faxv1.PluginCommand]) error {
	for {
		ev, err := s.Recv()
		if err != nil {
			return nil
		}
		in := ev.GetIncoming()
		switch {
		case in != nil && in.To == "bomb":
			os.Exit(9)
		case in != nil && in.To == "fax":
			_ = s.Send(&faxv1.PluginCommand{Call: ev.Call, Command: &faxv1.PluginCommand_Take{Take: &faxv1.Take{}}})
			_ = s.Send(&faxv1.PluginCommand{Call: ev.Call, Command: &faxv1.PluginCommand_Respond{
				Respond: &faxv1.Respond{Status: 200, Sdp: in.Sdp},
			}})
		case in != nil:
			_ = s.Send(&faxv1.PluginCommand{Call: ev.Call, Command: &faxv1.PluginCommand_Decline{Decline: &faxv1.Decline{}}})
		case ev.GetTrunkState() != nil:
			_ = s.Send(&faxv1.PluginCommand{Call: "out-1", Command: &faxv1.PluginCommand_Dial{
				Dial: &faxv1.Dial{Trunk: ev.GetTrunkState().Trunk, Number: "7001"},
			}})
		case ev.GetOffer() != nil:
			_ = s.Send(&faxv1.PluginCommand{Call: ev.Call, Command: &faxv1.PluginCommand_HangUp{HangUp: &faxv1.HangUp{Reason: "enough"}}})
		}
	}
}

// recorder is a Host that notes what it is told.
type recorder struct{ told chan string }

func newRecorder() recorder { return recorder{told: make(chan string, 100)} }

func (r recorder) Respond(call string, a Response) error {
	r.told <- "respond " + call + " " + string(a.SDP)
	return nil
}

func (r recorder) Reinvite(call string, sdp []byte) error {
	r.told <- "reinvite " + call
	return nil
}

func (r recorder) Dial(call string, d Dial) error {
	r.told <- "dial " + call + " " + d.Trunk + " " + d.Number
	return nil
}

func (r recorder) HangUp(call string, h HangUp) error {
	word := "hangup "
	if h.PluginLost {
		word = "lost "
	}
	r.told <- word + call
	return nil
}

func (r recorder) want(t *testing.T, why, told string) {
	t.Helper()
	select {
	case got := <-r.told:
		if got != told {
			t.Fatalf("%s: the host was told %q, want %q", why, got, told)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: the host was told nothing, want %q", why, told)
	}
}

func options(t *testing.T, kind string) Options {
	t.Helper()
	t.Setenv(pluginKind, kind)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Command: []string{self}, Config: []byte("right"), Filename: "fax.hcl",
		Logger: slog.New(slog.DiscardHandler), RestartMin: 10 * time.Millisecond,
	}
}

func launch(t *testing.T, kind string, h Host) *Shim {
	t.Helper()
	s, err := Launch(t.Context(), options(t, kind), h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestCallsReachThePluginAndItsCommandsTheHost(t *testing.T) {
	host := newRecorder()
	s := launch(t, "good", host)

	d, err := s.Incoming(t.Context(), IncomingCall{Call: "a", To: "fax", SDP: []byte("v=0")})
	if err != nil || !d.Taken {
		t.Fatalf("a call to the fax number: %+v, %v", d, err)
	}
	host.want(t, "a call that was taken is answered", "respond a v=0")
	d, err = s.Incoming(t.Context(), IncomingCall{Call: "b", To: "voice"})
	if err != nil || d.Taken || d.Status != 0 {
		t.Fatalf("a call to another number: %+v, %v", d, err)
	}
	s.TrunkState("pbx", true, "")
	host.want(t, "the plugin dials by itself", "dial out-1 pbx 7001")
	s.Offered("b", nil) // declined: not the plugin's business
	s.Offered("a", nil)
	host.want(t, "events of a call that is the plugin's reach it", "hangup a")
	if _, err := s.Incoming(t.Context(), IncomingCall{Call: "a", To: "fax"}); err != nil {
		t.Fatalf("an id may be used again after its call has ended: %v", err)
	}
}

func TestPluginThatDiesIsRestartedAndItsCallsAreLost(t *testing.T) {
	host := newRecorder()
	s := launch(t, "good", host)
	if d, err := s.Incoming(t.Context(), IncomingCall{Call: "a", To: "fax"}); err != nil || !d.Taken {
		t.Fatalf("%+v, %v", d, err)
	}
	host.want(t, "the call is up", "respond a ")
	first, _ := s.Process()

	_, err := s.Incoming(t.Context(), IncomingCall{Call: "b", To: "bomb"})
	if !errors.Is(err, ErrPluginDown) {
		t.Fatalf("the plugin died of the question, but the answer is %v", err)
	}
	host.want(t, "the call that was up died with the plugin", "lost a")

	d, err := s.Incoming(t.Context(), IncomingCall{Call: "c", To: "fax"})
	if err != nil || !d.Taken {
		t.Fatalf("the next call waits for the new plugin: %+v, %v", d, err)
	}
	second, starts := s.Process()
	if second == first || starts != 2 {
		t.Errorf("process %d after %d, started %d times", second, first, starts)
	}
}

func TestNewProcessHearsOfTheTrunksAgain(t *testing.T) {
	host := newRecorder()
	s := launch(t, "good", host)
	s.TrunkState("pbx", true, "")
	host.want(t, "the first process", "dial out-1 pbx 7001")
	_, _ = s.Incoming(t.Context(), IncomingCall{Call: "b", To: "bomb"})
	host.want(t, "its call died", "lost out-1")
	host.want(t, "the second process is told what the first one knew", "dial out-1 pbx 7001")
}

func TestWhatCannotBeLoadedSaysWhy(t *testing.T) {
	for _, c := range []struct{ kind, want string }{
		{"silent", "did not answer with a handshake"},
		{"another cookie", "another magic cookie"},
		{"another version", "another version of the contract"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			_, err := Launch(t.Context(), options(t, c.kind), newRecorder())
			var start *StartError
			if !errors.As(err, &start) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a StartError with %q", err, c.want)
			}
		})
	}
	o := options(t, "good")
	o.Command = []string{filepath.Join(t.TempDir(), "no-such-plugin")}
	_, err := Launch(t.Context(), o, newRecorder())
	if err == nil || !strings.Contains(err.Error(), "there is no such program") || !strings.Contains(err.Error(), o.Command[0]) {
		t.Errorf("a missing program: %v", err)
	}
}

func TestEveryMistakeOfTheConfigurationIsReported(t *testing.T) {
	o := options(t, "good")
	o.Config = []byte("wrong")
	_, err := Launch(t.Context(), o, newRecorder())
	var config *ConfigError
	if !errors.As(err, &config) || len(config.Mistakes) != 2 {
		t.Fatalf("got %v, want two mistakes", err)
	}
	if want := "fax.hcl:3: first. Mend it."; !strings.Contains(err.Error(), want) {
		t.Errorf("%q lacks %q", err, want)
	}
}

func TestCloseEndsCallsAndProcessAndMayBeRepeated(t *testing.T) {
	host := newRecorder()
	s := launch(t, "good", host)
	if d, err := s.Incoming(t.Context(), IncomingCall{Call: "a", To: "fax"}); err != nil || !d.Taken {
		t.Fatalf("%+v, %v", d, err)
	}
	host.want(t, "the call is up", "respond a ")
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s.Close()
	host.want(t, "unloading the plugin ends its calls", "lost a")
	if _, err := s.Incoming(t.Context(), IncomingCall{Call: "b", To: "fax"}); err == nil {
		t.Error("a closed shim took a call")
	}
}

func TestCallerWhoGivesUpIsForgotten(t *testing.T) {
	hostEnd, plugin, end := Pipe()
	a := Attach(hostEnd, end, newRecorder(), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = plugin.Recv() // the question arrives, and is not answered
		cancel()
	}()
	if _, err := a.Incoming(ctx, IncomingCall{Call: "a", To: "fax"}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	ev, err := plugin.Recv()
	if err != nil || ev.Call != "a" || ev.GetEnded() == nil {
		t.Errorf("the plugin was told %v (%v), want that the call ended", ev, err)
	}
	end()
	<-a.Gone()
}

func TestRefusedCallIsOver(t *testing.T) {
	hostEnd, plugin, end := Pipe()
	host := newRecorder()
	a := Attach(hostEnd, end, host, slog.New(slog.DiscardHandler))
	for _, call := range []string{"out-1", "out-2"} {
		if err := plugin.Send(&faxv1.PluginCommand{Call: call, Command: &faxv1.PluginCommand_Dial{Dial: &faxv1.Dial{Number: "7001"}}}); err != nil {
			t.Fatal(err)
		}
		host.want(t, "the plugin dials", "dial "+call+"  7001")
	}
	a.Answered("out-1", Answer{Status: 486})
	a.Answered("out-2", Answer{Status: 200})
	a.Answered("out-2", Answer{Status: 488}) // of a re-INVITE: the call goes on
	for _, want := range []uint32{486, 200, 488} {
		if ev, err := plugin.Recv(); err != nil || ev.GetAnswer().GetStatus() != want {
			t.Fatalf("the plugin hears %v (%v), want the answer %d", ev, err, want)
		}
	}
	end()
	<-a.Gone()
	host.want(t, "only the call that was answered was still up", "lost out-2")
	select {
	case told := <-host.told:
		t.Errorf("the host was told %q as well", told)
	default:
	}
}

func TestPluginLogLines(t *testing.T) {
	var b strings.Builder
	w := &pluginLog{log: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))}
	for _, piece := range []string{`{"@level":"warn","@mess`, `age":"busy","call":"a"}` + "\npanic: no", "\n\n"} {
		if n, err := w.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	want := "level=WARN msg=busy call=a\nlevel=WARN msg=\"panic: no\" from=plugin\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
