package gateway

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/internal/simnet"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t30/t30test"
	"github.com/pagebridge/pagebridge/t38/t4"
	"github.com/pagebridge/pagebridge/t38/udptl"
)

// site is a fax machine, the telephone line between it and a gateway, and the
// gateway, all in virtual time.
type site struct {
	w       *t30test.World
	machine *t30test.Terminal
	gateway *Gateway
	leg     *t38.Leg
	out     *simnet.Link // towards the other site
	peer    *site

	modulation t30.Modulation // that the gateway's modem sends
	sent       time.Time      // when the last bit queued will have left
	expected   Expected
	alarm      time.Time
}

// Hear takes what the machine sends. (A t30test.Listener.)
func (s *site) Hear(ev t30.Event) {
	now := s.w.Now()
	switch ev := ev.(type) {
	case t30.ToneHeard:
		s.gateway.Tone(now, OnLine, ev.Tone)
	case t30.CarrierUp:
		if m := ev.Modulation; m != t30.V21 && m != s.expected.Modulation {
			return // no modem is armed for it
		}
		s.gateway.Carrier(now, OnLine, ev.Modulation, s.expected.Short)
	case t30.CarrierDown:
		s.gateway.Done(now, OnLine)
	case t30.FrameReceived:
		s.gateway.Frame(now, OnLine, ev.Octets, ev.FCSOK)
	case t30.DataReceived:
		s.gateway.Data(now, OnLine, ev.Octets)
	}
	s.settle()
}

// The gateway's modem: what it is told to send arrives at the machine when a
// modem would have sent it.

func (s *site) at(when time.Time, ev t30.Event) {
	s.w.At(when, func() { s.machine.Hear(ev) })
}

func (s *site) Listen(e Expected) { s.expected = e }

func (s *site) Tone(t t30.Tone) {
	s.Done()
	s.at(s.w.Now().Add(300*time.Millisecond), t30.ToneHeard{Tone: t})
}

func (s *site) Carrier(m t30.Modulation, short bool) {
	s.Done()
	begin := s.w.Now()
	if s.sent.After(begin) {
		begin = s.sent
	}
	s.modulation = m
	switch m {
	case t30.V21:
		s.at(begin, t30.CarrierUp{Modulation: m})
		s.sent = begin.Add(time.Second)
	default:
		up := begin.Add(t30test.TrainingTime(m, short))
		s.at(up, t30.CarrierUp{Modulation: m})
		s.sent = up
	}
}

func (s *site) queue(octets int) time.Time {
	if now := s.w.Now(); s.sent.Before(now) {
		s.sent = now
	}
	s.sent = s.sent.Add(time.Duration(octets) * t30test.OctetTime(s.modulation))
	return s.sent
}

func (s *site) Frame(octets []byte, good bool) {
	s.at(s.queue(len(octets)+3), t30.FrameReceived{Octets: append([]byte(nil), octets...), FCSOK: good})
}

func (s *site) Data(octets []byte) {
	s.at(s.queue(len(octets)), t30.DataReceived{Octets: append([]byte(nil), octets...)})
}

func (s *site) Done() {
	if s.modulation != t30.NoModulation {
		s.at(s.queue(2), t30.CarrierDown{})
		s.modulation = t30.NoModulation
	}
}

// fromPeer takes what came by T.38.
func (s *site) fromPeer(ev t30.Event) {
	now := s.w.Now()
	switch ev := ev.(type) {
	case t30.ToneHeard:
		s.gateway.Tone(now, OnT38, ev.Tone)
	case t30.CarrierUp:
		s.gateway.Carrier(now, OnT38, ev.Modulation, s.leg.ShortTraining())
	case t30.CarrierDown:
		s.gateway.Done(now, OnT38)
	case t30.FrameReceived:
		s.gateway.Frame(now, OnT38, ev.Octets, ev.FCSOK)
	case t30.DataReceived:
		s.gateway.Data(now, OnT38, ev.Octets)
	}
}

