package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/emiago/diago"
	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/hostshim"
)

// host lets the plugin act on diago's calls: it implements hostshim.Host and
// tells hostshim.Events what happens.
type host struct {
	server *diago.Diago
	events hostshim.Events
	listen sip.Uri // our own, for Contact
	trunk  string  // host:port for calls of the plugin

	mu    sync.Mutex
	calls map[string]*call // by the plugin's name for them
	legs  map[string]*call // by SIP dialog
}

// call is a call that the plugin has, or is being asked about.
type call struct {
	id     string
	leg    leg
	in     *diago.DialogServerSession // nil for a call that was dialled
	cancel context.CancelFunc         // gives up dialling

	mu      sync.Mutex
	request *request // of the peer, still unanswered
}

// leg is what diago's two kinds of dialogs have in common.
type leg interface {
	Do(ctx context.Context, req *sip.Request) (*sip.Response, error)
	WriteRequest(req *sip.Request) error
	ReadRequest(req *sip.Request, tx sip.ServerTransaction) error
	RemoteContact() *sip.ContactHeader
	Hangup(ctx context.Context) error
}

// request is a re-INVITE and where its answer goes.
type request struct {
	req      *sip.Request
	tx       sip.ServerTransaction
	answered chan struct{}
}

func newHost(listen sip.Uri, trunk string) *host {
	return &host{listen: listen, trunk: trunk, calls: map[string]*call{}, legs: map[string]*call{}}
}

func (h *host) enter(c *call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls[c.id] = c
}

func (h *host) connect(c *call, l leg, dialog string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.leg = l
	h.legs[dialog] = c
}

func (h *host) forget(c *call, dialog string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.calls, c.id)
	delete(h.legs, dialog)
}

func (h *host) call(id string) (*call, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.calls[id]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("there is no call %s", id)
}

// serve is diago's handler of a new call; the call lasts as long as it runs.
func (h *host) serve(in *diago.DialogServerSession) {
	c := &call{id: in.InviteRequest.CallID().Value(), in: in}
	h.enter(c)
	h.connect(c, in, in.ID)
	defer h.forget(c, in.ID)
	if err := in.Trying(); err != nil {
		return
	}
	decision, err := h.events.Incoming(in.Context(), hostshim.IncomingCall{
		Call: c.id, From: in.FromUser(), To: in.ToUser(), SDP: in.InviteRequest.Body(),
	})
	if err != nil || !decision.Taken { // a server with more to do than fax would go on here
		_ = in.Respond(404, "Not Found", nil)
		return
	}
	<-in.Context().Done()
	h.events.Ended(c.id, hostshim.Ended{Reason: "BYE"})
}

var sdpType = sip.NewHeader("Content-Type", "application/sdp")

// Respond implements hostshim.Host.
func (h *host) Respond(id string, r hostshim.Response) error {
	c, err := h.call(id)
	if err != nil {
		return err
	}
	c.mu.Lock()
	pending := c.request
	if r.Status >= 200 {
		c.request = nil
	}
	c.mu.Unlock()
	if pending == nil {
		if c.in == nil {
			return errors.New("there is nothing to answer")
		}
		go func() { // it returns with the ACK
			if err := c.in.Respond(r.Status, phrase(r), r.SDP, sdpType); err != nil {
				slog.Warn("answering the INVITE", "call", id, "err", err)
			}
		}()
		return nil
	}
	res := sip.NewResponseFromRequest(pending.req, r.Status, phrase(r), r.SDP)
	if len(r.SDP) > 0 {
		res.AppendHeader(sdpType)
	}
	res.AppendHeader(h.contact())
	if r.Status >= 200 {
		defer close(pending.answered)
	}
	return pending.tx.Respond(res)
}

func phrase(r hostshim.Response) string {
	if r.Reason == "" && r.Status/100 == 2 {
		return "OK"
	}
	return r.Reason
}

func (h *host) contact() sip.Header { return &sip.ContactHeader{Address: h.listen} }

// middleware sees every request before diago does: what concerns the media of
// the plugin's calls is not for diago.
func (h *host) middleware(next sipgo.RequestHandler) sipgo.RequestHandler {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		c := h.owner(req)
		switch {
		case c != nil && req.Method == sip.INVITE:
			h.reinvited(c, req, tx)
		case c != nil && req.Method == sip.ACK && c.in == nil:
			// to our answer to a re-INVITE; diago would look for its own media
		default:
			next(req, tx)
		}
	}
}

// owner finds the call that a request inside a dialog belongs to.
func (h *host) owner(req *sip.Request) *call {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range []func(*sip.Request) (string, error){sip.DialogIDFromRequestUAS, sip.DialogIDFromRequestUAC} {
		if id, err := name(req); err == nil && h.legs[id] != nil {
			return h.legs[id]
		}
	}
	return nil
}

