package negotiation

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/sip/internal/machinetest"
	"github.com/pagebridge/pagebridge/sip/sdp"
)

// bodies are what the random peer says; the fuzzer adds its own octets.
var bodies = [][]byte{
	nil, peerAudio, peerT38, peerBare, []byte("garbage"),
	text(peerHead + "m=audio 0 RTP/AVP 0 | m=image 4611 UDPTL T38"),
	text(peerHead + "m=image 4611 udptl t38 | m=audio 12016 RTP/AVP 0"),
	text(peerHead + "m=audio 12016 RTP/AVP 0 | a=sendonly"),
	text(peerHead + "m=image 0 udptl t38"),
	text(peerHead + "m=audio 12016 RTP/AVP 18"),
	text("v=0"),
}

var statuses = []int{100, 183, 200, 200, 200, 202, 302, 408, 415, 481, 486, 488, 491, 491, 500, 606}

// checker watches what a machine does, whatever happens to it.
type checker struct {
	t         *testing.T
	m         *Machine
	now       time.Time
	unanswerd int  // offers of the peer without an Answer
	pending   bool // our Offer has no final response
	over      bool // Fail has come
	ended     bool
	said      machinetest.Versions
	offer     []byte // the peer's last
}

// FuzzMachine checks over any order of events that each offer has one answer,
// that our offers do not overlap, that o= versions follow RFC 3264 8, and that
// nothing happens after the end.
func FuzzMachine(f *testing.F) {
	f.Add([]byte{0, 0x01, 0x01, 0x30, 0x42, 0x12}, []byte("v=0"))
	f.Add([]byte{1, 0x12, 0x11, 0x68, 0x02, 0x12}, Offer{}.SDP)
	f.Add([]byte{7, 0x12, 0x12, 0x68, 0x02, 0x1c, 0x61, 0x02}, []byte(peerT38))
	f.Add([]byte{12, 0x01, 0x30, 0x61, 0x12, 0x50, 0x12}, []byte(peerAudio))
	f.Fuzz(func(t *testing.T, script, body []byte) {
		if len(script) == 0 || len(script) > 200 {
			return
		}
		cfg := called()
		setup := script[0]
		cfg.Calling = setup&1 != 0
		cfg.Policy.Fallback = Fallback(setup >> 1 % 3)
		cfg.Policy.FirstOffer = FirstOffer(setup >> 3 % 3)
		cfg.Policy.NoReinvite = setup>>5&1 != 0
		k := &checker{t: t, m: New(cfg, epoch), now: epoch}
		k.effects()
		for _, step := range script[1:] {
			k.step(step>>4, int(step&15), body)
		}
	})
}

func (k *checker) step(what byte, arg int, body []byte) {
	said := body
	if arg < len(bodies) {
		said = bodies[arg]
	}
	switch what % 8 {
	case 0:
		k.peerOffers(said)
	case 1:
		k.peerAnswers(statuses[arg], peerT38)
	case 2:
		k.peerAnswers(200, said)
	case 3:
		k.m.Handle(k.now, ToneSent{})
	case 4:
		k.m.Handle(k.now, FaxHeard{})
	case 5:
		k.m.Handle(k.now, MediaSilent{})
	case 6:
		k.now = k.now.Add(time.Duration(arg) * 700 * time.Millisecond)
		k.m.Advance(k.now)
		if d := k.m.Deadline(); !d.IsZero() && !d.After(k.now) {
			k.t.Fatalf("in %q the deadline %v stays in the past", k.m.State(), d)
		}
	case 7:
		if arg == 15 {
			k.m.Handle(k.now, Ended{})
			k.ended = true
		}
	}
	k.effects()
	if k.unanswerd > 0 && !k.ended {
		k.t.Fatalf("in %q an offer has no answer", k.m.State())
	}
}

func (k *checker) peerOffers(body []byte) {
	k.unanswerd, k.offer = 1, body
	k.m.Handle(k.now, Offered{SDP: body, Initial: !k.said.Any()})
}

func (k *checker) peerAnswers(status int, body []byte) {
	if status >= 200 {
		k.pending = false
	}
	k.m.Handle(k.now, Answered{Status: status, SDP: body, RetryAfter: time.Second})
}

func (k *checker) effects() {
	for range 100 {
		e, ok := k.m.Next()
		if !ok {
			return
		}
		if k.ended {
			k.t.Fatalf("%T after the end", e)
		}
		if _, ok := e.(Answer); !ok && k.over {
			k.t.Fatalf("%T after Fail", e)
		}
		k.effect(e)
	}
	k.t.Fatal("no end of effects")
}

func (k *checker) effect(e Effect) {
	switch e := e.(type) {
	case Answer:
		if k.unanswerd--; k.unanswerd < 0 {
			k.t.Fatal("an answer to nothing")
		}
		if e.Status == 200 {
			k.said.Description(k.t, e.SDP)
			k.sameLines(e.SDP)
			k.pending = len(k.offer) == 0
		}
	case Offer:
		if k.pending {
			k.t.Fatal("an offer while another is pending")
		}
		k.pending = true
		k.said.Description(k.t, e.SDP)
	case OpenT38:
		if e.T38.MaxDatagram <= 0 || e.T38.MaxBitRate > 14400 || e.T38.Version != 0 {
			k.t.Fatalf("agreed beyond what we offer: %+v", e)
		}
	case OpenAudio:
		if e.Codec.Name != "PCMU" && e.Codec.Name != "PCMA" || e.Ptime <= 0 {
			k.t.Fatalf("audio that we do not speak: %+v", e)
		}
	case Fail:
		k.over = true
		if e.Sentence == "" {
			k.t.Fatal("a failure without a reason")
		}
	}
}

// sameLines checks that an answer has as many media lines as the offer, of the
// same kinds (RFC 3264 6).
func (k *checker) sameLines(answer []byte) {
	if len(k.offer) == 0 {
		return
	}
	d, err := sdp.Parse(k.offer)
	if err != nil {
		k.t.Fatalf("garbage was accepted: %v", err)
	}
	a, _ := sdp.Parse(answer)
	if len(a.MediaDescriptions) != len(d.MediaDescriptions) {
		k.t.Fatalf("offer\n%s\nanswer\n%s", k.offer, answer)
	}
}
