package pairing

import (
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/sip/internal/machinetest"
)

// bodies are what the random sides say; the fuzzer adds its own octets.
var bodies = [][]byte{
	nil, audioA, audioB, t38A, t38B, []byte("garbage"),
	text(headA + "m=audio 0 RTP/AVP 0 | m=image 4611 UDPTL T38"),
	text(headB + "m=image 4611 udptl t38 | m=audio 12016 RTP/AVP 0"),
	text(headA + "m=audio 12016 RTP/AVP 0 | a=sendonly"),
	text(headA + "m=image 0 udptl t38"),
	text(headB + "m=audio 12018 RTP/AVP 0 | c=IN IP4 0.0.0.0"),
	text("v=0"),
}

var statuses = []int{100, 180, 183, 200, 200, 202, 302, 408, 415, 481, 486, 488, 491, 491, 500, 606}

// checker watches what a machine does, whatever happens to it.
type checker struct {
	t         *testing.T
	m         *Machine
	now       time.Time
	unanswerd [2]bool // an offer of the peer has no final Answer
	pending   [2]bool // our Offer has no final response
	said      [2]machinetest.Versions
	over      bool
}

// FuzzMachine checks over any order of events that each offer has one answer,
// that no leg has two offers of ours at once, that o= versions follow RFC 3264
// 8, that an answer has the lines of its offer, and that both legs end.
func FuzzMachine(f *testing.F) {
	f.Add([]byte{0, 0x01, 0x32, 0x03, 0x43}, []byte("v=0"))
	f.Add([]byte{1, 0x01, 0x32, 0x14, 0x53, 0x62, 0x11}, []byte(t38A))
	f.Add([]byte{4, 0x01, 0x32, 0x70, 0x53, 0x2a, 0x11}, []byte(t38B))
	f.Add([]byte{8, 0x01, 0x32, 0x70, 0x2b, 0x43, 0x13, 0x52}, []byte(t38A))
	f.Add([]byte{0x50, 0x01, 0x70, 0x03}, []byte(t38A))
	f.Add([]byte{2, 0x00, 0x32, 0x51, 0x03, 0x2c, 0x63, 0x70}, []byte(audioB))
	f.Fuzz(func(t *testing.T, script, body []byte) {
		if len(script) == 0 || len(script) > 200 {
			return
		}
		cfg := config()
		cfg.KeepRefused = script[0]&1 != 0
		if script[0]&2 != 0 {
			cfg.NoAnswer = 10 * time.Second
		}
		cfg.Fax = FaxMode(script[0] >> 2 % 5)
		cfg.Legs[B].NoT38 = script[0]>>5&1 != 0
		if script[0]&0x40 != 0 {
			cfg.ListenFirst = 4 * time.Second
		}
		k := &checker{t: t, m: New(cfg, epoch), now: epoch}
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
		k.peerOffers(A, said)
	case 1:
		k.peerOffers(B, said)
	case 2, 3:
		k.peerAnswers(Leg(what%2).Other(), statuses[arg], audioB)
	case 4, 5:
		k.peerAnswers(Leg(what%2), 200, said)
	case 6:
		k.now = k.now.Add(time.Duration(arg) * 700 * time.Millisecond)
		k.m.Advance(k.now)
		if d := k.m.Deadline(); !d.IsZero() && !d.After(k.now) {
			k.t.Fatalf("in %q the deadline %v stays in the past", k.m.State(), d)
		}
	case 7:
		switch {
		case arg < 4:
			k.m.Handle(k.now, FaxHeard{Leg: Leg(arg % 2)})
		case arg > 13:
			k.m.Handle(k.now, Ended{Leg: Leg(arg % 2), Keep: body != nil && len(body)%2 == 0})
		}
	}
	k.effects()
}

func (k *checker) peerOffers(l Leg, body []byte) {
	if k.over || k.unanswerd[l] {
		return // its dialog layer lets no second one through
	}
	k.unanswerd[l] = true
	k.m.Handle(k.now, Offered{Leg: l, SDP: body})
}

func (k *checker) peerAnswers(l Leg, status int, body []byte) {
	if status >= 200 {
		k.pending[l] = false
	}
	k.m.Handle(k.now, Answered{Leg: l, Status: status, SDP: body, RetryAfter: time.Second})
}

func (k *checker) effects() {
	for range 100 {
		e, ok := k.m.Next()
		if !ok {
			return
		}
		switch e := e.(type) {
		case Answer:
			if !k.unanswerd[e.Leg] {
				k.t.Fatalf("an answer on %v to nothing: %+v", e.Leg, e)
			}
			k.unanswerd[e.Leg] = e.Status < 200
			k.description(e.Leg, e.SDP)
		case Offer:
			if k.pending[e.Leg] {
				k.t.Fatalf("a second offer on %v", e.Leg)
			}
			k.pending[e.Leg] = true
			k.description(e.Leg, e.SDP)
		case HangUp, Refused, Left:
			k.over = true
		}
		if k.over && k.m.Deadline() != (time.Time{}) {
			k.t.Fatal("a timer after the end")
		}
	}
	k.t.Fatal("effects without end")
}

// description checks versions, and that no address of the other side is in it.
func (k *checker) description(l Leg, b []byte) {
	if len(b) == 0 {
		return
	}
	for _, line := range k.said[l].Description(k.t, b).MediaDescriptions {
		if line.ConnectionInformation != nil {
			k.t.Fatalf("an address of the other side on %v:\n%s", l, b)
		}
	}
}
