package sipgohost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/sip/dialog"
	"github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
	"github.com/pagebridge/pagebridge/sip/trunk"
)

func TestMain(m *testing.M) {
	dialogtest.ShortTimers()
	os.Exit(m.Run())
}

// plugin is the test in the plugin's place: what the host tells it comes out of
// told, as text.
type plugin struct {
	t    testing.TB
	told chan string

	mu     sync.Mutex
	decide decision
}

// decision is what the plugin says of calls that come in.
type decision func(context.Context, hostshim.IncomingCall) (hostshim.Decision, error)

func (p *plugin) decides(d decision) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decide = d
}

func (p *plugin) Incoming(ctx context.Context, in hostshim.IncomingCall) (hostshim.Decision, error) {
	p.mu.Lock()
	decide := p.decide
	p.mu.Unlock()
	return decide(ctx, in)
}

func (p *plugin) Offered(call string, sdp []byte) { p.told <- fmt.Sprintf("offered %q", sdp) }

func (p *plugin) Answered(call string, a hostshim.Answer) {
	p.told <- fmt.Sprintf("answered %d %q %v", a.Status, a.SDP, a.Headers)
}

func (p *plugin) Progress(call string, status int, sdp []byte) {
	p.told <- fmt.Sprintf("progress %d %q", status, sdp)
}

func (p *plugin) Ended(call string, e hostshim.Ended) {
	p.told <- fmt.Sprintf("ended %s %d", e.Reason, e.Q850)
}

func (p *plugin) TrunkState(trunk string, up bool, detail string) {
	p.told <- fmt.Sprintf("trunk %s %v", trunk, up)
}

func (p *plugin) want(why, what string) {
	p.t.Helper()
	select {
	case got := <-p.told:
		if !strings.HasPrefix(got, what) {
			p.t.Fatalf("%s: the plugin is told %s, want %s", why, got, what)
		}
	case <-time.After(dialogtest.Patience):
		p.t.Fatalf("%s: the plugin is told nothing, want %s", why, what)
	}
}

func (p *plugin) idle(why string) {
	p.t.Helper()
	select {
	case got := <-p.told:
		p.t.Fatalf("%s: the plugin is told %s, want nothing", why, got)
	default:
	}
}

// house is a host with two trunks, "pbx" and "provider", and the plugin.
type house struct {
	*Host
	plugin        *plugin
	pbx, provider *dialogtest.Side
}

func newHouse(t *testing.T, change ...func(*Options)) *house {
	t.Helper()
	h := &house{
		pbx: dialogtest.New(t, "pbx"), provider: dialogtest.New(t, "provider"),
		plugin: &plugin{t: t, told: make(chan string, 100)},
	}
	o := Options{
		Listen: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"},
		Trunks: []trunk.Trunk{
			{Name: "pbx", Server: h.pbx.Stack.Addr("udp").String(), From: "+1555"},
			{Name: "provider", Server: h.provider.Stack.Addr("udp").String(), MaxCalls: 2},
		},
		DefaultRoute: "pbx", Logger: dialogtest.Logger(t).With("side", "host"),
	}
	for _, c := range change {
		c(&o)
	}
	var err error
	if h.Host, err = New(o); err != nil {
		t.Fatal(err)
	}
	h.Start(h.plugin)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dialogtest.Patience)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	for range o.Trunks {
		h.plugin.want("unwatched trunks are up", "trunk p")
	}
	return h
}

func (h *house) uri(user string) sip.Uri { return dialogtest.URI(user, h.Addr("udp"), "udp") }

// takes makes the plugin take all calls; the id of each comes out.
func (h *house) takes() <-chan hostshim.IncomingCall {
	calls := make(chan hostshim.IncomingCall, 10)
	h.plugin.decides(func(_ context.Context, in hostshim.IncomingCall) (hostshim.Decision, error) {
		calls <- in
		return hostshim.Decision{Taken: true}, nil
	})
	return calls
}

