package calls

import (
	"cmp"
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/pairing"
)

// What the host tells of the two legs goes to the negotiation, and what that
// wants goes to the host and to the media.

func (b *bridge) handle(leg pairing.Leg, ev event) {
	now := time.Now()
	c := b.legs[leg]
	switch ev := ev.(type) {
	case offered:
		b.machine.Handle(now, pairing.Offered{Leg: leg, SDP: ev.sdp})
	case answered:
		if ev.status >= 200 && ev.status < 300 {
			b.pickedUp(now, leg)
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
		keep := leg == pairing.B && b.route.machineOnly() && b.beforeFax(now)
		b.machine.Handle(now, pairing.Ended{Leg: leg, Reason: ev.reason, Keep: keep})
	case faxHeard:
		b.faxHeard(now, leg, ev.signal)
	case relayEnded:
		if b.fax != nil || b.gateway != nil {
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

// pickedUp notes that a leg of ours was answered; a machine has to be heard soon.
func (b *bridge) pickedUp(now time.Time, leg pairing.Leg) {
	c := b.legs[leg]
	if leg == pairing.B && !c.answered {
		b.answered = now
		if b.route.machineOnly() {
			b.silentAt = now.Add(cmp.Or(b.route.SpeakWithin, machineSilence))
		}
	}
	c.answered = true
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
		case pairing.OpenGateway:
			b.openGateway(e)
		case pairing.CloseGateway:
			b.closeGateway()
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
