package calls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/sdp"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// testHost is the host's end of an exchange's stream: the test is the SIP
// server.
type testHost struct {
	t        testing.TB
	events   chan *faxv1.HostEvent
	commands chan *faxv1.PluginCommand
	ended    chan struct{}
	served   chan error
	once     sync.Once
}

func (h *testHost) Send(cmd *faxv1.PluginCommand) error {
	select {
	case h.commands <- cmd:
		return nil
	case <-h.ended:
		return io.EOF
	}
}

func (h *testHost) Recv() (*faxv1.HostEvent, error) {
	select {
	case ev := <-h.events:
		return ev, nil
	case <-h.ended:
		return nil, io.EOF
	}
}

// hangUp is the end of the host; it returns when its calls have ended.
func (h *testHost) hangUp() {
	h.once.Do(func() {
		close(h.ended)
		<-h.served
	})
}

func attach(t testing.TB, x *Exchange) *testHost {
	h := &testHost{
		t: t, events: make(chan *faxv1.HostEvent, 100), commands: make(chan *faxv1.PluginCommand, 100),
		ended: make(chan struct{}), served: make(chan error, 1),
	}
	go func() { h.served <- x.Serve(h) }()
	t.Cleanup(h.hangUp)
	return h
}

func (h *testHost) want(why, kind string) *faxv1.PluginCommand {
	h.t.Helper()
	select {
	case cmd := <-h.commands:
		if got := fmt.Sprintf("%T", cmd.Command); got != "*faxv1.PluginCommand_"+kind {
			h.t.Fatalf("%s: the plugin says %v, want %s", why, cmd, kind)
		}
		return cmd
	case <-time.After(10 * time.Second):
		h.t.Fatalf("%s: the plugin says nothing, want %s", why, kind)
		return nil
	}
}

func (h *testHost) incoming(call, to string) {
	h.events <- &faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Incoming{Incoming: &faxv1.IncomingCall{
		Trunk: "pbx", From: "7000", To: to, Sdp: []byte(audioOffer),
	}}}
}

func (h *testHost) answer(call string, status int, sdp string) {
	h.events <- &faxv1.HostEvent{Call: call, Event: &faxv1.HostEvent_Answer{Answer: &faxv1.Answer{
		Status: uint32(status), Reason: "Said So", Sdp: []byte(sdp),
	}}}
}

const audioOffer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"

// inbox notes what is received.
type inbox struct {
	mu       sync.Mutex
	finished []mailbridge.Received
	err      error
	done     chan struct{}
}

func (b *inbox) open(context.Context, mailbridge.Received) (Receipt, error) {
	if b.err != nil {
		return nil, b.err
	}
	return b, nil
}

func (b *inbox) ID() string                             { return "R1" }
func (b *inbox) Commit(context.Context, *t4.Page) error { return nil }

func (b *inbox) Finish(_ context.Context, r mailbridge.Received) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finished = append(b.finished, r)
	close(b.done)
	return nil
}

func exchange(in *inbox, trunk Trunk) *Exchange {
	trunk.Name, trunk.T38 = "pbx", sdp.DefaultT38()
	return New(Options{
		Media: netip.AddrFrom4([4]byte{127, 0, 0, 1}), PortMin: 20000, PortMax: 32000,
		Trunk: func(name string) (Trunk, bool) { return trunk, name == "" || name == "pbx" },
		Number: func(called string) (Number, bool) {
			return Number{Number: called, Mailboxes: []string{"office@example.com"}}, called == "100"
		},
		Inbox: in.open, Logger: slog.New(slog.DiscardHandler),
	})
}

func newInbox() *inbox { return &inbox{done: make(chan struct{})} }

func job(trunk string) *mailbridge.Job {
	return &mailbridge.Job{ID: "J1", Attempts: 1, Recipient: mailbridge.Recipient{
		Destination: mailbridge.Destination{Number: "7001", Trunk: trunk},
	}}
}

func TestCallToAnotherNumberIsLeftToTheHost(t *testing.T) {
	h := attach(t, exchange(newInbox(), Trunk{}))
	h.incoming("a", "200")
	if cmd := h.want("not our number", "Decline"); cmd.GetDecline().Status != 0 {
		t.Errorf("the caller would be told %d", cmd.GetDecline().Status)
	}
}