func (h *house) declines(status int) {
	h.plugin.decides(func(context.Context, hostshim.IncomingCall) (hostshim.Decision, error) {
		return hostshim.Decision{Status: status, Reason: "for a reason"}, nil
	})
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestCallTaken(t *testing.T) {
	h := newHouse(t)
	calls := h.takes()
	h.provider.Dial(h.uri("+1999"), "audio", func(c *dialog.Call) {
		c.From.User = "+1777"
		c.Headers = []dialog.Header{{Name: "Diversion", Value: `"A, B" <sip:+1666@x;user=phone>;reason=busy, <tel:+1665>`}}
	})
	in := <-calls
	if in.Trunk != "provider" || in.From != "+1777" || in.To != "+1999" || string(in.SDP) != "audio" {
		t.Errorf("the plugin is asked about %+v", in)
	}
	ok(t, h.Respond(in.Call, hostshim.Response{Status: 183, SDP: []byte("early")}))
	h.provider.Want("early media", `answer 183 "early"`)
	ok(t, h.Respond(in.Call, hostshim.Response{Status: 200, SDP: []byte("answer")}))
	h.provider.Want("the answer", `answer 200 "answer"`)

	ok(t, h.Reinvite(in.Call, []byte("t38")))
	h.provider.Want("the plugin's re-INVITE", `request INVITE "t38"`).Respond(200, "t38 too")
	h.plugin.want("its answer", `answered 200 "t38 too"`)
	h.provider.Want("its ACK", "ack")

	h.provider.Ask("INVITE", "audio again")
	h.plugin.want("the peer's re-INVITE", `offered "audio again"`)
	ok(t, h.Respond(in.Call, hostshim.Response{Status: 488}))
	h.provider.Want("is refused", "answer 488")
	if err := h.Respond(in.Call, hostshim.Response{Status: 200}); err == nil {
		t.Error("nothing is open, and yet it is answered")
	}

	h.provider.Ask("INVITE", "")
	h.plugin.want("a re-INVITE without an offer", `offered ""`)
	ok(t, h.Respond(in.Call, hostshim.Response{Status: 200, SDP: []byte("our offer")}))
	h.provider.Want("gets one", `answer 200 "our offer"`)
	h.provider.Leg.Ack(dialog.SDP([]byte("their answer")))
	h.plugin.want("the answer in the ACK", `answered 200 "their answer"`)

	h.provider.Ask("UPDATE", "")
	h.provider.Want("a refresh is answered by the host", "answer 200")
	h.provider.Ask("INFO", "key")
	h.provider.Want("so is a key", "answer 200")

	h.provider.Leg.HangUp(dialog.HangUp{Headers: []dialog.Header{{Name: "Reason", Value: "Q.850;cause=16"}}})
	h.plugin.want("the peer hangs up", "ended BYE 16")
	if err := h.HangUp(in.Call, hostshim.HangUp{}); !errors.Is(err, errUnknown) {
		t.Errorf("the call is over, but: %v", err)
	}
}

func TestCommandsBeforeIncomingReturns(t *testing.T) {
	h := newHouse(t)
	h.plugin.decides(func(_ context.Context, in hostshim.IncomingCall) (hostshim.Decision, error) {
		err := h.Respond(in.Call, hostshim.Response{Status: 200, SDP: []byte("answer")})
		return hostshim.Decision{Taken: true}, err
	})
	h.provider.Dial(h.uri("1"), "audio")
	h.provider.Want("the answer", `answer 200 "answer"`)
}

func TestCallDeclined(t *testing.T) {
	h := newHouse(t)
	h.declines(486)
	h.provider.Dial(h.uri("1"), "audio")
	if r := h.provider.Want("the answer", "answer 486").Answer; r.Reason != "for a reason" {
		t.Errorf("the reason reads %q", r.Reason)
	}
	h.provider.Want("the end", "end")
	h.plugin.decides(func(context.Context, hostshim.IncomingCall) (hostshim.Decision, error) {
		return hostshim.Decision{}, hostshim.ErrPluginDown
	})
	h.provider.Dial(h.uri("1"), "audio")
	if r := h.provider.Want("the plugin is down", "answer 503").Answer; r.Header("Retry-After") == "" {
		t.Errorf("no Retry-After in %+v", r)
	}
	h.provider.Want("the end", "end")
	h.plugin.idle("the calls never were the plugin's")
}

func TestCallBridged(t *testing.T) {
	h := newHouse(t)
	h.declines(0)
	h.provider.Dial(h.uri("100"), "audio", func(c *dialog.Call) { c.From.User = "+1777"; c.FromName = "Ann" })
	call := h.pbx.Want("the PBX is called", `call INVITE "audio"`)
	if r := call.Request; r.URI.User != "100" || r.From.User != "+1777" || r.FromName != "Ann" || r.MaxForwards != 69 {
		t.Errorf("the call carried on reads %+v", r)
	}
	call.Respond(180, "")
	h.provider.Want("it rings", "answer 180")
	call.Respond(200, "answer")
	h.provider.Want("it is answered", `answer 200 "answer"`)
	h.pbx.Want("and acknowledged", "ack")
	h.pbx.Leg.HangUp(dialog.HangUp{})
	h.pbx.Want("the PBX hangs up", "end")
	h.provider.Want("so the caller is hung up", `end "BYE"`)
	h.plugin.idle("it is no call of the plugin's")

	h.pbx.Dial(h.uri("100"), "audio")
	h.pbx.Want("from the default route there is no way on", "answer 404")
}

func TestCallCancelledWhileThePluginThinks(t *testing.T) {
	h := newHouse(t)
	asked := make(chan hostshim.IncomingCall, 1)
	h.plugin.decides(func(ctx context.Context, in hostshim.IncomingCall) (hostshim.Decision, error) {
		asked <- in
		<-ctx.Done()
		return hostshim.Decision{}, ctx.Err()
	})
	h.provider.Dial(h.uri("1"), "audio")
	in := <-asked
	ok(t, h.Respond(in.Call, hostshim.Response{Status: 180}))
	h.provider.Want("it rings", "answer 180")
	h.provider.Leg.HangUp(dialog.HangUp{})
	h.provider.Want("cancelled", "answer 487")
	h.provider.Want("over", "end")
	dialogtest.Until(t, "the host has forgotten it", func() bool { _, _, err := h.call(in.Call); return err != nil })

	// The plugin may take it at that very moment: then it must hear of the end.
	h.plugin.decides(func(ctx context.Context, in hostshim.IncomingCall) (hostshim.Decision, error) {
		ok(t, h.Respond(in.Call, hostshim.Response{Status: 180}))
		<-ctx.Done()
		return hostshim.Decision{Taken: true}, nil
	})
	h.provider.Dial(h.uri("1"), "audio")
	h.provider.Want("it rings", "answer 180")
	h.provider.Leg.HangUp(dialog.HangUp{})
	h.plugin.want("the plugin is told", "ended CANCEL")
}

func TestDial(t *testing.T) {
	h := newHouse(t)
	ok(t, h.Dial("job-1", hostshim.Dial{Trunk: "pbx", Number: "+1888", SDP: []byte("audio")}))
	call := h.pbx.Want("the PBX is called", `call INVITE "audio"`)
	if r := call.Request; r.URI.User != "+1888" || r.From.User != "+1555" {
		t.Errorf("called %s from %s", r.URI.String(), r.From.String())
	}
	if err := h.Dial("job-1", hostshim.Dial{Trunk: "pbx", Number: "1"}); err == nil {
		t.Error("the same call is made twice")
	}
	call.Respond(183, "early")
	h.plugin.want("progress", `progress 183 "early"`)
	call.Respond(200, "answer")
	h.plugin.want("the answer", `answered 200 "answer"`)
	h.pbx.Want("the ACK", "ack")
	h.pbx.Ask("INVITE", "t38")
	h.plugin.want("the fax machine asks for T.38", `offered "t38"`)
	ok(t, h.Respond("job-1", hostshim.Response{Status: 200, SDP: []byte("t38 too")}))
	h.pbx.Want("it gets it", `answer 200 "t38 too"`)
	ok(t, h.HangUp("job-1", hostshim.HangUp{Reason: `all "pages" sent`}))
	if e := h.pbx.Want("the plugin hangs up", `end "BYE"`).End; e.Q850 != 16 || !strings.Contains(e.Reasons[0].Value, `all \"pages\" sent`) {
		t.Errorf("the BYE says %+v", e)
	}
	h.plugin.idle("it ended the call itself")
}

func TestDialRefused(t *testing.T) {
	h := newHouse(t)
	ok(t, h.Dial("job", hostshim.Dial{Trunk: "pbx", Number: "1", SDP: []byte("audio")}))
	h.pbx.Want("called", "call").Request.Respond(dialog.Response{Status: 486, Headers: []dialog.Header{{Name: "Reason", Value: "Q.850;cause=17"}}})
	h.plugin.want("busy", `answered 486 "" [{Reason Q.850;cause=17}]`)
	dialogtest.Until(t, "the host has forgotten it", func() bool { _, _, err := h.call("job"); return err != nil })
	h.plugin.idle("the refusal was the end")
	for _, d := range []hostshim.Dial{{Trunk: "none", Number: "1"}, {Trunk: "pbx"}, {Trunk: "pbx", Number: "a b"}, {Number: "1"}, {Number: "sip:"}} {
		if err := h.Dial("job", d); err == nil {
			t.Errorf("%+v is dialled", d)
		}
	}
	uri := h.provider.URI("7", "tcp")
	ok(t, h.Dial("job", hostshim.Dial{Number: uri.String(), SDP: []byte("audio")}))
	h.provider.Want("a whole URI is called over TCP", "call").Respond(603, "")
	h.plugin.want("declined", "answered 603")
}

func TestTrunkHasAsManyCallsAsItMay(t *testing.T) {
	h := newHouse(t)
	calls := h.takes()
	for range 2 {
		h.provider.Dial(h.uri("1"), "audio")
		<-calls
	}
	h.provider.Dial(h.uri("1"), "audio")
	h.provider.Want("the third", "answer 503")
	if err := h.Dial("out", hostshim.Dial{Trunk: "provider", Number: "1"}); err == nil {
		t.Error("a fourth goes out")
	}
	h.provider.Want("the third is over", "end")
}

func TestPluginLost(t *testing.T) {
	h := newHouse(t)
	calls := h.takes()
	h.provider.Dial(h.uri("1"), "audio")
	unanswered := <-calls
	h.pbx.Dial(h.uri("1"), "audio")
	answered := <-calls
	ok(t, h.Respond(answered.Call, hostshim.Response{Status: 200, SDP: []byte("answer")}))
	h.pbx.Want("answered", "answer 200")
	for _, c := range []string{unanswered.Call, answered.Call} {
		ok(t, h.HangUp(c, hostshim.HangUp{PluginLost: true, Reason: "the plugin ended"}))
	}
	h.provider.Want("the caller may try again", "answer 503")
	if e := h.pbx.Want("the other is hung up", `end "BYE"`).End; e.Q850 != 41 {
		t.Errorf("cause %d", e.Q850)
	}
	h.plugin.idle("nobody is there to be told")
}

func TestStrangersAreRefused(t *testing.T) {
	h := newHouse(t, func(o *Options) {
		for i := range o.Trunks {
			o.Trunks[i].InboundFrom = []string{"192.0.2.1"}
		}
	})
	h.provider.Dial(h.uri("1"), "audio")
	h.provider.Want("not from here", "answer 403")
}

func TestShutdown(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("calls", func(t *testing.T) {
		h := newHouse(t)
		calls := h.takes()
		h.provider.Dial(h.uri("1"), "audio")
		in := <-calls
		ok(t, h.Respond(in.Call, hostshim.Response{Status: 200}))
		h.provider.Want("answered", "answer 200")
		h.pbx.Dial(h.uri("1"), "audio")
		<-calls
		ok(t, h.Shutdown(t.Context()))
		h.provider.Want("hung up", `end "BYE"`)
		h.pbx.Want("refused", "answer 503")
	})
	dialogtest.Goroutines(t, before)
}

func TestBadOptions(t *testing.T) {
	busy := newHouse(t)
	for _, o := range []Options{
		{},
		{Listen: []string{"udp:127.0.0.1:0"}, DefaultRoute: "nowhere"},
		{Listen: []string{"udp:127.0.0.1:0"}, Trunks: []trunk.Trunk{{Name: "x", Server: ""}}},
	} {
		if h, err := New(o); err == nil {
			_ = h.Shutdown(t.Context())
			t.Errorf("%+v is accepted", o)
		}
	}
	var le *dialog.ListenError
	if _, err := New(Options{Listen: []string{"udp:" + busy.Addr("udp").String()}}); !errors.As(err, &le) || !le.InUse() {
		t.Errorf("a port in use: %v", err)
	}
}
