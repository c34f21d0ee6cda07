package calls

import (
	"context"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/sip/pairing"
)

// ours tells whether leg A is to be served here, since the machine does not.
func (b *bridge) ours() bool { return b.refused != nil || b.left != nil }

// callerWaits is for how long a calling machine waits for the called one's DIS
// (T.30, T1): only in that time can another one take its place.
const callerWaits = 35 * time.Second

// machineSilence is how long a machine may take after it has answered until
// anything is heard of it, where the route does not say. RTP flows at once,
// though CED comes some 2 s later (T.30); and a caller that hears nothing for
// long begins without T.38.
const machineSilence = 5 * time.Second

// beforeFax tells whether another machine could still take the called one's
// place: it has confirmed no training, so that the caller has sent no page.
func (b *bridge) beforeFax(now time.Time) bool {
	return !b.begun && (b.fax == nil || !b.fax.relay.Confirmed()) && (b.gateway == nil || !b.gateway.session.Confirmed()) && now.Sub(b.answered) < callerWaits
}

// takeOver takes the call that the machine has not: leg A becomes a fax that
// comes in.
func (b *bridge) takeOver(ctx context.Context) {
	a := b.legs[pairing.A]
	number := Number{Number: b.in.To, Mailboxes: b.route.Mailboxes}
	if b.route.Forward {
		number.Forward = &mailbridge.Destination{Number: b.in.To, Trunk: b.legs[pairing.B].trunk.Name, From: b.in.From}
	}
	if l := b.left; l != nil {
		if b.route.Fax == pairing.Mailbox {
			a.log.Info("the call is a fax for the mailbox; it is taken here", "to", b.in.To)
		} else {
			a.log.Info("the machine has gone before the fax had begun; it is taken here", "to", b.in.To, "why", b.why)
		}
		a.taken = &taken{
			session: negotiation.Session{Local: l.Local, Remote: l.Remote, Version: l.Version},
			offer:   l.Offer, number: b.number,
		}
	} else {
		a.log.Info("the machine does not take the call; it is taken here", "to", b.in.To, "status", b.refused.Status, "reason", b.refused.Reason)
	}
	a.receive(ctx, b.in, number)
}

// taken is what a call has behind it that is taken from a bridge.
type taken struct {
	session negotiation.Session
	offer   []byte // of the peer, not yet answered; empty: none
	number  uint16 // of the next UDPTL packet to the peer
}

// begin begins the negotiation of a fax that comes in.
func (c *call) begin(now time.Time, invite []byte) {
	if c.taken == nil {
		c.machine.Handle(now, negotiation.Offered{SDP: invite, Initial: true})
		return
	}
	c.machine.Adopt(now, c.taken.session)
	if len(c.taken.offer) > 0 {
		c.machine.Handle(now, negotiation.Offered{SDP: c.taken.offer})
	}
}

// firstNumber is that of the first UDPTL packet.
func (c *call) firstNumber() uint16 {
	if c.taken == nil {
		return 0
	}
	return c.taken.number
}