// reinvited passes the peer's re-INVITE to the plugin. The transaction lives as
// long as this handler, so it waits for the answer.
func (h *host) reinvited(c *call, req *sip.Request, tx sip.ServerTransaction) {
	if err := c.leg.ReadRequest(req, tx); err != nil {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 400, err.Error(), nil))
		return
	}
	r := &request{req: req, tx: tx, answered: make(chan struct{})}
	c.mu.Lock()
	busy := c.request != nil
	if !busy {
		c.request = r
	}
	c.mu.Unlock()
	if busy {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 491, "Request Pending", nil))
		return
	}
	h.events.Offered(c.id, req.Body())
	select {
	case <-r.answered:
		<-tx.Done() // a 200 is repeated by it until the peer's ACK
	case <-tx.Done():
	}
}

// Reinvite implements hostshim.Host.
func (h *host) Reinvite(id string, sdp []byte) error {
	c, err := h.call(id)
	if err != nil {
		return err
	}
	req := sip.NewRequest(sip.INVITE, c.leg.RemoteContact().Address)
	req.AppendHeader(h.contact())
	req.AppendHeader(sdpType)
	req.SetBody(sdp)
	go func() {
		res, err := c.leg.Do(context.Background(), req)
		if err != nil {
			h.events.Answered(id, hostshim.Answer{Status: 408, Reason: err.Error()})
			return
		}
		if res.IsSuccess() {
			if err := c.leg.WriteRequest(sip.NewRequest(sip.ACK, c.leg.RemoteContact().Address)); err != nil {
				slog.Warn("acknowledging the answer to a re-INVITE", "call", id, "err", err)
			}
		}
		h.events.Answered(id, hostshim.Answer{Status: res.StatusCode, Reason: res.Reason, SDP: res.Body()})
	}()
	return nil
}

// Dial implements hostshim.Host.
func (h *host) Dial(id string, d hostshim.Dial) error {
	target := d.Number
	if !strings.HasPrefix(target, "sip:") {
		target = "sip:" + d.Number + "@" + h.trunk
	}
	var uri sip.Uri
	if err := sip.ParseUri(target, &uri); err != nil {
		return fmt.Errorf("dialling %s: %w", target, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &call{id: id, cancel: cancel}
	h.enter(c)
	go func() {
		defer cancel()
		h.dial(ctx, c, uri, d)
	}()
	return nil
}

// dial carries one call from INVITE to BYE.
func (h *host) dial(ctx context.Context, c *call, uri sip.Uri, d hostshim.Dial) {
	out, err := h.server.NewDialog(uri, diago.NewDialogOptions{Transport: "udp"})
	if err != nil {
		h.forget(c, "")
		h.events.Answered(c.id, hostshim.Answer{Status: 503, Reason: err.Error()})
		return
	}
	defer out.Close()
	// Below diago's Invite, which would offer diago's own media.
	invite := out.InviteRequest
	invite.AppendHeader(&out.UA.ContactHDR)
	invite.AppendHeader(sdpType)
	invite.SetBody(d.SDP)
	if err = sipgo.ClientRequestBuild(out.UA.Client, invite); err == nil {
		if from := invite.From(); from != nil && d.From != "" {
			from.Address.User = d.From
		}
		err = out.DialogClientSession.Invite(ctx)
	}
	if err == nil {
		err = out.DialogClientSession.WaitAnswer(ctx, sipgo.AnswerOptions{OnResponse: func(res *sip.Response) error {
			if res.IsProvisional() && res.StatusCode > 100 {
				h.events.Progress(c.id, res.StatusCode, res.Body())
			}
			return nil
		}})
	}
	if err == nil {
		h.connect(c, out, out.ID)
		err = out.DialogClientSession.Ack(ctx)
	}
	if err != nil {
		h.forget(c, out.ID)
		answer := hostshim.Answer{Status: 503, Reason: err.Error()}
		var refused *sipgo.ErrDialogResponse
		if errors.As(err, &refused) {
			answer = hostshim.Answer{Status: refused.Res.StatusCode, Reason: refused.Res.Reason}
		}
		h.events.Answered(c.id, answer)
		return
	}
	h.events.Answered(c.id, hostshim.Answer{Status: 200, SDP: out.InviteResponse.Body()})
	<-out.Context().Done()
	h.forget(c, out.ID)
	h.events.Ended(c.id, hostshim.Ended{Reason: "BYE"})
}

// HangUp implements hostshim.Host.
func (h *host) HangUp(id string, why hostshim.HangUp) error {
	c, err := h.call(id)
	if err != nil {
		return err
	}
	slog.Info("hanging up", "call", id, "why", why.Reason)
	if c.leg == nil {
		c.cancel() // still dialling: WaitAnswer sends CANCEL
		return nil
	}
	go func() {
		if err := c.leg.Hangup(context.Background()); err != nil {
			slog.Warn("hanging up", "call", id, "err", err)
		}
	}()
	return nil
}
