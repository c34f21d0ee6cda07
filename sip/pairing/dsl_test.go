package pairing

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/pagebridge/pagebridge/sip/internal/machinetest"
	"github.com/pagebridge/pagebridge/sip/sdp"
)

// A conversation is one machine and the test that plays both sides around it.
type conversation struct {
	*machinetest.Conversation[Event, Effect]
	t *testing.T
	m *Machine
}

var epoch = machinetest.Epoch

func config() Config {
	redundancy, fec := sdp.DefaultT38(), sdp.DefaultT38()
	fec.UDPEC, fec.MaxDatagram = sdp.FEC, 849
	return Config{
		Local: netip.MustParseAddr("192.0.2.1"), SessionID: 70,
		Legs: [2]LegConfig{{RTPPort: 30000, UDPTLPort: 30001, T38: redundancy}, {RTPPort: 40000, UDPTLPort: 40001, T38: fec}},
		Rand: func(n int) int { return n / 2 },
	}
}

func converse(t *testing.T, cfg Config) *conversation {
	m := New(cfg, epoch)
	return &conversation{machinetest.Converse[Event, Effect](t, m), t, m}
}

var text = machinetest.Text

// What the two sides say.
var (
	headA  = "v=0 | o=alice 5 1 IN IP4 198.51.100.5 | s=- | c=IN IP4 198.51.100.5 | t=0 0 | "
	headB  = "v=0 | o=bob 9 1 IN IP4 203.0.113.9 | s=- | c=IN IP4 203.0.113.9 | t=0 0 | "
	audioA = text(headA + "m=audio 12016 RTP/AVP 8 0 101 | a=rtpmap:8 PCMA/8000 | a=rtpmap:101 telephone-event/8000 | a=fmtp:101 0-15 | a=ptime:20")
	audioB = text(headB + "m=audio 18000 RTP/AVP 8 101 | a=rtpmap:101 telephone-event/8000 | a=sendrecv")
	t38A   = text(headA + "m=image 4611 udptl t38 | a=T38FaxVersion:0 | a=T38MaxBitRate:14400 | " +
		"a=T38FaxRateManagement:transferredTCF | a=T38FaxMaxDatagram:180 | a=T38FaxUdpEC:t38UDPRedundancy")
	t38B = text(headB + "m=image 4999 udptl t38 | a=T38FaxVersion:0 | a=T38MaxBitRate:9600 | a=T38FaxFillBitRemoval:0 | " +
		"a=T38FaxRateManagement:transferredTCF | a=T38FaxMaxDatagram:300 | a=T38FaxUdpEC:t38UDPFEC | a=X-Vendor:blue")
)

func (c *conversation) offered(l Leg, body []byte) { c.Handle(Offered{Leg: l, SDP: body}) }
func (c *conversation) answered(l Leg, s int, body []byte) {
	c.Handle(Answered{Leg: l, Status: s, SDP: body})
}

// wantOffer takes an Offer on the leg whose description has each of the lines.
func (c *conversation) wantOffer(why string, l Leg, lines ...string) {
	c.t.Helper()
	e := c.Next(why)
	o, ok := e.(Offer)
	if !ok || o.Leg != l {
		c.t.Fatalf("%s: got %T %+v, want an Offer on %v", why, e, e, l)
	}
	c.Said(why, o.SDP, lines)
}

func (c *conversation) wantAnswer(why string, l Leg, status int, lines ...string) {
	c.t.Helper()
	e := c.Next(why)
	a, ok := e.(Answer)
	if !ok || a.Leg != l || a.Status != status {
		c.t.Fatalf("%s: got %T %+v, want an Answer %d on %v", why, e, e, status, l)
	}
	if len(a.SDP) > 0 || len(lines) > 0 {
		c.Said(why, a.SDP, lines)
	}
	if status >= 300 && len(a.SDP) > 0 {
		c.t.Fatalf("%s: a refusal with a description", why)
	}
}

func (c *conversation) wantAudio(why, a, b string) {
	c.t.Helper()
	e := c.Next(why)
	o, ok := e.(OpenAudio)
	if !ok || fmt.Sprint(o.Remote[A]) != a || fmt.Sprint(o.Remote[B]) != b {
		c.t.Fatalf("%s: got %T %+v, want audio between %s and %s", why, e, e, a, b)
	}
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

// wantEffect takes an effect of which %T and %+v are so.
func (c *conversation) wantEffect(why string, want Effect) {
	c.t.Helper()
	e := c.Next(why)
	if got, want := fmt.Sprintf("%T %+v", e, e), fmt.Sprintf("%T %+v", want, want); got != want {
		c.t.Fatalf("%s: got %s, want %s", why, got, want)
	}
}

const (
	rtpA = "198.51.100.5:12016"
	rtpB = "203.0.113.9:18000"
)

// voiceCall is a call up to its audio.
func voiceCall(t *testing.T) *conversation { t.Helper(); return voiceCallWith(t, config()) }

func voiceCallWith(t *testing.T, cfg Config) *conversation {
	t.Helper()
	c := converse(t, cfg)
	c.offered(A, audioA)
	c.wantOffer("B is dialled", B, "m=audio 40000 RTP/AVP 8 0 101", "c=IN IP4 192.0.2.1")
	c.answered(B, 200, audioB)
	c.wantAnswer("A is answered when B has", A, 200, "m=audio 30000 RTP/AVP 8 101", "c=IN IP4 192.0.2.1")
	c.wantAudio("audio opens", rtpA, rtpB)
	c.WantIdle("nothing else")
	return c
}

// faxCall is a call up to T.38, which B has asked for.
func faxCall(t *testing.T) *conversation {
	t.Helper()
	c := voiceCall(t)
	c.offered(B, t38B)
	c.wantOffer("the called machine's T.38 goes to A", A, "m=image 30001 udptl t38")
	c.answered(A, 200, t38A)
	c.wantAnswer("B is answered when A has", B, 200, "m=image 40001 udptl t38")
	c.wantEffect("no audio any more", CloseAudio{})
	c.wantT38("the relay opens")
	return c
}
