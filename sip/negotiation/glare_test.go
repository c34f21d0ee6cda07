package negotiation

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func TestGlare(t *testing.T) {
	c := reinvited(t, called())
	c.offered(peerT38)
	c.wantAnswer("our offer is pending (RFC 3261 14.2)", 491)
	c.refused(491, "Request Pending")
	c.want("state", c.m.State(), "backing off after glare")
	c.Pass(990 * time.Millisecond)
	c.WantIdle("who did not make the call waits 0 to 2 s")
	c.Pass(10 * time.Millisecond)
	c.wantOffer("the same description again", "o=- 77 2 IN IP4 192.0.2.1", "m=image 40000 udptl t38")
	c.answered(200, peerT38)
	c.wantT38("T.38 opens")
}

func TestBackOffByRole(t *testing.T) {
	for _, c := range []struct {
		calling    bool
		from, upTo time.Duration
	}{
		{false, 0, 2 * time.Second},
		{true, 2100 * time.Millisecond, 4 * time.Second},
	} {
		for _, r := range []func(int) int{func(int) int { return 0 }, func(n int) int { return n - 1 }} {
			m := New(Config{Calling: c.calling, Rand: r}, epoch)
			got, want := m.backOff(), c.from
			if r(9) > 0 {
				want = c.upTo
			}
			if got != want {
				t.Errorf("calling %v: %v, want %v (RFC 3261 14.1)", c.calling, got, want)
			}
		}
	}
}

func TestThePeersOfferEndsTheBackOff(t *testing.T) {
	c := reinvited(t, called())
	c.refused(491, "")
	c.offered(peerAudio)
	c.wantAnswer("a refresh in between", 200)
	c.offered(text(peerHead + "m=audio 12020 RTP/AVP 8"))
	c.wantAnswer("moved audio in between", 200)
	c.wantAudio("audio changes")
	c.want("still backing off", c.m.State(), "backing off after glare")
	c.offered(peerT38)
	c.wantAnswer("T.38 by the peer", 200)
	c.wantT38("T.38 opens")
	c.Pass(time.Minute)
	c.WantIdle("ours is not sent any more")
}

func TestA500WithRetryAfterIsGlareToo(t *testing.T) {
	c := reinvited(t, called())
	c.Handle(Answered{Status: 500, RetryAfter: 3 * time.Second})
	c.Pass(3 * time.Second)
	c.wantOffer("the peer was busy with an INVITE of its own (RFC 3261 14.2)", "m=image 40000 udptl t38")
	c.Handle(Answered{Status: 500, RetryAfter: time.Hour})
	c.wantFail("nobody waits an hour", 500, "refused with 500")
}

func TestGlareWithoutEndIsARefusal(t *testing.T) {
	c := reinvited(t, called())
	for range maxGlares {
		c.refused(491, "")
		c.Pass(4 * time.Second)
		c.wantOffer("again", "m=image 40000 udptl t38")
	}
	c.refused(491, "")
	c.wantFail("enough", 491, "T.38 was refused with 491")
}

func TestGlareOnTheWayBackToAudio(t *testing.T) {
	c := relayingCall(t, withFallback())
	c.Handle(MediaSilent{})
	c.wantOffer("back to audio", "m=audio 30000 RTP/AVP 0 8")
	c.offered(peerAudio)
	c.wantAnswer("the peer wants the same", 491)
	c.refused(491, "")
	c.offered(peerAudio)
	c.wantAnswer("the peer is first", 200)
	c.want("and the fax runs over it", c.wantAudio("audio opens").Fax, true)
}

// A pair is two machines with a network between them that takes its time: each
// message arrives, in order, after a delay drawn from the seed.
type pair struct {
	t      *testing.T
	rand   *rand.Rand
	now    time.Time
	sides  [2]*side
	offers int
	glares int
}

type side struct {
	m       *Machine
	inbox   []delivery
	lastOut time.Time // arrival of the last message sent
	open    Effect
	failed  string
}

type delivery struct {
	at time.Time
	ev Event
}

func newPair(t *testing.T, seed uint64, callingCfg, calledCfg Config) *pair {
	p := &pair{t: t, rand: rand.New(rand.NewPCG(seed, 1)), now: epoch}
	callingCfg.Rand, calledCfg.Rand = p.rand.IntN, p.rand.IntN
	p.sides = [2]*side{{m: New(callingCfg, epoch)}, {m: New(calledCfg, epoch)}}
	return p
}