func TestFaxCallIsTakenAnsweredAndReinvitedToT38(t *testing.T) {
	t.Parallel()
	in := newInbox()
	h := attach(t, exchange(in, Trunk{}))
	h.incoming("a", "100")
	h.want("our number", "Take")
	cmd := h.want("the INVITE is answered", "Respond")
	if r := cmd.GetRespond(); r.Status != 200 || !strings.Contains(string(r.Sdp), "m=audio") {
		t.Fatalf("got %d\n%s", r.Status, r.Sdp)
	}
	cmd = h.want("after CED comes our T.38 offer", "Reinvite")
	if offer := string(cmd.GetReinvite().Sdp); !strings.Contains(offer, "m=image") || !strings.Contains(offer, "T38FaxVersion") {
		t.Fatalf("got\n%s", offer)
	}
	h.events <- &faxv1.HostEvent{Call: "a", Event: &faxv1.HostEvent_Ended{Ended: &faxv1.Ended{Reason: "BYE"}}}
	<-in.done
	r := in.finished[0]
	if r.Complete || r.Pages != 0 || r.Outcome.Delivered || r.Number != "100" || r.Caller != "7000" || len(r.Mailboxes) != 1 {
		t.Errorf("a call without a fax is kept as %+v", r)
	}
	select {
	case cmd := <-h.commands:
		t.Errorf("a call that the caller ended gets %v", cmd)
	default:
	}
}

func TestInboxThatFailsRefusesTheCall(t *testing.T) {
	in := newInbox()
	in.err = errors.New("the disk is full")
	x := exchange(in, Trunk{})
	h := attach(t, x)
	h.incoming("a", "100")
	h.want("our number", "Take")
	cmd := h.want("nothing can be stored", "HangUp")
	if cmd.GetHangUp().Status != 503 || !strings.Contains(cmd.GetHangUp().Reason, "disk is full") {
		t.Errorf("got %v", cmd)
	}
	h.hangUp()
	if n := x.Calls(); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}

func TestRefusalsOfACallBecomeOutcomes(t *testing.T) {
	for _, c := range []struct {
		status int
		want   mailbridge.Status
		cause  string
		retry  bool
	}{
		{486, mailbridge.S4_4_1NoAnswer, "busy", true},
		{480, mailbridge.S4_4_1NoAnswer, "no-answer", true},
		{404, mailbridge.S5_1_1NoSuchNumber, "no-such-number", false},
		{403, mailbridge.S5_7_1Refused, "refused", false},
		{503, mailbridge.S4_4_2BadConnect, "unreachable", true},
		{502, mailbridge.S4_4_2BadConnect, "refused", true},
		{420, mailbridge.S5_7_1Refused, "refused", false},
	} {
		x := exchange(newInbox(), Trunk{})
		h := attach(t, x)
		done := make(chan mailbridge.Outcome, 1)
		go func() { done <- x.Call(t.Context(), job(""), nil, nil) }()
		cmd := h.want("a job dials", "Dial")
		if d := cmd.GetDial(); d.Number != "7001" || d.Trunk != "pbx" || !strings.Contains(string(d.Sdp), "m=audio") {
			t.Fatalf("dialled %v", d)
		}
		h.answer(cmd.Call, c.status, "")
		o := <-done
		if o.Status != c.want || o.Cause != c.cause || o.Retry != c.retry || o.Delivered || o.Sentence == "" {
			t.Errorf("%d became %+v", c.status, o)
		}
		h.hangUp()
	}
}

func TestUnknownTrunkIsFinal(t *testing.T) {
	x := exchange(newInbox(), Trunk{})
	if o := x.Call(t.Context(), job("none"), nil, nil); o.Status != mailbridge.S5_4_4NoRoute || o.Retry {
		t.Errorf("got %+v", o)
	}
}

func TestCallWaitsForAHostAndForAFreeLine(t *testing.T) {
	x := exchange(newInbox(), Trunk{MaxCalls: 1})
	done := make(chan mailbridge.Outcome, 2)
	go func() { done <- x.Call(t.Context(), job(""), nil, nil) }()
	h := attach(t, x) // only now is there a host
	first := h.want("the first job dials", "Dial")
	go func() { done <- x.Call(t.Context(), job(""), nil, nil) }()
	select {
	case cmd := <-h.commands:
		t.Fatalf("the only line is taken, but the plugin says %v", cmd)
	case <-time.After(50 * time.Millisecond):
	}
	h.answer(first.Call, 486, "")
	<-done
	second := h.want("the second job has the line", "Dial")
	h.answer(second.Call, 486, "")
	<-done
}

func TestHostThatGoesAwayInterruptsItsCalls(t *testing.T) {
	x := exchange(newInbox(), Trunk{})
	h := attach(t, x)
	done := make(chan mailbridge.Outcome, 1)
	go func() { done <- x.Call(t.Context(), job(""), nil, nil) }()
	h.want("a job dials", "Dial")
	h.hangUp()
	if o := <-done; o.Cause != "interrupted" || !o.Retry {
		t.Errorf("got %+v", o)
	}
}

