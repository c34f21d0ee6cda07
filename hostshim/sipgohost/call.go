package sipgohost

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/pagebridge/pagebridge/hostshim"
	"github.com/pagebridge/pagebridge/sip/b2bua"
	"github.com/pagebridge/pagebridge/sip/dialog"
)

// call is a call of the plugin's, or one that it is being asked about. It owns
// the leg's events, which come one at a time.
type call struct {
	// set at construction; immutable
	host     *Host
	id       string
	trunk    string
	outgoing bool
	tell     hostshim.Events

	mu      sync.Mutex
	leg     *dialog.Leg
	waiting *time.Timer        // of a Dial that waits for its place in the row
	open    *dialog.Request    // INVITE, re-INVITE or UPDATE that waits for Respond
	asking  context.CancelFunc // while Events.Incoming runs
	owed    bool               // the answer to an offer in our 2xx: the ACK brings it, or nothing will
	ended   *dialog.End
	refused bool // the INVITE of a Dial got its refusal, which is the end
	bridged bool // the plugin does not want it

	leaving bool    // the plugin has hung it up; guarded by host.mu
	outcome Outcome // so far; guarded by host.mu
}

// incoming is a call that came in. The question to the plugin may take seconds,
// and the leg must hear a CANCEL meanwhile: it is asked aside.
func (h *Host) incoming(l *dialog.Leg, invite *dialog.Request) dialog.Events {
	name := invite.Peer
	if h.trunks.Load().Crowded(name, time.Now()) {
		h.countRefusal(trunkFull)
		invite.Respond(dialog.Response{Status: 503, Reason: "Too many calls at once", Headers: []dialog.Header{{Name: "Retry-After", Value: "1"}}})
		return nobody{}
	}
	if !h.trunks.Load().Begin(name) {
		h.countRefusal(trunkFull)
		invite.Respond(dialog.Response{Status: 503, Reason: "The trunk has as many calls as it may"})
		return nobody{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.SetFeatures(h.trunks.Load().Features(name))
	c := &call{host: h, id: l.ID(), trunk: name, leg: l, open: invite, asking: cancel, outcome: Faxed}
	if err := h.add(c); err != nil {
		h.trunks.Load().End(name)
		invite.Respond(dialog.Response{Status: 503})
		return nobody{}
	}
	h.log.Info("a call came in", "call", c.id, "trunk", name, "from", invite.From.User, "to", invite.URI.User, "sip_call_id", l.CallID())
	go c.ask(ctx, invite)
	return c
}

// ask asks the plugin about the call and does what it says.
func (c *call) ask(ctx context.Context, invite *dialog.Request) {
	d, err := c.tell.Incoming(ctx, question(c, invite))
	c.mu.Lock()
	c.asking()
	c.asking = nil
	ended := c.ended
	c.mu.Unlock()
	switch {
	case err != nil && ended != nil: // the shim has told the plugin
	case err != nil:
		c.host.log.Error("the plugin was not asked about a call", "call", c.id, "err", err)
		c.host.becomes(c, Failed)
		invite.Respond(dialog.Response{Status: 503, Reason: "The fax service is not available", Headers: []dialog.Header{{Name: "Retry-After", Value: "5"}}})
	case d.Taken && ended != nil:
		c.tell.Ended(c.id, hostshim.Ended{Reason: ended.Reason, Q850: ended.Q850})
	case d.Taken: // its commands do the rest, and may have begun
		c.host.log.Info("the plugin takes the call", "call", c.id)
	case d.Status != 0:
		c.host.log.Info("the plugin declines the call", "call", c.id, "status", d.Status, "reason", d.Reason)
		c.host.becomes(c, Declined)
		invite.Respond(dialog.Response{Status: d.Status, Reason: d.Reason})
	default:
		c.host.becomes(c, Bridged)
		c.mu.Lock()
		c.bridged = true
		c.mu.Unlock()
		c.leg.SetFeatures(nil) // what the other side can do is not known here
		b2bua.Bridge(c.leg, invite, routed{c.host, c.trunk}, c.host.log, func() { c.host.remove(c) })
	}
}

// question is what the plugin is told of an INVITE.
func question(c *call, invite *dialog.Request) hostshim.IncomingCall {
	in := hostshim.IncomingCall{
		Call: c.id, Trunk: c.trunk, SDP: offer(invite),
		To: c.host.trunks.Load().Called(c.trunk, invite),
	}
	if who := c.host.trunks.Load().Caller(c.trunk, invite); !who.Withheld {
		in.From = who.Number
	}
	in.Headers = append(in.Headers, faxContact(invite.Features)...)
	for _, h := range invite.Headers {
		in.Headers = append(in.Headers, hostshim.Header{Name: h.Name, Value: h.Value})
		if strings.EqualFold(h.Name, "Diversion") { // RFC 5806: the last diversion is the topmost
			in.Diversion = append(in.Diversion, diverted(h.Value)...)
		}
	}
	return in
}

// offer is the description in a request, as the plugin is given it. A body that
// has none goes as it is: the plugin will not have it, and Respond says why.
func offer(r *dialog.Request) []byte {
	sdp, ok := description(r.Content, r.Headers)
	if !ok {
		return r.Body
	}
	return sdp
}

// diverted gives the user parts of a Diversion header.
func diverted(value string) []string {
	var numbers []string
	for part := range strings.SplitSeq(value, ",") {
		if _, uri, ok := strings.Cut(part, ":"); ok {
			user, _, _ := strings.Cut(uri, "@")
			if user, _, _ = strings.Cut(user, ";"); user != "" && !strings.ContainsAny(user, "<> \"") {
				numbers = append(numbers, user)
			}
		}
	}
	return numbers
}

// take gives the request that waits for an answer; final takes it off.
func (c *call) take(final bool) *dialog.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	open := c.open
	if final {
		c.open = nil
	}
	return open
}

// dialled is an answer to the INVITE of a Dial.
func (c *call) dialled(r dialog.Response) {
	if r.Status < 200 {
		sdp, _ := description(r.Content, r.Headers)
		c.tell.Progress(c.id, r.Status, sdp)
		return
	}
	c.mu.Lock()
	c.refused = r.Status >= 300
	c.mu.Unlock()
	c.tell.Answered(c.id, answer(r))
}

// Requested implements dialog.Events.
func (c *call) Requested(_ *dialog.Leg, r *dialog.Request) {
	if r.Method == "INFO" || r.Method == "UPDATE" && len(r.Body) == 0 {
		r.Respond(dialog.Response{Status: 200}) // no offer: nothing that the plugin would answer
		return
	}
	c.mu.Lock()
	early := c.open != nil
	if !early {
		c.open = r
	}
	c.mu.Unlock()
	if early { // the plugin answers one thing at a time, and the INVITE goes first
		r.Respond(dialog.Response{Status: 500, Headers: []dialog.Header{{Name: "Retry-After", Value: "2"}}})
		return
	}
	c.tell.Offered(c.id, offer(r))
}

// Cancelled implements dialog.Events. The plugin's answer, when it comes, is
// ignored by the leg.
func (c *call) Cancelled(*dialog.Leg, *dialog.Request) {}

// Acknowledged implements dialog.Events: the answer to an offer in our 200.
func (c *call) Acknowledged(_ *dialog.Leg, body dialog.Content) {
	c.mu.Lock()
	owed := c.owed
	c.owed = false
	c.mu.Unlock()
	if sdp, ok := description(body, nil); owed || ok && len(sdp) > 0 {
		c.tell.Answered(c.id, hostshim.Answer{Status: 200, SDP: sdp})
	}
}

// Ended implements dialog.Events.
func (c *call) Ended(_ *dialog.Leg, e dialog.End) {
	c.mu.Lock()
	c.ended, c.open = &e, nil
	asking, refused := c.asking, c.refused
	if asking != nil {
		asking()
	}
	c.mu.Unlock()
	if asking != nil {
		c.host.becomes(c, Failed)
	}
	c.host.remove(c)
	c.host.log.Info("a call ended", "call", c.id, "reason", e.Reason, "q850", e.Q850, "local", e.Local)
	if asking == nil && !refused && !e.Local {
		c.tell.Ended(c.id, hostshim.Ended{Reason: e.Reason, Q850: e.Q850})
	}
}

// nobody owns a leg that is refused.
type nobody struct{}

func (nobody) Requested(_ *dialog.Leg, r *dialog.Request) { r.Respond(dialog.Response{Status: 481}) }
func (nobody) Cancelled(*dialog.Leg, *dialog.Request)     {}
func (nobody) Acknowledged(*dialog.Leg, dialog.Content)   {}
func (nobody) Ended(*dialog.Leg, dialog.End)              {}
