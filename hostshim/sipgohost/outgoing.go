package sipgohost

import (
	"errors"
	"fmt"
	"time"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/sip/dialog"
	"github.com/pagebridge/pagebridge/sip/trunk"
)

// Dial implements hostshim.Host. The call waits for its place in the trunk's
// row, and is tried at one server of the trunk after the other.
func (h *Host) Dial(id string, d hostshim.Dial) error {
	to, err := h.trunks.Load().Call(d.Trunk, d.Number, trunk.Caller{Number: d.From})
	var refused *trunk.RefusedError
	if errors.As(err, &refused) {
		return h.refuseDial(id, d, refused)
	}
	if err != nil {
		return err
	}
	to.ID, to.Content = id, dialog.SDP(d.SDP)
	to.Features = h.trunks.Load().Features(d.Trunk)
	if fax := trunk.FaxFeature(d.Fax); fax != nil { // a wish and no demand (RFC 3841 9.2)
		to.Headers = append(to.Headers, dialog.Header{Name: "Accept-Contact", Value: "*;" + fax.String()})
	}
	to.Unreliable = len(d.SDP) == 0 // its answer could come in the ACK alone
	c := &call{host: h, id: id, trunk: d.Trunk, outgoing: true, outcome: Faxed}
	if !h.trunks.Load().Begin(d.Trunk) {
		return fmt.Errorf("trunk %q has as many calls as it may", d.Trunk)
	}
	if err := h.add(c); err != nil {
		h.trunks.Load().End(d.Trunk)
		return err
	}
	servers := []string{""}
	if to.Server != "" {
		servers = h.trunks.Load().Servers(d.Trunk)
	}
	wait := h.trunks.Load().Pace(d.Trunk, time.Now())
	if wait == 0 {
		return c.try(to, servers)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = time.AfterFunc(wait, func() {
		if err := c.try(to, servers); err != nil {
			c.tell.Ended(id, hostshim.Ended{Reason: err.Error()})
		}
	})
	return nil
}

// refuseDial answers for the network what the dial plan does not let through.
func (h *Host) refuseDial(id string, d hostshim.Dial, why *trunk.RefusedError) error {
	h.log.Warn("a call is not made", "call", id, "trunk", d.Trunk, "why", why)
	h.mu.Lock()
	events := h.events
	h.mu.Unlock()
	if events == nil {
		return why
	}
	events.Answered(id, hostshim.Answer{Status: 403, Reason: why.Error()})
	return nil
}

// giveUp ends a call that waits for its place in the row; false says that it
// does not.
func (h *Host) giveUp(id string) bool {
	h.mu.Lock()
	c := h.calls[id]
	h.mu.Unlock()
	if c == nil {
		return false
	}
	c.mu.Lock()
	waiting := c.waiting != nil && c.waiting.Stop()
	c.mu.Unlock()
	if waiting {
		h.remove(c)
	}
	return waiting
}

// attempt is a call at one server. It owns the leg's events until the call is
// tried at the next one.
type attempt struct {
	*call
	to      dialog.Call
	rest    []string // servers to try after this one
	started time.Time
	rang    bool // the server has answered something
	next    bool // another attempt has taken over
}

// try calls at the first of the servers.
func (c *call) try(to dialog.Call, servers []string) error {
	to.Server = servers[0]
	a := &attempt{call: c, to: to, rest: servers[1:], started: time.Now()}
	c.mu.Lock() // until leg is set: HangUp may come at once
	defer c.mu.Unlock()
	leg, err := c.host.stack.Dial(to, a, a.answered)
	if err != nil {
		c.host.remove(c)
		return err
	}
	c.leg, c.waiting = leg, nil
	c.host.log.Info("the plugin makes a call", "call", c.id, "trunk", c.trunk, "to", to.To.String(), "server", to.Server, "sip_call_id", leg.CallID())
	return nil
}

// unanswered is longer than a transaction without any answer lasts (RFC 3261
// timer B) and shorter than a telephone rings.
const unanswered = 40 * time.Second

// answered takes an answer of the server, and goes on to the next server where
// this one has no room or is not there (RFC 3263 4.3).
func (a *attempt) answered(r dialog.Response) {
	a.rang = a.rang || !r.Local
	dead := r.Status == 503 || r.Local && r.Status == 408 && !a.rang && time.Since(a.started) < unanswered
	if a.to.Server != "" && dead {
		a.host.trunks.Load().Failed(a.trunk, a.to.Server)
	} else if a.to.Server != "" {
		a.host.trunks.Load().Answered(a.trunk, a.to.Server)
	}
	if dead && len(a.rest) > 0 {
		a.host.log.Warn("a server of the trunk fails; trying the next", "call", a.id, "server", a.to.Server, "status", r.Status, "reason", r.Reason)
		a.next = true
		if err := a.try(a.to, a.rest); err == nil {
			return
		}
		a.next = false
	}
	a.dialled(r)
}

// Ended implements dialog.Events: the end of an attempt that another one has
// followed is none of the call.
func (a *attempt) Ended(l *dialog.Leg, e dialog.End) {
	if !a.next {
		a.call.Ended(l, e)
	}
}
