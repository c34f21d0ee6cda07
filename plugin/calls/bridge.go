package calls

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// Route is where a call goes on to, through the plugin.
type Route struct {
	Trunk   string        // "": the first one
	RingFor time.Duration // after which the call counts as not answered; 0: the network's time

	// Mailboxes makes the number one that is never busy: when the machine does
	// not take the call the plugin does, and the fax goes to these. Forward sends
	// it on to the machine later as well.
	Mailboxes []string
	Forward   bool
	// SpeakWithin is how long such a machine may be silent after its answer; 0:
	// 5 s.
	SpeakWithin time.Duration
}

// neverBusy says that the plugin takes what the machine does not.
func (r Route) neverBusy() bool { return len(r.Mailboxes) > 0 }

// bridge is a call with two legs whose media passes through the plugin. Each
// leg is a call of the exchange, with its own mailbox; the bridge's goroutine
// owns both.
//
//	host ── leg A ──▶ pairing.Machine ──▶ leg B ── host
//	RTP, UDPTL ─────▶ rtpRelay, t38.Relay ────▶ RTP, UDPTL
type bridge struct {
	x     *Exchange
	log   *slog.Logger
	legs  [2]*call
	in    *faxv1.IncomingCall
	route Route

	machine  *pairing.Machine
	dialled  bool
	answered time.Time // by B
	audio    *rtpRelay // nil: no RTP is relayed
	fax      *faxRelay // nil: no UDPTL is
	ladder   *t30.Ladder
	silentAt time.Time        // when B must have been heard; zero: no matter
	begun    bool             // the fax: its training is confirmed
	number   uint16           // of the next UDPTL packet to A
	why      string           // the call ends
	leaving  bool             // the call is ended from here
	refused  *pairing.Refused // B has not taken the call, and A is ours
	left     *pairing.Left    // B has gone before the fax had begun, and A is ours
}

// routed takes a call whose number has a route. It reports false when there is
// none that can be gone: then the call is the host's.
func (x *Exchange) routed(ctx context.Context, id string, in *faxv1.IncomingCall) bool {
	if x.opts.Route == nil {
		return false
	}
	route, ok := x.opts.Route(in.To)
	if !ok {
		return false
	}
	to, ok := x.opts.Trunk(route.Trunk)
	if !ok || to.Name == in.Trunk {
		x.log.Warn("a call is not routed back to where it came from", "call", id, "to", in.To, "trunk", in.Trunk)
		return false
	}
	from, ok := x.opts.Trunk(in.Trunk)
	if !ok {
		from, _ = x.opts.Trunk("") // a host of another kind names its trunks as it likes
	}
	b := &bridge{x: x, in: in, route: route, ladder: new(t30.Ladder), legs: [2]*call{x.newCall(id, from), x.newCall(newID(), to)}}
	a := b.legs[pairing.A]
	b.log = a.log
	switch err := x.admitBoth(b.legs); {
	case errors.Is(err, errNoLine) && route.neverBusy() && x.admit(a):
		x.send(take(id))
		b.refused = &pairing.Refused{Status: 486, Reason: err.Error()}
		go b.takeOver(ctx)
		return true
	case err != nil:
		b.log.Warn("a call cannot go through", "to", in.To, "on", to.Name, "why", err)
		x.send(decline(id, 503, ""))
		return true
	}
	x.send(take(id))
	b.log.Info("a call goes through", "to", in.To, "from", in.From, "trunk", in.Trunk, "on", to.Name, "leg_b", b.legs[pairing.B].id)
	go b.run(ctx)
	return true
}

var (
	errNoLine = errors.New("the trunk has as many calls as it may")
	errTwice  = errors.New("the host used a call id twice")
)

// admitBoth enters both legs.
func (x *Exchange) admitBoth(legs [2]*call) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	to := legs[pairing.B].trunk
	switch {
	case x.calls[legs[pairing.A].id] != nil:
		return errTwice
	case x.draining:
		return errDraining
	case to.MaxCalls > 0 && x.lines[to.Name] >= to.MaxCalls:
		return errNoLine
	}
	for _, c := range legs {
		x.calls[c.id] = c
		x.lines[c.trunk.Name]++
	}
	return nil
}

// run carries the call to its end.
func (b *bridge) run(ctx context.Context) {
	b.join(ctx)
	b.close()
	if b.ours() {
		b.takeOver(ctx)
	}
}

// join carries the two legs for as long as both are there.
func (b *bridge) join(ctx context.Context) {
	if err := b.open(); err != nil {
		b.log.Error("a call cannot go through", "err", err)
		b.why = err.Error()
		return
	}
	b.machine.Handle(time.Now(), pairing.Offered{Leg: pairing.A, SDP: b.in.Sdp})
	b.perform()
	for !b.machine.Over() {
		timer := deadlineTimer(b.deadline())
		select {
		case ev := <-b.legs[pairing.A].mailbox:
			b.handle(pairing.A, ev)
		case ev := <-b.legs[pairing.B].mailbox:
			b.handle(pairing.B, ev)
		case <-timer.C:
			b.advance(time.Now())
		case <-ctx.Done():
			b.why = context.Cause(ctx).Error()
			timer.Stop()
			return
		}
		timer.Stop()
		b.perform()
	}
}

// deadline is when advance wants to be called.
func (b *bridge) deadline() time.Time {
	d := b.machine.Deadline()
	if !b.silentAt.IsZero() && (d.IsZero() || b.silentAt.Before(d)) {
		return b.silentAt
	}
	return d
}

