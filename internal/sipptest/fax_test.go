package sipptest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/dialog"
	"github.com/pagebridge/pagebridge/sip/dialog/dialogtest"
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/t38"
	"github.com/pagebridge/pagebridge/t38/t30"
	"github.com/pagebridge/pagebridge/t38/t4"
)

// noise is a document whose pages are hard to code, so that they take long.
type noise struct {
	page  *t4.Page
	pages int

	mu        sync.Mutex
	confirmed int
}

func newNoise(pages, rows int) *noise {
	random := rand.New(rand.NewPCG(1, 2))
	bits := make([]byte, 216*rows)
	for i := range bits {
		bits[i] = byte(random.Uint32())
	}
	return &noise{page: t4.FromBitmap(bits, 1728, 216, rows, t4.MH, t4.R8x7_7), pages: pages}
}

func (n *noise) Page(_ context.Context, i int) (*t4.Page, error) {
	if i >= n.pages {
		return nil, nil
	}
	return n.page, nil
}

func (n *noise) Confirmed(context.Context, int) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.confirmed++
	return nil
}

// sink counts the pages that come.
type sink struct {
	mu    sync.Mutex
	pages int
}

func (s *sink) Commit(context.Context, *t4.Page) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	return nil
}

// TestFaxOverARefresh sends a fax to the real plugin by a call of sipp's; the
// session timer is refreshed in the middle of a page, by UPDATE and by re-INVITE.
func TestFaxOverARefresh(t *testing.T) {
	if testing.Short() {
		t.Skip("the shortest session timer is refreshed after 45 s")
	}
	h := serve(t, "127.0.0.1", "")
	for _, allow := range []string{"INVITE, UPDATE, BYE", "INVITE, BYE"} {
		t.Run(allow, func(t *testing.T) {
			t.Parallel()
			conn, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			offer := strings.Replace(imageOffer(), "m=image 9 ", fmt.Sprintf("m=image %d ", conn.LocalAddr().(*net.UDPAddr).Port), 1)
			doc := newNoise(1, 180)
			done := make(chan t30.Outcome, 1)
			go func() {
				o, err := t38.Run(t.Context(), conn, netip.AddrPort{}, t38.Documents{Source: doc}, t38.Options{T30: t30.Config{Calling: true}})
				if err != nil {
					t.Error(err)
				}
				done <- o
			}()
			k := call(fax)
			k.patience = 80 * time.Second
			k.invite(offer, "Allow: "+allow, "Supported: timer", "Session-Expires: 90;refresher=uas").want(200, body("o=[^ ]* [0-9]* 1 IN")).ack()
			if strings.Contains(allow, "UPDATE") {
				k.wantRequest("UPDATE", nobody("m=")).respond("200 OK", "", "Session-Expires: 90;refresher=uac")
			} else {
				k.wantRequest("INVITE", body("o=[^ ]* [0-9]* 1 IN"), body("m=image [1-9]")).
					respond("200 OK", offer, "Session-Expires: 90;refresher=uac").wantRequest("ACK")
			}
			k.leaves()
			if err := h.talk(t, allow, k); err != nil {
				t.Fatal(err)
			}
			if o := <-done; !o.Success || doc.confirmed != 1 {
				t.Errorf("the fax ended as %s with %d pages confirmed", o.Sentence(), doc.confirmed)
			}
		})
	}
}

// party is one side of a call in virtual time: a leg, its negotiation and its
// terminal, joined as the plugin joins them.
type party struct {
	t       *testing.T
	machine *negotiation.Machine
	udptl   net.PacketConn
	docs    t38.Documents
	leg     *dialog.Leg
	open    *dialog.Request
	work    chan func() // to the goroutine that owns the machine
	opened  int         // how often T.38 was opened
	outcome chan t30.Outcome
	ended   chan dialog.End
	dial    func(sdp []byte)
}

func newParty(t *testing.T, n *dialogtest.Network, calling bool, docs t38.Documents) *party {
	p := &party{t: t, udptl: n.Socket(t), docs: docs, work: make(chan func(), 100), outcome: make(chan t30.Outcome, 1), ended: make(chan dialog.End, 1)}
	p.machine = negotiation.New(negotiation.Config{
		Calling: calling, Local: netip.MustParseAddr("127.0.0.1"), RTPPort: 9,
		UDPTLPort: p.udptl.LocalAddr().(*net.UDPAddr).AddrPort().Port(),
	}, time.Now())
	return p
}

