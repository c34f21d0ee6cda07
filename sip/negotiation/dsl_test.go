package negotiation

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/sip/internal/machinetest"
	"github.com/pagebridge/pagebridge/sip/sdp"
)

// A conversation is one machine and the test that plays the world around it.
type conversation struct {
	*machinetest.Conversation[Event, Effect]
	t *testing.T
	m *Machine
}

var epoch = machinetest.Epoch

func called() Config {
	return Config{
		Local: netip.MustParseAddr("192.0.2.1"), RTPPort: 30000, UDPTLPort: 40000, SessionID: 77,
		Rand: func(n int) int { return n / 2 },
	}
}

func calling() Config {
	c := called()
	c.Calling = true
	return c
}

func converse(t *testing.T, cfg Config) *conversation {
	m := New(cfg, epoch)
	return &conversation{machinetest.Converse[Event, Effect](t, m), t, m}
}

var text = machinetest.Text

// What the peer says.
var (
	peerHead  = "v=0 | o=- 5 1 IN IP4 198.51.100.5 | s=- | c=IN IP4 198.51.100.5 | t=0 0 | "
	peerAudio = text(peerHead + "m=audio 12016 RTP/AVP 8 0 101 | a=rtpmap:101 telephone-event/8000 | a=ptime:20")
	peerT38   = text(peerHead + "m=image 4611 udptl t38 | a=T38FaxVersion:0 | a=T38MaxBitRate:14400 | " +
		"a=T38FaxRateManagement:transferredTCF | a=T38FaxMaxDatagram:180 | a=T38FaxUdpEC:t38UDPRedundancy")
	peerBare = text(peerHead + "m=image 4611 udptl t38")
)

func (c *conversation) offered(body []byte)        { c.Handle(Offered{SDP: body}) }
func (c *conversation) invited(body []byte)        { c.Handle(Offered{SDP: body, Initial: true}) }
func (c *conversation) answered(s int, b []byte)   { c.Handle(Answered{Status: s, SDP: b}) }
func (c *conversation) refused(s int, text string) { c.Handle(Answered{Status: s, ReasonText: text}) }

// wantOffer takes an Offer whose description has each of the lines.
func (c *conversation) wantOffer(why string, lines ...string) {
	c.t.Helper()
	e := c.Next(why)
	o, ok := e.(Offer)
	if !ok {
		c.t.Fatalf("%s: got %T %+v, want an Offer", why, e, e)
	}
	c.Said(why, o.SDP, lines)
}

func (c *conversation) wantAnswer(why string, status int, lines ...string) {
	c.t.Helper()
	e := c.Next(why)
	a, ok := e.(Answer)
	if !ok || a.Status != status {
		c.t.Fatalf("%s: got %T %+v, want an Answer %d", why, e, e, status)
	}
	if status == 200 {
		c.Said(why, a.SDP, lines)
	} else if len(a.SDP) > 0 {
		c.t.Fatalf("%s: a refusal with a description", why)
	}
}

func (c *conversation) wantAudio(why string) OpenAudio {
	c.t.Helper()
	e := c.Next(why)
	o, ok := e.(OpenAudio)
	if !ok {
		c.t.Fatalf("%s: got %T %+v, want OpenAudio", why, e, e)
	}
	return o
}

func (c *conversation) wantT38(why string) OpenT38 {
	c.t.Helper()
	e := c.Next(why)
	o, ok := e.(OpenT38)
	if !ok {
		c.t.Fatalf("%s: got %T %+v, want OpenT38", why, e, e)
	}
	return o
}

func (c *conversation) wantFail(why string, status int, words string) {
	c.t.Helper()
	e := c.Next(why)
	f, ok := e.(Fail)
	if !ok || f.Status != status || !strings.Contains(f.Sentence, words) {
		c.t.Fatalf("%s: got %T %+v, want Fail %d with %q", why, e, e, status, words)
	}
	c.WantIdle("nothing follows a failure")
}

func (c *conversation) want(why string, got, want any) {
	c.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Fatalf("%s: got %v, want %v", why, got, want)
	}
}

// answeredCall is a called side up to the audio with its CED.
func answeredCall(t *testing.T, cfg Config) *conversation {
	t.Helper()
	c := converse(t, cfg)
	c.invited(peerAudio)
	c.wantAnswer("audio is answered", 200, "m=audio 30000 RTP/AVP 8")
	c.want("the called terminal begins with CED (T.30 phase A)", c.wantAudio("audio opens").Tone, CED)
	return c
}

// dialledCall is a calling side up to the audio with its CNG.
func dialledCall(t *testing.T, cfg Config) *conversation {
	t.Helper()
	c := converse(t, cfg)
	c.wantOffer("the INVITE offers audio", "m=audio 30000 RTP/AVP 0 8")
	c.answered(200, peerAudio)
	c.want("the calling terminal sends CNG (T.30 phase A)", c.wantAudio("audio opens").Tone, CNG)
	return c
}

// relayingCall is a called side up to T.38 by its own re-INVITE.
func relayingCall(t *testing.T, cfg Config) *conversation {
	t.Helper()
	c := answeredCall(t, cfg)
	c.Handle(ToneSent{})
	c.Pass(0)
	c.wantOffer("T.38 is offered when CED is over", "m=image 40000 udptl t38")
	c.answered(200, peerT38)
	c.wantT38("T.38 opens")
	return c
}

func versionIn(t *testing.T, body string) uint64 {
	t.Helper()
	d, err := sdp.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return d.Origin.SessionVersion
}