func (b *bridge) advance(now time.Time) {
	b.machine.Advance(now)
	if b.silentAt.IsZero() || now.Before(b.silentAt) {
		return
	}
	b.silentAt = time.Time{}
	if b.fax == nil && !b.begun && (b.audio == nil || !b.audio.heard(int(pairing.B))) {
		b.why = "the called machine has answered and is silent"
		b.hangUp(pairing.HangUp{Leg: pairing.B, Reason: b.why})
		b.machine.Handle(now, pairing.Ended{Leg: pairing.B, Reason: b.why, Keep: true})
	}
}

// open binds the media ports of both legs and makes the negotiation.
func (b *bridge) open() error {
	var legs [2]pairing.LegConfig
	for i, c := range b.legs {
		if err := c.bind(); err != nil {
			return err
		}
		legs[i] = pairing.LegConfig{RTPPort: portOf(c.rtp), UDPTLPort: portOf(c.udptl), T38: c.trunk.T38}
	}
	b.machine = pairing.New(pairing.Config{
		Local: b.x.opts.Media, Legs: legs, NoAnswer: b.route.RingFor, KeepRefused: b.route.neverBusy(),
	}, b.legs[pairing.A].started)
	return nil
}

func (b *bridge) handle(leg pairing.Leg, ev event) {
	now := time.Now()
	c := b.legs[leg]
	switch ev := ev.(type) {
	case offered:
		b.machine.Handle(now, pairing.Offered{Leg: leg, SDP: ev.sdp})
	case answered:
		if ev.status >= 200 && ev.status < 300 {
			c.answered = true
		} else if ev.status >= 300 && !c.answered {
			c.hungUp = true // the INVITE was refused: there is nothing left to end
		}
		b.machine.Handle(now, pairing.Answered{
			Leg: leg, Status: ev.status, Reason: ev.reason, SDP: ev.sdp, RetryAfter: retryAfter(ev.headers),
		})
	case progressed:
		b.machine.Handle(now, pairing.Answered{Leg: leg, Status: ev.status, SDP: ev.sdp})
	case ended:
		c.hungUp = true
		b.why = "leg " + leg.String() + ": " + ev.reason
		keep := leg == pairing.B && b.route.neverBusy() && b.beforeFax(now)
		b.machine.Handle(now, pairing.Ended{Leg: leg, Reason: ev.reason, Keep: keep})
	case relayEnded:
		if b.fax != nil {
			b.giveUp(now, ev.err)
		}
	case hangUp:
		b.giveUp(now, errors.New(ev.reason))
	case drain:
		if !b.legs[pairing.A].answered {
			b.giveUp(now, errDraining)
		}
	}
}

// giveUp ends both legs from this side.
func (b *bridge) giveUp(now time.Time, why error) {
	b.why, b.leaving = why.Error(), true
	b.machine.Handle(now, pairing.Ended{Leg: pairing.B, Reason: b.why})
}

// perform carries the negotiation's effects out.
func (b *bridge) perform() {
	for {
		effect, ok := b.machine.Next()
		if !ok {
			return
		}
		switch e := effect.(type) {
		case pairing.Answer:
			b.answer(e)
		case pairing.Offer:
			b.offer(e)
		case pairing.OpenAudio:
			b.openAudio(e)
		case pairing.CloseAudio:
			b.closeAudio()
		case pairing.OpenT38:
			b.openT38(e)
		case pairing.CloseT38:
			b.closeT38()
		case pairing.HangUp:
			b.hangUp(e)
		case pairing.Refused:
			if !b.leaving {
				b.refused = &e
			}
		case pairing.Left:
			b.left = &e
		}
	}
}

func (b *bridge) answer(e pairing.Answer) {
	c := b.legs[e.Leg]
	b.x.send(respond(c.id, e.Status, e.Reason, e.SDP))
	if e.Leg == pairing.A && !c.answered && e.Status >= 200 {
		c.answered = e.Status < 300
		c.hungUp = !c.answered
		b.answered = time.Now()
		if b.route.neverBusy() {
			b.silentAt = b.answered.Add(cmp.Or(b.route.SpeakWithin, machineSilence))
		}
	}
}

// offer sends an offer of ours: the first one on leg B dials.
func (b *bridge) offer(e pairing.Offer) {
	c := b.legs[e.Leg]
	if e.Leg == pairing.A || b.dialled {
		b.x.send(reinvite(c.id, e.SDP))
		return
	}
	b.dialled = true
	b.x.send(dial(c.id, &faxv1.Dial{
		Trunk: c.trunk.Name, Number: b.in.To, From: firstOf(b.in.From, c.trunk.From), Sdp: e.SDP,
	}))
}

func (b *bridge) hangUp(e pairing.HangUp) {
	c := b.legs[e.Leg]
	if c.hungUp || e.Leg == pairing.B && !b.dialled {
		return
	}
	c.hungUp = true
	b.x.send(hangUpCommand(c.id, e.Status, e.Reason))
}

// close gives everything back, but for a leg that is taken over. The host is
// told to hang up what it does not know to have ended.
func (b *bridge) close() {
	b.closeAudio()
	b.closeT38()
	for _, leg := range []pairing.Leg{pairing.A, pairing.B} {
		if leg == pairing.A && b.ours() {
			continue
		}
		b.hangUp(pairing.HangUp{Leg: leg, Status: 503, Reason: b.why})
		c := b.legs[leg]
		c.closePorts()
		close(c.done)
		b.x.dismiss(c)
	}
	b.log.Info("call ended", "seconds", int(time.Since(b.legs[pairing.A].started).Seconds()), "why", b.why)
	if b.log.Enabled(context.Background(), slog.LevelDebug) {
		b.log.Debug("what the two sides said", "ladder", b.ladder.String())
	}
}
