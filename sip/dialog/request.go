package dialog

import (
	"errors"
	"math/rand/v2"
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// requested is a request of the peer inside the dialog, other than ACK and
// CANCEL.
func (l *Leg) requested(st *serverTx) {
	req := st.req
	tag, _ := req.From().Params.Get("tag")
	switch {
	case l.dialog.established && tag != l.dialog.remote.tag:
		l.refuse(st, 481)
	case l.phase == inviting && l.earlyOf(req) != nil:
		l.requestedEarly(st, l.earlyOf(req))
	case l.phase == over || l.phase == inviting:
		// A BYE that crosses ours ends what has ended already.
		if req.Method == sip.BYE && l.phase == over {
			l.refuse(st, 200)
			return
		}
		l.refuse(st, 481)
	case unsupported(req) != "":
		l.refuse(st, 420, Header{"Unsupported", unsupported(req)})
	case transfer(req.Method) && !l.transfers:
		l.dialog.inOrder(req.CSeq().SeqNo)
		l.refuse(st, 405, Header{"Allow", l.methods()})
	case !l.dialog.inOrder(req.CSeq().SeqNo):
		l.refuse(st, 500) // RFC 3261 12.2.2
	default:
		l.sorted(st)
	}
}

// requestedEarly is a request of the called side before its final answer: it
// may change and ask, but not say BYE (RFC 3261 15) or INVITE.
func (l *Leg) requestedEarly(st *serverTx, e *early) {
	switch bad := unsupported(st.req); {
	case bad != "":
		l.refuse(st, 420, Header{"Unsupported", bad})
	case !e.dialog.inOrder(st.req.CSeq().SeqNo):
		l.refuse(st, 500)
	case st.req.Method == sip.UPDATE || st.req.Method == sip.INFO || st.req.Method == sip.OPTIONS:
		l.sorted(st)
	default:
		l.refuse(st, 481)
	}
}

func (l *Leg) sorted(st *serverTx) {
	switch st.req.Method {
	case sip.BYE:
		l.refuse(st, 200)
		l.answerPending(487) // RFC 3261 15.1.2
		l.unacked, l.bye = map[uint32]*accepted{}, nil
		headers := others(st.req.Headers())
		l.finish(End{Reason: "BYE", Q850: q850(headers), Reasons: reasons(headers)})
	case sip.OPTIONS:
		l.refuse(st, 200, Header{"Allow", l.methods()}, Header{"Accept", "application/sdp"}, Header{"Supported", supported})
	case sip.INVITE, sip.UPDATE:
		if h := unreadable(st.req); h.Name != "" {
			l.refuse(st, 415, h)
		} else if tooBrief(st.req) {
			l.refuse(st, 422, minSEHeader())
		} else if st.req.Method == sip.INVITE {
			l.reinvited(st)
		} else {
			l.updated(st)
		}
	case sip.PRACK:
		l.pracked(st)
	default:
		l.events.Requested(l, l.newRequest(st))
	}
}

// reinvited is a re-INVITE (RFC 3261 14.2).
func (l *Leg) reinvited(st *serverTx) {
	switch {
	case l.theirs != nil:
		l.refuse(st, 500, retryAfter())
	case l.ours != nil || l.updates > 0 || l.offerOut():
		l.refuse(st, 491)
	case l.update != nil:
		l.refuse(st, 500, retryAfter())
	default:
		// A 2xx of ours that still lacks its ACK is no obstacle: had the peer not
		// had it, it would not invite again (RFC 5407 3.1.4).
		l.dialog.refresh(st.req)
		l.theirs = l.newRequest(st)
		l.events.Requested(l, l.theirs)
	}
}

// updated is an UPDATE (RFC 3311 5.2).
func (l *Leg) updated(st *serverTx) {
	r := l.newRequest(st)
	if len(r.Body) > 0 {
		e := l.earlyOf(st.req)
		switch {
		case l.ours != nil && (e == nil || !e.settled) || l.updates > 0 || l.offerOut():
			l.refuse(st, 491)
			return
		case l.theirs != nil && len(l.theirs.Body) == 0 && l.theirs.early.sent != nil && l.theirs.early.body:
			l.refuse(st, 491) // our offer in a provisional answer
			return
		case l.offeredToUs():
			l.refuse(st, 500, retryAfter())
			return
		}
	}
	if l.update != nil {
		l.refuse(st, 500, retryAfter())
		return
	}
	if e := l.earlyOf(st.req); e != nil {
		e.dialog.refresh(st.req)
	} else {
		l.dialog.refresh(st.req)
	}
	l.update = r
	if len(r.Body) == 0 { // it refreshes the session, at this leg alone
		l.respond(r, Response{Status: 200})
		return
	}
	l.events.Requested(l, r)
}

// offerOut tells that a 2xx of ours carried an offer and its answer has not
// come.
func (l *Leg) offerOut() bool {
	for _, a := range l.unacked {
		if a.offer {
			return true
		}
	}
	return false
}

func (l *Leg) newRequest(st *serverTx) *Request {
	r := newRequest(st.req)
	r.leg, r.tx = l, st
	return r
}

func retryAfter() Header { return Header{"Retry-After", strconv.Itoa(rand.IntN(11))} }

// Request sends a re-INVITE, UPDATE or INFO, or REFER and NOTIFY where the leg has
// SetTransfers. answered is told each provisional
// answer above 100 and once the final one, as with Dial. A re-INVITE that meets
// the peer's is answered 491 here (RFC 3261 14.1); one that comes before the ACK
// to a 2xx of ours waits for it.
func (l *Leg) Request(method string, c Content, headers []Header, answered func(Response)) {
	l.post(func() {
		switch sip.RequestMethod(method) {
		case sip.INVITE:
			l.reinvite(&ownInvite{content: c, headers: headers, answered: answered})
		case sip.REFER, sip.NOTIFY:
			if !l.transfers {
				answered(Response{Status: 405, Reason: phrase(405), Local: true})
				return
			}
			l.ask(sip.RequestMethod(method), c, headers, answered)
		case sip.UPDATE, sip.INFO:
			l.ask(sip.RequestMethod(method), c, headers, answered)
		default:
			answered(Response{Status: 405, Reason: phrase(405), Local: true})
		}
	})
}

func (l *Leg) reinvite(inv *ownInvite) {
	switch {
	case l.phase != up:
		inv.answer(Response{Status: 481, Reason: phrase(481), Local: true})
	case l.ours != nil || l.theirs != nil || l.update != nil || l.updates > 0 || l.answerOwed():
		inv.answer(Response{Status: 491, Reason: phrase(491), Local: true})
	case len(l.unacked) > 0:
		l.waiting = append(l.waiting, inv)
	default:
		// 100 Trying stops timer B; nobody has to pick up a telephone here.
		inv.stopRinging = l.after(64*sip.T1, func() { l.cancel(HangUp{}, noAnswer()) })
		l.invite(inv, l.dialog.next(sip.INVITE))
	}
}

// answerOwed tells that the ACK to a 2xx of the peer waits for its body.
func (l *Leg) answerOwed() bool {
	for _, a := range l.acks {
		if a.sent == nil {
			return true
		}
	}
	return false
}

func (l *Leg) ask(method sip.RequestMethod, c Content, headers []Header, answered func(Response)) {
	offer := method == sip.UPDATE && len(c.Body) > 0
	switch {
	case !l.mayAsk():
		answered(Response{Status: 481, Reason: phrase(481), Local: true})
		return
	case offer && l.unsettled():
		answered(Response{Status: 491, Reason: phrase(491), Local: true})
		return
	}
	req := l.nextOf(l.current(), method)
	if method == sip.UPDATE || transfer(method) {
		req.AppendHeader(l.contact(req.Transport(), req.Destination()))
	}
	if method == sip.UPDATE {
		req.AppendHeader(sip.NewHeader("Allow", l.methods()))
		l.askForTimer(req)
	}
	fill(req, headers, c)
	if offer {
		l.updates++
	}
	l.transact(req, func(r Response) {
		if offer {
			l.updates--
			if r.Status < 300 {
				l.said(c)
			}
		}
		answered(r)
		if r.Status == 408 || r.Status == 481 {
			l.abortDead(r)
		}
	})
}

// asked is a request of ours other than INVITE that lacks its final answer.
type asked struct{ final func(Response) }

// tell gives the owner the final answer, once.
func (a *asked) tell(r Response) {
	if f := a.final; f != nil {
		a.final = nil
		f(r)
	}
}

// transact sends a request other than INVITE inside the dialog; final is told
// its final answer, once. A challenge is answered.
func (l *Leg) transact(req *sip.Request, final func(Response)) {
	a := &asked{final}
	l.asked[a] = true
	l.try(a, req, 0)
}

func (l *Leg) settle(a *asked, r Response) {
	delete(l.asked, a)
	a.tell(r)
}

func (l *Leg) try(a *asked, req *sip.Request, auth int) {
	var tx *clientTx
	tx, err := l.stack.send(req, func(res *sip.Response) bool {
		return l.post(func() {
			tx.received(res)
			if res.IsProvisional() || !l.asked[a] {
				return
			}
			if res.IsSuccess() && req.Method == sip.UPDATE {
				l.current().refresh(res)
				l.granted(res)
			}
			l.raise(res)
			if again := l.authorized(req, res, auth); again != nil {
				l.try(a, again, auth+1)
				return
			}
			l.settle(a, newResponse(res))
		})
	}, func(err error) { l.post(func() { l.settle(a, notAnswered(err)) }) })
	if err != nil {
		l.settle(a, notAnswered(err))
	}
}

// authorized gives the request again with credentials, nil if that is no use.
func (l *Leg) authorized(req *sip.Request, res *sip.Response, auth int) *sip.Request {
	if auth >= 2 {
		return nil
	}
	again := req.Clone()
	if err := l.creds.authorize(again, res, auth > 0); err != nil {
		l.noCredentials(res, err)
		return nil
	}
	l.dialog.localSeq++
	again.CSeq().SeqNo = l.dialog.localSeq
	again.RemoveHeader("Via")
	return again
}

// notAnswered is what stands for the answer that never comes.
func notAnswered(err error) Response {
	if errors.Is(err, sip.ErrTransactionTimeout) {
		return Response{Status: 408, Reason: "The peer does not answer", Local: true}
	}
	return Response{Status: 503, Reason: "Not sent: " + err.Error(), Local: true}
}
