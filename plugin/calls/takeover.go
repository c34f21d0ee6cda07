package calls

import (
	"context"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/sip/pairing"
)

// takeOver takes the call that the machine has not: leg A becomes a fax that
// comes in.
func (b *bridge) takeOver(ctx context.Context) {
	a := b.legs[pairing.A]
	a.log.Info("the machine does not take the call; it is taken here", "to", b.in.To, "status", b.refused.Status, "reason", b.refused.Reason)
	number := Number{Number: b.in.To, Mailboxes: b.route.Mailboxes}
	if b.route.Forward {
		number.Forward = &mailbridge.Destination{Number: b.in.To, Trunk: b.legs[pairing.B].trunk.Name, From: b.in.From}
	}
	a.receive(ctx, b.in, number)
}
