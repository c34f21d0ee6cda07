package dialog

import (
	"time"

	"github.com/emiago/sipgo/sip"
)

// maxWaiting bounds the answers that wait for one PRACK.
const maxWaiting = 32

// accepted is a 2xx of ours to an INVITE, repeated until its ACK comes.
type accepted struct {
	tx       *serverTx
	res      *sip.Response
	offer    bool // it carries the offer: the ACK brings the answer
	interval time.Duration
	stop     []func() // timers
}

// newIncoming makes the leg of an INVITE that opens a call.
func (s *Stack) newIncoming(r *Request, openedBy string) *Leg {
	m := r.msg
	d := &state{
		callID:    m.CallID().Value(),
		local:     party{name: m.To().DisplayName, uri: r.To, tag: newID(8)},
		remote:    party{name: r.FromName, uri: r.From},
		transport: r.Transport,
	}
	d.opened(m)
	d.inOrder(r.cseq)
	l := s.newLeg("", d)
	l.openedBy, l.phase, l.user = openedBy, ringing, r.URI.User
	l.theirs, r.leg = r, l
	return l
}

// incoming begins a leg that came in: 100 stops the peer's repetitions (RFC 3261
// 17.2.1), and the owner is asked.
func (l *Leg) incoming(r *Request) {
	l.answerWith(r.tx, l.stack.reply(r.msg, 100, ""))
	l.log.Debug("a call came in", "from", r.From.String(), "to", r.URI.String(), "source", r.Source, "sip_call_id", l.key.callID)
	if l.events = l.stack.opts.Incoming(l, r); l.events == nil {
		l.respond(r, Response{Status: 480})
	}
}

// SetCredentials are for challenges to requests inside a call that came in.
func (l *Leg) SetCredentials(c Credentials) { l.post(func() { l.creds = c }) }

// SetFeatures are the parameters of our Contact from now on: see Call.Features.
func (l *Leg) SetFeatures(p sip.HeaderParams) { l.post(func() { l.features = p }) }

// SetTransfers lets REFER and NOTIFY (RFC 3515) inside the call through to the
// owner; without it they are answered 405.
func (l *Leg) SetTransfers(pass bool) { l.post(func() { l.transfers = pass }) }

// methods are what Allow says.
func (l *Leg) methods() string {
	if l.transfers {
		return methods + ", REFER, NOTIFY"
	}
	return methods
}

// contact is the leg's.
func (l *Leg) contact(transport, dest string) *sip.ContactHeader {
	c := l.stack.contact(l.user, transport, dest)
	c.Params = append(c.Params, l.features...)
	return c
}

// respond answers a request of the peer for the leg's owner.
func (l *Leg) respond(r *Request, answer Response) {
	if r == nil || r.answered.Load() || answer.Status < 100 || answer.Status > 699 || r.tx == nil {
		return
	}
	if answer.Status == 100 || answer.Status < 200 && r.Method != "INVITE" {
		return // said already, or not to be said (RFC 4320 4.1)
	}
	if l.mustWait(r, answer) {
		if len(r.early.waiting) < maxWaiting {
			r.early.waiting = append(r.early.waiting, answer)
		}
		return
	}
	res := l.stack.reply(r.msg, answer.Status, answer.Reason)
	res.To().Params.Add("tag", l.key.localTag)
	if answer.Status < 300 && r.Method != "INFO" && r.Method != "PRACK" {
		res.AppendHeader(l.contact(r.Transport, r.tx.dest))
		res.AppendHeader(sip.NewHeader("Allow", l.methods()))
	}
	if answer.Status/100 == 2 && (r.Method == "INVITE" || r.Method == "UPDATE") {
		l.grant(r.msg, res)
		l.said(answer.Content)
	}
	fill(res, answer.Headers, answer.Content)
	if r.reliably(answer) {
		l.demandPRACK(r, res)
	}
	l.answerWith(r.tx, res)
	if answer.Status < 200 {
		return
	}
	r.answered.Store(true)
	r.early.end()
	switch r {
	case l.theirs:
		l.theirs = nil
		l.invitationAnswered(r, answer, res)
	case l.update:
		l.update = nil
		l.goOn()
	}
}

// invitationAnswered is our final answer to an INVITE of the peer.
func (l *Leg) invitationAnswered(r *Request, answer Response, res *sip.Response) {
	switch {
	case answer.Status < 300:
		l.repeatUntilAck(r, answer, res)
		if l.phase == ringing {
			l.phase = up
		}
	case l.phase == ringing:
		l.finish(End{Reason: "answered here with " + res.Reason, Local: true})
	}
}

// repeatUntilAck repeats a 2xx over any transport until its ACK comes; without
// one the call is hung up (RFC 3261 13.3.1.4).
func (l *Leg) repeatUntilAck(r *Request, answer Response, res *sip.Response) {
	a := &accepted{
		tx: r.tx, res: res, interval: sip.T1,
		offer: len(r.Body) == 0 && len(answer.Body) > 0 && !r.early.settled,
	}
	l.unacked[r.cseq] = a
	var again func()
	again = func() {
		a.interval = min(2*a.interval, sip.T2)
		l.answerWith(a.tx, a.res)
		a.stop[0] = l.after(a.interval, again)
	}
	a.stop = []func(){
		l.after(a.interval, again),
		l.after(64*sip.T1, func() { l.neverAcknowledged(r.cseq, a) }),
	}
}

func (l *Leg) neverAcknowledged(seq uint32, a *accepted) {
	a.stop[0]()
	delete(l.unacked, seq)
	if l.bye != nil {
		l.sayByeNow()
		return
	}
	l.leave(HangUp{}, End{Reason: "the peer never acknowledged our answer"})
	l.sayByeNow()
}

// sayByeNow says a BYE that waited for an ACK, once none is awaited any more.
func (l *Leg) sayByeNow() {
	if h := l.bye; h != nil && len(l.unacked) == 0 {
		l.bye = nil
		l.sayBye(*h)
	}
}

// acknowledged is an ACK of the peer to a 2xx of ours.
func (l *Leg) acknowledged(ack *sip.Request) {
	a := l.unacked[ack.CSeq().SeqNo]
	if a == nil {
		return // repeated, since our repeated 2xx crossed it
	}
	for _, stop := range a.stop {
		stop()
	}
	delete(l.unacked, ack.CSeq().SeqNo)
	if l.phase == over {
		l.sayByeNow()
		return
	}
	l.events.Acknowledged(l, content(ack))
	if len(l.unacked) == 0 {
		waiting := l.waiting
		l.waiting = nil
		for _, inv := range waiting {
			l.reinvite(inv)
		}
	}
}

// cancelled is a CANCEL of the peer, answered 200 already.
func (l *Leg) cancelled(st *serverTx, headers []Header) {
	r := l.theirs
	if r == nil || r.tx != st {
		return // too late: it has its final answer (RFC 3261 9.2)
	}
	l.theirs = nil
	r.answered.Store(true)
	l.refuse(st, 487)
	if l.phase == ringing {
		l.finish(End{Reason: "CANCEL", Q850: q850(headers), Reasons: reasons(headers)})
		return
	}
	l.events.Cancelled(l, r)
}