// settle sees to it that what is due later is done then.
func (s *site) settle() {
	at := s.leg.Deadline()
	for _, t := range []time.Time{s.gateway.Deadline()} {
		if at.IsZero() || !t.IsZero() && t.Before(at) {
			at = t
		}
	}
	if t, ok := s.peer.out.Next(); ok && (at.IsZero() || t.Before(at)) {
		at = t
	}
	if at.IsZero() || at.Equal(s.alarm) {
		return
	}
	s.alarm = at
	s.w.At(at, func() {
		if !s.alarm.Equal(at) {
			return
		}
		s.alarm = time.Time{}
		now := s.w.Now()
		for b, ok := s.peer.out.Receive(now); ok; b, ok = s.peer.out.Receive(now) {
			if err := s.leg.Datagram(now, b); err != nil {
				panic(err)
			}
		}
		s.leg.Advance(now)
		s.gateway.Advance(now)
		s.settle()
		s.peer.settle()
	})
}

type circuit struct {
	w     *t30test.World
	sites [2]*site
}

// newCircuit joins a calling machine and a called one by two gateways.
func newCircuit(calling, called t30.Config, doc []*t4.Page, o t38.Options, g Options, c simnet.Conditions) *circuit {
	w := &t30test.World{}
	calling.Calling, calling.Transmits, called.Receives = true, true, true
	x := &circuit{w: w}
	for i, cfg := range []t30.Config{calling, called} {
		c.Seed = c.Seed*2 + uint64(i)
		s := &site{w: w, out: simnet.New(c)}
		x.sites[i] = s
		var d t30test.Document
		if cfg.Calling {
			d.Pages = doc
		}
		s.machine = w.Call(cfg, d)
		s.machine.Peer = s
	}
	for i, s := range x.sites {
		s.peer = x.sites[1-i]
	}
	for _, s := range x.sites {
		s.leg = t38.NewLeg(o, w.Now(), func(b []byte) {
			s.out.Send(w.Now(), b)
			s.peer.settleSoon()
		}, s.fromPeer)
		s.gateway = New(g, s, s.leg, w.Now())
	}
	return x
}

// settleSoon is settle for the middle of something.
func (s *site) settleSoon() { s.w.After(0, s.settle) }

func (x *circuit) run(limit time.Duration) bool {
	told := false
	a, b := x.sites[0].machine, x.sites[1].machine
	return x.w.Run(limit, func() bool {
		if a.Gone != b.Gone && !told {
			told = true
			other := a
			if a.Gone {
				other = b
			}
			x.w.After(2*time.Second, func() { other.Hear(t30.CallEnded{}) })
		}
		return a.Gone && b.Gone
	})
}

func page(seed uint64, rows int) *t4.Page {
	r := rand.New(rand.NewPCG(seed, 0))
	bits := make([]byte, 216*rows)
	for i := range bits {
		if i/216%10 < 6 && r.IntN(5) == 0 {
			bits[i] = byte(r.IntN(256))
		}
	}
	return t4.FromBitmap(bits, 1728, 216, rows, t4.MMR, t4.R8x7_7)
}

func samePage(t *testing.T, a, b *t4.Page) {
	t.Helper()
	x, _, errX := a.Bitmap()
	y, _, errY := b.Bitmap()
	if errX != nil || errY != nil || string(x) != string(y) {
		t.Errorf("the page that arrived differs (%v, %v; %d rows, %d sent)", errX, errY, b.Rows, a.Rows)
	}
}

func TestFaxThroughTwoGateways(t *testing.T) {
	doc := []*t4.Page{page(1, 300), page(2, 200), page(3, 100)}
	for _, rate := range []int{14400, 9600, 4800, 2400} {
		for _, ecm := range []bool{true, false} {
			for _, delay := range []time.Duration{0, 50 * time.Millisecond, 300 * time.Millisecond} {
				t.Run(fmt.Sprintf("%d/ECM %v/%v", rate, ecm, delay), func(t *testing.T) {
					cfg := t30.Config{MaxRate: rate, DisableECM: !ecm}
					a, b := cfg, cfg
					a.Ladder, b.Ladder = new(t30.Ladder), new(t30.Ladder)
					x := newCircuit(a, b, doc, t38.Options{ErrorCorrection: udptl.Redundancy}, Options{}, simnet.Conditions{Delay: delay})
					if !x.run(10 * time.Minute) {
						t.Fatal("the fax does not end")
					}
					sent, got := x.sites[0].machine, x.sites[1].machine
					if o := sent.Engine.Outcome(); !o.Success || o.Rate != rate || o.ECM != ecm {
						t.Fatalf("%v (%s), %d bit/s, ECM %v\n%v\n%v", o.Cause, o.Sentence(), o.Rate, o.ECM, a.Ladder, b.Ladder)
					}
					if len(got.Tray) != 3 {
						t.Fatalf("%d pages arrived", len(got.Tray))
					}
					for i := range doc {
						samePage(t, doc[i], got.Tray[i])
					}
				})
			}
		}
	}
}