// send puts ev into the inbox of side to. SIP over one path keeps the order.
func (p *pair) send(to int, ev Event) {
	s := p.sides[1-to]
	at := p.now.Add(time.Duration(1+p.rand.IntN(300)) * time.Millisecond)
	if at.Before(s.lastOut) {
		at = s.lastOut
	}
	s.lastOut = at
	p.sides[to].inbox = append(p.sides[to].inbox, delivery{at, ev})
}

// effects carries out what side i wants.
func (p *pair) effects(i int) {
	s := p.sides[i]
	for e, ok := s.m.Next(); ok; e, ok = s.m.Next() {
		switch e := e.(type) {
		case Offer:
			p.offers++
			p.send(1-i, Offered{SDP: e.SDP, Initial: p.offers == 1})
		case Answer:
			if e.Status == 491 {
				p.glares++
			}
			p.send(1-i, Answered{Status: e.Status, SDP: e.SDP})
		case OpenAudio:
			s.open = e
			if e.Tone == CED {
				s.inbox = append([]delivery{{p.now.Add(3 * time.Second), ToneSent{}}}, s.inbox...)
			}
		case OpenT38:
			s.open = e
		case Fail:
			s.failed = e.Sentence
		}
	}
}

// run lets both sides talk until nothing is due any more, or for limit.
func (p *pair) run(limit time.Duration) {
	end := p.now.Add(limit)
	for range 10000 {
		p.effects(0)
		p.effects(1)
		at, do := p.earliest()
		if do == nil || at.After(end) {
			return
		}
		p.now = at
		do()
	}
	p.t.Fatal("the two do not come to rest")
}

func (p *pair) earliest() (at time.Time, do func()) {
	for _, s := range p.sides {
		for k, d := range s.inbox {
			if do == nil || d.at.Before(at) {
				at, do = d.at, func() {
					s.inbox = append(s.inbox[:k:k], s.inbox[k+1:]...)
					s.m.Handle(p.now, d.ev)
				}
			}
		}
		if d := s.m.Deadline(); !d.IsZero() && (do == nil || d.Before(at)) {
			at, do = d, func() { s.m.Advance(p.now) }
		}
	}
	return at, do
}

// TestTwoMachinesComeToT38 lets both sides ask for T.38 at about the same time.
func TestTwoMachinesComeToT38(t *testing.T) {
	glares := 0
	for seed := range uint64(300) {
		one, two := calling(), called()
		one.Policy.CallingWait = 3 * time.Second // just when CED ends
		if seed%3 == 0 {
			two.Policy.CalledDelay = time.Duration(seed) * time.Millisecond
		}
		p := newPair(t, seed, one, two)
		p.run(time.Minute)
		glares += p.glares
		for i, s := range p.sides {
			if _, ok := s.open.(OpenT38); !ok || s.failed != "" || s.m.State() != "T.38" {
				t.Fatalf("seed %d, side %d: %s, %T, %s", seed, i, s.m.State(), s.open, s.failed)
			}
		}
	}
	if glares < 100 {
		t.Errorf("only %d glares in 300 calls: this test tests nothing", glares)
	}
	t.Logf("%d glares in 300 calls", glares)
}

// TestEveryPairOfPoliciesAgrees checks that two of ours never wait for each
// other for ever, and end with the same media or with a reason on one side.
func TestEveryPairOfPoliciesAgrees(t *testing.T) {
	for _, a := range policies() {
		for _, b := range policies() {
			name := fmt.Sprintf("%+v calls %+v", a, b)
			one, two := calling(), called()
			one.Policy, two.Policy = a, b
			p := newPair(t, 1, one, two)
			p.run(5 * time.Minute)
			states := [2]string{p.sides[0].m.State(), p.sides[1].m.State()}
			failed := p.sides[0].failed + p.sides[1].failed
			if states[0] != states[1] && failed == "" {
				t.Errorf("%s: %q and %q, and no reason", name, states[0], states[1])
			}
			for _, state := range states {
				if state != "T.38" && state != "fax over audio" && failed == "" {
					t.Errorf("%s: ends in %q without a reason", name, state)
				}
			}
		}
	}
}

func policies() []Policy {
	var all []Policy
	for _, f := range []Fallback{T38Only, T38ThenG711, G711Only} {
		for _, o := range []FirstOffer{OfferAudio, OfferT38, OfferAudioAndT38} {
			for _, n := range []bool{false, true} {
				all = append(all, Policy{Fallback: f, FirstOffer: o, NoReinvite: n})
			}
		}
	}
	return all
}
