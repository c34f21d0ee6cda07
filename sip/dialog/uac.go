package dialog

import (
	"errors"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Call is a call to be made.
type Call struct {
	// ID becomes Leg.ID, "" for a random one.
	ID string
	// To is whom to call: the Request-URI, and To. Its transport parameter
	// chooses the transport; default UDP.
	To sip.Uri
	// Server is the "host:port" to send to where that is not the host of To.
	Server string
	// From is the caller; its host defaults to our own address.
	From     sip.Uri
	FromName string

	Content
	Headers     []Header
	Credentials Credentials
	MaxForwards int // 0: 70
	// Unreliable keeps provisional answers with PRACK (RFC 3262) from being
	// offered: for a caller that could not answer an offer in one.
	Unreliable bool
	// Transfers: as Leg.SetTransfers.
	Transfers bool
	// Features are parameters of our Contact (RFC 3840), such as sip.fax's.
	Features sip.HeaderParams
	// RingTimeout: as in Options, for this call.
	RingTimeout time.Duration
}

// ownInvite is an INVITE of ours that lacks its final answer.
type ownInvite struct {
	req     *sip.Request
	tx      *clientTx
	first   bool // it opens the dialog
	content Content
	headers []Header
	auth    int // how often credentials were sent

	// answered is the owner's function, nil when it has had the final answer.
	answered func(Response)

	unreliable  bool              // Call.Unreliable
	early       map[string]*early // by To tag
	last        *early            // the one that was heard of last
	provisional bool              // one came: CANCEL is allowed
	hangUp      *HangUp
	cancelSent  bool
	verdict     *Response // what to tell of it, whatever the peer answers
	stopRinging func()
}

// answer tells the owner; after a final answer nothing more.
func (inv *ownInvite) answer(r Response) {
	f := inv.answered
	if r.Status >= 200 {
		inv.answered = nil
	}
	if f != nil {
		f(r)
	}
}

// ownAck is an ACK of ours.
type ownAck struct {
	dialog *state
	invite *sip.Request // what it acknowledges
	sent   *sip.Request // nil while the owner has not given the answer that it carries
}

// Dial calls. answered is told each provisional answer above 100 and then,
// once, the final one; a 2xx is acknowledged by itself, unless it carries the
// offer (Content here was empty): then the owner calls Leg.Ack with the answer.
// An error says that the call could not even be begun.
func (s *Stack) Dial(c Call, events Events, answered func(Response)) (*Leg, error) {
	if c.To.Host == "" {
		return nil, fmt.Errorf("%q is no SIP address", c.To.String())
	}
	if events == nil {
		events = deaf{}
	}
	if c.RingTimeout <= 0 {
		c.RingTimeout = s.opts.RingTimeout
	}
	d := s.outside(Question{URI: c.To, Server: c.Server, From: c.From})
	d.local.name = c.FromName
	l := s.newLeg(c.ID, d)
	l.phase, l.creds, l.events, l.user = inviting, c.Credentials, events, d.local.uri.User
	l.features, l.transfers = c.Features, c.Transfers
	if err := s.register(l); err != nil {
		return nil, err
	}
	l.post(func() { l.dial(c, answered) })
	go l.run()
	return l, nil
}

// dial sends the INVITE that opens the leg.
func (l *Leg) dial(c Call, answered func(Response)) {
	inv := &ownInvite{first: true, content: c.Content, headers: c.Headers, answered: answered, unreliable: c.Unreliable}
	inv.stopRinging = l.after(c.RingTimeout, func() { l.cancel(HangUp{}, noAnswer()) })
	req := l.dialog.next(sip.INVITE)
	if c.MaxForwards > 0 {
		mf := sip.MaxForwardsHeader(c.MaxForwards)
		req.ReplaceHeader(&mf)
	}
	l.log.Debug("calling", "to", c.To.String(), "sip_call_id", l.key.callID)
	l.invite(inv, req)
}

// noAnswer stands for the final answer for which we would not wait longer.
func noAnswer() *Response {
	return &Response{Status: 408, Reason: "No answer in time", Local: true}
}

// deaf are the Events of a caller that wants none.
type deaf struct{}

func (deaf) Requested(_ *Leg, r *Request) { r.Respond(Response{Status: 488}) }
func (deaf) Cancelled(*Leg, *Request)     {}
func (deaf) Acknowledged(*Leg, Content)   {}
func (deaf) Ended(*Leg, End)              {}

// plain gives a URI as it stands in From and To (RFC 3261 19.1.1).
func plain(u sip.Uri) sip.Uri {
	return sip.Uri{Scheme: u.Scheme, User: u.User, Host: u.Host}
}

// invite sends an INVITE, or sends it again with credentials.
func (l *Leg) invite(inv *ownInvite, req *sip.Request) {
	req.AppendHeader(l.contact(req.Transport(), req.Destination()))
	req.AppendHeader(sip.NewHeader("Allow", l.methods()))
	if inv.first && !inv.unreliable {
		req.AppendHeader(sip.NewHeader("Supported", supported))
	}
	l.askForTimer(req)
	if first(inv.headers, "Accept") == "" {
		req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	}
	req.AppendHeader(sip.NewHeader("User-Agent", l.stack.opts.UserAgent))
	fill(req, inv.headers, inv.content)
	l.resend(inv, req)
}

func (l *Leg) resend(inv *ownInvite, req *sip.Request) {
	inv.req, inv.provisional = req, false
	l.ours = inv
	tx, err := l.stack.send(req,
		func(res *sip.Response) bool { return l.post(func() { l.inviteAnswer(inv, res) }) },
		func(err error) { l.post(func() { l.inviteFailed(inv, req, err) }) })
	if err != nil {
		l.inviteFailed(inv, req, err)
		return
	}
	inv.tx = tx
}

// inviteAnswer is one response to an INVITE of ours.
func (l *Leg) inviteAnswer(inv *ownInvite, res *sip.Response) {
	if l.ours != inv || inv.tx.req.CSeq().SeqNo != res.CSeq().SeqNo {
		if res.IsSuccess() {
			l.strayAnswer(res)
		}
		return
	}
	inv.tx.received(res)
	switch {
	case res.IsProvisional():
		inv.provisional = true
		fresh := l.provisional(inv, res)
		if inv.hangUp != nil {
			l.sendCancel(inv)
		} else if res.StatusCode > 100 && fresh {
			inv.answer(newResponse(res))
		}
	case res.IsSuccess():
		l.inviteAccepted(inv, res)
	case l.retryInvite(inv, res):
	default:
		l.inviteRefused(inv, newResponse(res))
	}
}

// inviteAccepted is the 2xx: acknowledged at once, and hung up when it crossed
// our CANCEL.
func (l *Leg) inviteAccepted(inv *ownInvite, res *sip.Response) {
	l.ours = nil
	if inv.stopRinging != nil {
		inv.stopRinging()
	}
	l.dialog.accept(res)
	settled := l.adopt(inv, res)
	l.said(inv.content)
	r := newResponse(res)
	seq := inv.req.CSeq().SeqNo
	ack := &ownAck{dialog: l.dialog, invite: inv.req}
	l.keepAck(seq, ack)
	switch {
	case inv.first && inv.hangUp != nil: // it crossed our CANCEL
		l.sendAck(seq, ack, Content{})
		l.sayBye(*inv.hangUp)
		l.finishInvite(inv, Response{Status: 487, Reason: "Cancelled", Local: true})
		return
	case l.phase == over:
		l.sendAck(seq, ack, Content{})
		return
	}
	if len(inv.content.Body) > 0 || len(r.Body) == 0 || settled {
		l.sendAck(seq, ack, Content{})
	}
	if inv.first {
		l.phase = up
	}
	l.granted(res)
	inv.answer(r)
}

// keepAck remembers an ACK for repeated 2xx; that of the INVITE before the last
// cannot be asked for any more.
func (l *Leg) keepAck(seq uint32, a *ownAck) {
	l.acks[seq] = a
	for old, b := range l.acks {
		if old != seq && b.sent != nil && len(l.acks) > 2 {
			delete(l.acks, old)
		}
	}
}

// CancelInvite cancels a re-INVITE of ours that is still unanswered. Its answer
// comes all the same: 487, or a 2xx that was quicker.
func (l *Leg) CancelInvite() {
	l.post(func() {
		if l.phase == up {
			l.cancel(HangUp{}, nil)
		}
	})
}

// sendAck sends the ACK to a 2xx, once (RFC 3261 13.2.2.4).
func (l *Leg) sendAck(seq uint32, a *ownAck, c Content) {
	if a.sent != nil {
		return
	}
	req := a.dialog.build(sip.ACK, seq)
	for _, name := range []string{"Authorization", "Proxy-Authorization"} { // RFC 3261 22.1
		sip.CopyHeaders(name, a.invite, req)
	}
	req.AppendHeader(sip.NewHeader("User-Agent", l.stack.opts.UserAgent))
	fill(req, nil, c)
	l.stack.addVia(req)
	a.sent = req
	l.said(c)
	l.repeatAck(a)
}

func (l *Leg) repeatAck(a *ownAck) {
	if a.sent == nil {
		return
	}
	if err := l.stack.write(a.sent); err != nil {
		l.log.Warn("an ACK was not sent", "err", err)
	}
}

// Ack sends the ACK that carries the answer to the offer in a 2xx (RFC 3261
// 13.2.1), or the PRACK with that to one in a reliable provisional answer (RFC
// 3262 5), after an INVITE of ours without one.
func (l *Leg) Ack(c Content) {
	l.post(func() {
		if l.payPRACK(c) {
			return
		}
		for seq, a := range l.acks {
			l.sendAck(seq, a, c)
		}
	})
}

// strayAnswer is a 2xx to an INVITE of ours that has had its 2xx: repeated, since
// our ACK was lost, or from another branch of a fork, which is hung up.
func (l *Leg) strayAnswer(res *sip.Response) {
	if !l.dialog.established {
		return
	}
	tag, _ := res.To().Params.Get("tag")
	seq := res.CSeq().SeqNo
	if tag == l.dialog.remote.tag {
		if a := l.acks[seq]; a != nil {
			l.repeatAck(a)
		}
		return
	}
	if a := l.twins[tag]; a != nil {
		l.repeatAck(a)
		return
	}
	any := l.acks[seq]
	if any == nil || len(l.twins) >= 16 {
		return
	}
	a := &ownAck{dialog: l.dialog.twin(res), invite: any.invite}
	l.twins[tag] = a
	l.sendAck(seq, a, Content{})
	l.transact(a.dialog.next(sip.BYE), func(Response) {}) // RFC 3261 13.2.2.4
}

// retryInvite answers a challenge, or asks for a longer session timer (422); false says that there is nothing to answer
// it with.
func (l *Leg) retryInvite(inv *ownInvite, res *sip.Response) bool {
	if inv.hangUp != nil || l.phase == over || inv.auth >= 2 {
		return false
	}
	req := inv.req.Clone()
	if l.raise(res) {
		for _, name := range []string{"Session-Expires", "Min-SE"} {
			req.RemoveHeader(name)
		}
		l.askForTimer(req)
	} else if err := l.creds.authorize(req, res, inv.auth > 0); err != nil {
		l.noCredentials(res, err)
		return false
	} else {
		inv.auth++
	}
	l.dialog.localSeq++
	req.CSeq().SeqNo = l.dialog.localSeq
	req.RemoveHeader("Via")
	l.resend(inv, req)
	return true
}

func (l *Leg) noCredentials(res *sip.Response, err error) {
	if !errors.Is(err, errNoChallenge) {
		l.log.Warn("a challenge was not answered", "status", res.StatusCode, "err", err)
	}
}

// inviteRefused is a final answer above 2xx.
func (l *Leg) inviteRefused(inv *ownInvite, r Response) {
	l.ours = nil
	if inv.first {
		l.finishInvite(inv, r)
		return
	}
	if inv.stopRinging != nil {
		inv.stopRinging()
	}
	if inv.verdict != nil {
		inv.answer(*inv.verdict)
	}
	inv.answer(r)
	if r.Status == 408 || r.Status == 481 { // RFC 3261 12.2.1.2: the dialog is gone
		l.abortDead(r)
	}
}

// abortDead ends a call whose peer does not know it any more, or does not
// answer.
func (l *Leg) abortDead(r Response) {
	if l.phase == up {
		l.leave(HangUp{}, End{Reason: fmt.Sprintf("the peer answered %d %s inside the call", r.Status, r.Reason)})
	}
}

// inviteFailed: no final answer will come.
func (l *Leg) inviteFailed(inv *ownInvite, req *sip.Request, err error) {
	if l.ours != inv || inv.req != req {
		return
	}
	l.inviteRefused(inv, notAnswered(err))
}

// finishInvite ends a leg whose INVITE failed.
func (l *Leg) finishInvite(inv *ownInvite, r Response) {
	if inv.stopRinging != nil {
		inv.stopRinging()
	}
	if inv.verdict != nil {
		r = *inv.verdict
	}
	inv.answer(r)
	l.finish(End{
		Reason: fmt.Sprintf("the call was answered %d %s", r.Status, r.Reason),
		Q850:   q850(r.Headers),
		Local:  inv.hangUp != nil,
	})
}

// cancel gives up our INVITE that is unanswered. verdict is what the owner is
// told instead of the peer's answer, nil for that answer.
func (l *Leg) cancel(h HangUp, verdict *Response) {
	inv := l.ours
	if inv == nil || inv.hangUp != nil {
		return
	}
	inv.hangUp, inv.verdict = &h, verdict
	if inv.provisional { // RFC 3261 9.1: not before
		l.sendCancel(inv)
	}
}

func (l *Leg) sendCancel(inv *ownInvite) {
	if inv.cancelSent {
		return
	}
	inv.cancelSent = true
	req := inv.tx.hopRequest(sip.CANCEL)
	fill(req, inv.hangUp.Headers, Content{})
	a := &asked{}
	l.asked[a] = true
	var tx *clientTx
	tx, err := l.stack.begin(req,
		func(res *sip.Response) bool {
			return l.post(func() {
				tx.received(res)
				if !res.IsProvisional() {
					l.settle(a, Response{})
				}
			})
		},
		func(error) { l.post(func() { l.settle(a, Response{}) }) })
	if err != nil {
		l.settle(a, Response{})
		l.log.Warn("a CANCEL was not sent", "err", err)
	}
	// RFC 3261 9.1: a server that never answers the INVITE is given up.
	l.after(64*sip.T1, func() { l.abandon(inv) })
}

// abandon gives up an INVITE whose final answer did not come.
func (l *Leg) abandon(inv *ownInvite) {
	if l.ours != inv {
		return
	}
	l.ours = nil
	if inv.tx != nil {
		inv.tx.tx.Terminate()
	}
	switch {
	case l.phase == over:
	case inv.first:
		l.finishInvite(inv, Response{Status: 487, Reason: "Cancelled", Local: true})
	default:
		l.inviteRefused(inv, Response{Status: 408, Reason: "The peer does not answer", Local: true})
	}
}
