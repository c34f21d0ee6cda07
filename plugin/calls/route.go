package calls

import (
	"context"
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/negotiation"
	"github.com/pagebridge/pagebridge/sip/pairing"
	"github.com/pagebridge/pagebridge/t38/t30"
)

// Route is where a call goes on to, through the plugin.
type Route struct {
	Trunk   string        // "": the first one
	RingFor time.Duration // after which the call counts as not answered; 0: the network's time

	// Fax is what a call becomes that turns out to be a fax.
	Fax pairing.FaxMode
	// Detect listens to what begins as voice; without it a fax is one when a side
	// asks for T.38. A telephone may answer such a call, not only a machine.
	Detect bool
	// ListenFirst answers the caller here and listens for so long before the
	// called side is called; 0: it is called at once.
	ListenFirst time.Duration

	// Mailboxes makes the number one that is never busy: when the machine does
	// not take the call the plugin does, and the fax goes to these. Forward sends
	// it on to the machine later as well. With pairing.Mailbox all faxes go there.
	Mailboxes []string
	Forward   bool
	// SpeakWithin is how long such a machine may be silent after its answer; 0:
	// 5 s.
	SpeakWithin time.Duration
}

// neverBusy says that the plugin takes the call when the called side does not.
// One that was listened to first is no fax by then.
func (r Route) neverBusy() bool {
	return len(r.Mailboxes) > 0 && !(r.Fax == pairing.Mailbox && r.ListenFirst > 0)
}

// machineOnly says that nobody but a fax machine is called, so that one that
// answers and then fails is to be stood in for.
func (r Route) machineOnly() bool { return !r.Detect && r.neverBusy() }

// routed takes a call whose number has a route. It reports false when there is
// none that can be gone: then the call is the host's.
func (x *Exchange) routed(ctx context.Context, id string, in *faxv1.IncomingCall) bool {
	under := x.now.Load()
	if under.Route == nil {
		return false
	}
	route, ok := under.Route(in.To)
	if !ok {
		return false
	}
	to, ok := under.Trunk(route.Trunk)
	if !ok || to.Name == in.Trunk {
		x.log.Warn("a call is not routed back to where it came from", "call", id, "to", in.To, "trunk", in.Trunk)
		return false
	}
	from, ok := under.Trunk(in.Trunk)
	if !ok {
		from, _ = under.Trunk("") // a host of another kind names its trunks as it likes
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

// pair is what the negotiation of the two legs is to know of the route.
func (b *bridge) pair() pairing.Config {
	var legs [2]pairing.LegConfig
	for i, c := range b.legs {
		legs[i] = pairing.LegConfig{
			RTPPort: portOf(c.rtp), UDPTLPort: portOf(c.udptl), T38: c.trunk.T38,
			NoT38: c.trunk.Fallback == negotiation.G711Only,
		}
	}
	return pairing.Config{
		Local: b.legs[pairing.A].under.Media, Legs: legs, NoAnswer: b.route.RingFor, KeepRefused: b.route.neverBusy(),
		Fax: b.route.Fax, ListenFirst: b.route.ListenFirst,
	}
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