// The answer to a command may be on its way for longer than the machine on the
// line waits; flags keep it waiting.
func TestSlowNetwork(t *testing.T) {
	doc := []*t4.Page{page(1, 100)}
	for _, ecm := range []bool{true, false} {
		var a, b t30.Ladder
		x := newCircuit(t30.Config{DisableECM: !ecm, Ladder: &a}, t30.Config{DisableECM: !ecm, Ladder: &b}, doc,
			t38.Options{}, Options{}, simnet.Conditions{Delay: 1200 * time.Millisecond})
		if !x.run(10 * time.Minute) {
			t.Fatal("the fax does not end")
		}
		if o := x.sites[0].machine.Engine.Outcome(); !o.Success {
			t.Errorf("ECM %v: %v (%s)\n%v\n%v", ecm, o.Cause, o.Sentence(), &a, &b)
		}
	}
}

// What is lost for good across the network costs an ECM fax repetitions, not
// the page.
func TestLossAcrossTheNetwork(t *testing.T) {
	doc := []*t4.Page{page(1, 300), page(2, 100)}
	for seed := range uint64(20) {
		var a, b t30.Ladder
		x := newCircuit(t30.Config{Ladder: &a}, t30.Config{Ladder: &b}, doc,
			t38.Options{ErrorCorrection: udptl.Redundancy}, Options{}, simnet.Conditions{Loss: 0.1, Delay: 30 * time.Millisecond, Seed: seed})
		if !x.run(20 * time.Minute) {
			t.Fatal("the fax does not end")
		}
		if o := x.sites[0].machine.Engine.Outcome(); !o.Success {
			t.Fatalf("seed %d: %v (%s)\n%v\n%v", seed, o.Cause, o.Sentence(), &a, &b)
		}
		for i := range doc {
			samePage(t, doc[i], x.sites[1].machine.Tray[i])
		}
	}
}

// A limit of the T.38 side is kept on the line, where the machines know nothing of
// it.
func TestLimitOfTheRate(t *testing.T) {
	for limit, want := range map[int]int{0: 14400, 14400: 14400, 12000: 9600, 9600: 9600, 7200: 4800, 2400: 2400} {
		x := newCircuit(t30.Config{}, t30.Config{}, []*t4.Page{page(1, 100)}, t38.Options{},
			Options{GatewayLimits: t30.GatewayLimits{MaxRate: limit}}, simnet.Conditions{})
		if !x.run(10 * time.Minute) {
			t.Fatal("the fax does not end")
		}
		if o := x.sites[0].machine.Engine.Outcome(); !o.Success || o.Rate != want {
			t.Errorf("limit %d: success %v, %d bit/s", limit, o.Success, o.Rate)
		}
	}
}

// Error correction that the gateway is not to carry is not agreed on, and what
// two machines of one maker would agree on in private is kept from them.
func TestWhatIsNotCarried(t *testing.T) {
	var a, b t30.Ladder
	x := newCircuit(t30.Config{Ladder: &a, InternetAware: true}, t30.Config{Ladder: &b, InternetAware: true, NonStandard: []byte{0xB5, 0, 1}},
		[]*t4.Page{page(1, 100)}, t38.Options{}, Options{GatewayLimits: t30.GatewayLimits{DisableECM: true}}, simnet.Conditions{})
	if !x.run(10 * time.Minute) {
		t.Fatal("the fax does not end")
	}
	o := x.sites[0].machine.Engine.Outcome()
	if !o.Success || o.ECM || o.InternetAware || o.Told.NonStandard != nil {
		t.Errorf("success %v, ECM %v, Internet-aware %v, non-standard % x\n%v", o.Success, o.ECM, o.InternetAware, o.Told.NonStandard, &a)
	}
}