// run owns the machine.
func (p *party) run() {
	for {
		p.perform()
		late := time.NewTimer(100 * time.Hour)
		if d := p.machine.Deadline(); !d.IsZero() {
			late.Reset(time.Until(d))
		}
		select {
		case f := <-p.work:
			f()
		case <-late.C:
			p.machine.Advance(time.Now())
		case <-p.t.Context().Done():
			return
		}
		late.Stop()
	}
}

func (p *party) handle(ev negotiation.Event) {
	p.work <- func() { p.machine.Handle(time.Now(), ev) }
}

func (p *party) answered(r dialog.Response) {
	p.handle(negotiation.Answered{Status: r.Status, SDP: r.Body, ReasonText: r.Reason})
}

func (p *party) perform() {
	for e, ok := p.machine.Next(); ok; e, ok = p.machine.Next() {
		switch e := e.(type) {
		case negotiation.Answer:
			p.open.Respond(dialog.Response{Status: e.Status, Content: dialog.SDP(e.SDP)})
		case negotiation.Offer:
			if p.leg == nil {
				p.dial(e.SDP)
			} else {
				p.leg.Request("INVITE", dialog.SDP(e.SDP), nil, p.answered)
			}
		case negotiation.OpenAudio:
			if e.Tone == negotiation.CED {
				time.AfterFunc(3*time.Second, func() { p.handle(negotiation.ToneSent{}) })
			}
		case negotiation.OpenT38:
			if p.opened++; p.opened > 1 {
				p.t.Errorf("T.38 is opened once more: %+v", e)
				continue
			}
			go func() {
				o, err := t38.Run(p.t.Context(), p.udptl, e.Remote, p.docs, t38.Options{T30: t30.Config{Calling: p.docs.Source != nil, Toned: e.Toned}})
				if err != nil {
					p.t.Error(err)
				}
				p.outcome <- o
			}()
		case negotiation.Fail:
			p.t.Errorf("the negotiation fails: %s", e.Sentence)
		}
	}
}

func (p *party) Requested(_ *dialog.Leg, r *dialog.Request) {
	p.work <- func() {
		p.open = r
		p.machine.Handle(time.Now(), negotiation.Offered{SDP: r.Body})
	}
}
func (p *party) Cancelled(*dialog.Leg, *dialog.Request)   {}
func (p *party) Acknowledged(*dialog.Leg, dialog.Content) {}
func (p *party) Ended(_ *dialog.Leg, e dialog.End)        { p.ended <- e }
func (p *party) incoming(l *dialog.Leg, r *dialog.Request) dialog.Events {
	p.work <- func() {
		p.leg, p.open = l, r
		p.machine.Handle(time.Now(), negotiation.Offered{SDP: r.Body, Initial: true})
	}
	return p
}

// TestSixtyPagesOverSessionTimers: a fax of more than half an hour is not
// disturbed by the session timer of half an hour, in virtual time.
func TestSixtyPagesOverSessionTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pages = 60
		n := dialogtest.NewNetwork()
		doc, received := newNoise(pages, 250), new(sink)
		caller, called := newParty(t, n, true, t38.Documents{Source: doc}), newParty(t, n, false, t38.Documents{Sink: received})
		stack := func(name string, incoming func(*dialog.Leg, *dialog.Request) dialog.Events) *dialog.Stack {
			return dialogtest.New(t, name, func(o *dialog.Options) {
				o.Listen, o.ListenPacket, o.Incoming = []string{"udp:127.0.0.1:0"}, n.Listen, incoming
			}).Stack
		}
		a, b := stack("a", nil), stack("b", called.incoming)
		caller.dial = func(sdp []byte) {
			to := dialogtest.URI("100", b.Addr("udp"), "udp")
			var err error
			if caller.leg, err = a.Dial(dialog.Call{To: to, From: sip.Uri{User: "a"}, Content: dialog.SDP(sdp)}, caller, caller.answered); err != nil {
				t.Error(err)
			}
		}
		start := time.Now()
		go called.run()
		go caller.run()
		for _, p := range []*party{caller, called} {
			if o := <-p.outcome; !o.Success {
				t.Errorf("the fax failed: %s", o.Sentence())
			}
		}
		took := time.Since(start)
		t.Logf("%d pages took %v", received.pages, took)
		if doc.confirmed != pages || received.pages != pages || took < 35*time.Minute {
			t.Errorf("%d pages confirmed, %d received in %v", doc.confirmed, received.pages, took)
		}
		select {
		case e := <-caller.ended:
			t.Errorf("the call ended: %s", e.Reason)
		case e := <-called.ended:
			t.Errorf("the call ended: %s", e.Reason)
		default:
		}
		caller.leg.HangUp(dialog.HangUp{})
		<-called.ended
	})
}