func TestDrainLetsFaxesFinishAndNothingElse(t *testing.T) {
	x := exchange(newInbox(), Trunk{})
	h := attach(t, x)
	h.incoming("a", "100")
	h.want("our number", "Take")
	h.want("it is answered: a fax is under way", "Respond")
	dialled := make(chan mailbridge.Outcome, 1)
	go func() { dialled <- x.Call(t.Context(), job(""), nil, nil) }()
	dial := h.want("a job dials", "Dial")

	ctx, cancel := context.WithCancel(t.Context())
	cut := make(chan int, 1)
	go func() { cut <- x.Drain(ctx) }()
	if cmd := h.want("nobody has answered the job's call", "HangUp"); cmd.Call != dial.Call {
		t.Errorf("%s was hung up, want %s", cmd.Call, dial.Call)
	}
	if o := <-dialled; o.Cause != "interrupted" || !o.Retry {
		t.Errorf("the job's call: %+v", o)
	}
	h.incoming("b", "100")
	if cmd := h.want("no new call is taken", "Decline"); cmd.GetDecline().Status != 503 {
		t.Errorf("it is declined with %v", cmd)
	}
	if o := x.Call(t.Context(), job(""), nil, nil); o.Cause != "interrupted" || !o.Retry {
		t.Errorf("a job that comes now: %+v", o)
	}
	cancel()
	if n := <-cut; n != 1 {
		t.Errorf("%d calls were cut, want the one that was answered", n)
	}
}

func TestEndOfTheJobHangsUp(t *testing.T) {
	x := exchange(newInbox(), Trunk{})
	h := attach(t, x)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan mailbridge.Outcome, 1)
	go func() { done <- x.Call(ctx, job(""), nil, nil) }()
	h.want("a job dials", "Dial")
	cancel()
	h.want("the spool wants no more of it", "HangUp")
	if o := <-done; o.Delivered || o.Cause != "interrupted" {
		t.Errorf("got %+v", o)
	}
}

// BenchmarkDecision is the plugin's part of a decision on an incoming call: from
// the event to the command. Over the process boundary it is measured in
// internal/e2e.
func BenchmarkDecision(b *testing.B) {
	h := attach(b, exchange(newInbox(), Trunk{}))
	b.ResetTimer()
	for i := range b.N {
		h.incoming(fmt.Sprint("call-", i), "200")
		<-h.commands
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e3, "µs/decision")
}

// TestChange: a call that is up keeps the options under which it began.
func TestChange(t *testing.T) {
	t.Parallel()
	in := newInbox()
	x := exchange(in, Trunk{})
	h := attach(t, x)
	h.incoming("a", "100")
	h.want("our number", "Take")
	h.want("the INVITE is answered", "Respond")
	other := exchange(newInbox(), Trunk{}).now.Load().Options
	other.Media = netip.AddrFrom4([4]byte{127, 0, 0, 2})
	other.Number = func(called string) (Number, bool) { return Number{Number: called}, called == "300" }
	x.Change(other)
	if offer := string(h.want("the call goes on", "Reinvite").GetReinvite().Sdp); !strings.Contains(offer, "IN IP4 127.0.0.1\r\n") {
		t.Errorf("its media moves:\n%s", offer)
	}
	h.incoming("b", "100")
	h.want("no number of ours any more", "Decline")
	h.incoming("c", "300")
	h.want("a new number of ours", "Take")
	if answer := string(h.want("at the new address", "Respond").GetRespond().Sdp); !strings.Contains(answer, "IN IP4 127.0.0.2\r\n") {
		t.Errorf("its media is not where the new options say:\n%s", answer)
	}
	h.events <- &faxv1.HostEvent{Call: "a", Event: &faxv1.HostEvent_Ended{Ended: &faxv1.Ended{Reason: "BYE"}}}
	<-in.done
}

// TestBehindATranslator: peers are told the public address, media comes to the own one.
func TestBehindATranslator(t *testing.T) {
	x := exchange(newInbox(), Trunk{})
	o := x.now.Load().Options
	o.Bind, o.Media = o.Media, netip.MustParseAddr("192.0.2.7")
	x.Change(o)
	h := attach(t, x)
	h.incoming("a", "100")
	h.want("our number", "Take")
	if answer := string(h.want("it is answered", "Respond").GetRespond().Sdp); !strings.Contains(answer, "c=IN IP4 192.0.2.7\r\n") {
		t.Errorf("peers are told\n%s", answer)
	}
	x.mu.Lock()
	bound := x.calls["a"].rtp.LocalAddr().String()
	x.mu.Unlock()
	if !strings.HasPrefix(bound, "127.0.0.1:") {
		t.Errorf("media is received at %s", bound)
	}
}
