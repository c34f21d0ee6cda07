package calls

import (
	"context"
	"time"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/t38"
)

// incoming decides at once whether a call is for a fax number of ours. What
// takes time (the spool, the ports) is done by the call's own goroutine.
func (x *Exchange) incoming(ctx context.Context, id string, in *faxv1.IncomingCall) {
	number, ours := x.now.Load().Number(in.To)
	if !ours && x.routed(ctx, id, in) {
		return
	}
	if !ours {
		x.send(decline(id, 0, ""))
		return
	}
	x.mu.Lock()
	draining := x.draining
	x.mu.Unlock()
	if draining {
		x.send(decline(id, 503, "Fax Service Stopping"))
		return
	}
	trunk, ok := x.now.Load().Trunk(in.Trunk)
	if !ok {
		trunk, _ = x.now.Load().Trunk("") // a host of another kind names its trunks as it likes
	}
	if trunk.Fallback == negotiation.T38ThenG711 && waysOf(in.Headers) == negotiation.PassthroughWay {
		trunk.Fallback = negotiation.G711Only
	}
	c := x.newCall(id, trunk)
	c.stationID = number.StationID
	if !x.admit(c) {
		x.log.Warn("the host used a call id twice", "call", id)
		x.send(decline(id, 500, ""))
		return
	}
	x.send(take(id))
	c.log.Info("fax call comes in", "to", in.To, "from", in.From, "trunk", in.Trunk)
	go c.receive(ctx, in, number)
}

// receive takes a fax and leaves it in the inbox.
func (c *call) receive(ctx context.Context, in *faxv1.IncomingCall, number Number) {
	fax := mailbridge.Received{
		Call: c.id, Number: number.Number, Caller: in.From, Trunk: in.Trunk,
		Started: c.started, Mailboxes: number.Mailboxes, Forward: number.Forward,
	}
	fax.HoldPartial = number.holds(fax)
	receipt, err := c.under.Inbox(ctx, fax)
	if err == nil {
		err = c.open()
	}
	if err != nil {
		c.log.Error("a fax call cannot be taken", "err", err)
		o := ownFault(err)
		c.result = &o
		close(c.done)
		c.close()
		if receipt != nil {
			c.finish(receipt, number, fax, o)
		}
		return
	}
	c.log = c.log.With("fax", receipt.ID())
	c.documents = t38.Documents{Sink: receipt}
	c.begin(time.Now(), in.Sdp)
	c.finish(receipt, number, fax, c.run(ctx))
}

// finish hands the fax over. It is not part of the call any more, so it does
// not end with the host.
func (c *call) finish(receipt Receipt, number Number, fax mailbridge.Received, o mailbridge.Outcome) {
	fax.ID = receipt.ID()
	fax.Ended = time.Now()
	fax.Pages, fax.BadRows, fax.RemoteID = o.Pages, o.BadRows, o.RemoteID
	fax.Complete, fax.Outcome, fax.Subaddress = o.Delivered, o, o.Subaddress
	if number.Deliver != nil {
		fax.Mailboxes = number.Deliver(fax)
	}
	fax.HoldPartial = number.holds(fax)
	if parts, ok := receipt.(PartReceipt); ok && c.cut != nil {
		// It was never confirmed: the fax can do without it.
		if err := parts.CommitPart(context.Background(), c.cut); err != nil {
			c.log.Warn("what came of the last page could not be stored", "err", err)
		} else {
			fax.Cut, fax.Pages = true, fax.Pages+1
		}
	}
	if err := receipt.Finish(context.Background(), fax); err != nil {
		// What was committed is found again when the spool is opened next.
		c.log.Error("a received fax could not be finished", "err", err)
	}
}

func (n Number) holds(fax mailbridge.Received) bool {
	return n.HoldPartial != nil && n.HoldPartial(fax)
}
