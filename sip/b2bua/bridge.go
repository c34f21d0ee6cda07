package b2bua

import (
	"log/slog"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// Router decides where a call goes on to.
type Router interface {
	// Route gives the call that carries invite on; Content, Headers and
	// MaxForwards are filled in afterwards. A Refusal says that it goes nowhere.
	Route(invite *dialog.Request) (dialog.Call, *Refusal)
}

// Refusal is the answer to a call that goes nowhere.
type Refusal struct {
	Status int
	Reason string // "": the usual phrase
}

// Bridge carries the unanswered call of leg a on to where the router says, and
// owns both legs from then on. done, which may be nil, is called once when the
// bridge is over: both legs have ended, or the second was never made.
func Bridge(a *dialog.Leg, invite *dialog.Request, r Router, log *slog.Logger, done func()) {
	if done == nil {
		done = func() {}
	}
	log = log.With("call", a.ID())
	refuse := func(why Refusal) {
		log.Info("a call goes nowhere", "from", invite.From.User, "to", invite.URI.User, "status", why.Status, "reason", why.Reason)
		invite.Respond(dialog.Response{Status: why.Status, Reason: why.Reason})
		a.Handover(alone{done})
	}
	if invite.MaxForwards <= 1 { // RFC 3261 16.3: what is left must be above 0
		refuse(Refusal{Status: 483})
		return
	}
	c, refusal := r.Route(invite)
	if refusal != nil {
		refuse(*refusal)
		return
	}
	c.Content, c.Headers, c.MaxForwards = invite.Content, append(c.Headers, through(invite.Headers)...), invite.MaxForwards-1
	c.Unreliable = !invite.Reliable() // an offer in a provisional answer needs the caller's PRACK
	a.SetTransfers(c.Transfers)
	br := newBridge(log, done)
	br.a.leg = a
	b, err := a.Stack().Dial(c, br.b, func(res dialog.Response) { invite.Respond(back(res)) })
	if err != nil {
		log.Warn("a call was not carried on", "to", c.To.String(), "err", err)
		refuse(Refusal{Status: 503})
		return
	}
	log.Info("a call is carried on", "from", invite.From.User, "to", c.To.String(), "leg", b.ID())
	br.b.set(b)
	a.Handover(br.a)
}

// alone owns a leg that was refused.
type alone struct{ done func() }

func (alone) Requested(_ *dialog.Leg, r *dialog.Request) { r.Respond(dialog.Response{Status: 481}) }
func (alone) Cancelled(*dialog.Leg, *dialog.Request)     {}
func (alone) Acknowledged(*dialog.Leg, dialog.Content)   {}
func (o alone) Ended(*dialog.Leg, dialog.End)            { o.done() }
