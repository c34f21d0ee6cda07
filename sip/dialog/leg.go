package dialog

import (
	"log/slog"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Events is what the owner of a Leg is told. See the package's comment for who
// calls it.
type Events interface {
	// Requested: the peer sent a re-INVITE, UPDATE or INFO, or a PRACK with
	// an offer (RFC 3262 5). It waits for
	// Request.Respond. An offer that meets one of ours never gets here: it was
	// answered 491 (RFC 3261 14.2).
	Requested(*Leg, *Request)
	// Cancelled: the peer cancelled a re-INVITE, which has been answered 487.
	Cancelled(*Leg, *Request)
	// Acknowledged: the ACK to a 2xx of ours came, or the PRACK to an offer of
	// ours in a provisional answer; its body is the peer's answer
	// where ours was an offer.
	Acknowledged(*Leg, Content)
	// Ended: the leg is over, whoever ended it. It is the last call.
	Ended(*Leg, End)
}

// End says how a leg ended.
type End struct {
	// Reason is "BYE", "CANCEL", or a sentence on what broke.
	Reason string
	Q850   int // cause of a Reason header (RFC 3326), 0 if none
	// Reasons are the Reason headers of the peer's BYE or CANCEL.
	Reasons []Header
	// Local: this side ended it: HangUp, or a final answer of ours to the INVITE.
	Local bool
}

// HangUp says how a leg is to be ended.
type HangUp struct {
	// Status answers an INVITE of the peer that is still unanswered. Default 480.
	Status int
	// Reason is its phrase. "": the usual one.
	Reason string
	// Headers go into BYE, CANCEL or answer: Reason, for example.
	Headers []Header
}

// Leg is one call to or from one peer.
type Leg struct {
	// set at construction; immutable
	stack    *Stack
	id       string
	key      legKey
	openedBy string // key in Stack.opened, of a leg that came in
	log      *slog.Logger
	box      *mailbox
	done     chan struct{}
	creds    Credentials
	user     string           // of our Contact
	features sip.HeaderParams // of our Contact; owned by run

	// owned by run
	transfers bool // REFER and NOTIFY reach the owner
	events    Events
	dialog    *state
	phase     phase
	dropped   bool                 // nothing more is waited for
	end       End                  // given to Events.Ended
	ours      *ownInvite           // INVITE or re-INVITE of ours without a final answer
	theirs    *Request             // INVITE or re-INVITE of the peer without a final answer
	update    *Request             // UPDATE of the peer without a final answer
	asked     map[*asked]bool      // requests of ours without a final answer, INVITE aside
	updates   int                  // those of them that carry an offer
	unacked   map[uint32]*accepted // our 2xx to INVITEs that lack their ACK, by CSeq
	acks      map[uint32]*ownAck   // our ACKs, by CSeq, for 2xx that come again
	twins     map[string]*ownAck   // ACKs to other branches of a fork, by To tag
	waiting   []*ownInvite         // our INVITEs that wait for an ACK of the peer
	bye       *HangUp              // BYE that waits for an ACK of the peer
	timers    map[*time.Timer]bool // running
	timer     sessionTimer
}

// phase is how far a leg has come.
type phase uint8

const (
	inviting phase = iota // our INVITE is unanswered
	ringing               // the peer's INVITE is unanswered
	up                    // a 2xx went either way
	over                  // Ended was called; what is left is good manners
)

// ID is unique among the legs of this process, and the "call" of its log lines.
func (l *Leg) ID() string { return l.id }

// Stack is what the leg belongs to.
func (l *Leg) Stack() *Stack { return l.stack }

// CallID is the SIP Call-ID.
func (l *Leg) CallID() string { return l.key.callID }

// Done is closed when everything about the leg is finished: Ended was called,
// and the peer has answered our BYE or never will.
func (l *Leg) Done() <-chan struct{} { return l.done }

// post queues work for the leg's goroutine; false says that it has ended.
func (l *Leg) post(f func()) bool { return l.box.post(f) }

// run owns the leg.
func (l *Leg) run() {
	defer close(l.done)
	defer l.stack.unregister(l)
	for !l.finished() {
		for _, f := range l.box.take() {
			l.guarded(f)
		}
	}
	for t := range l.timers {
		t.Stop()
	}
	for _, f := range l.box.close() {
		l.guarded(f) // what came since is answered as an ended leg answers
	}
}

// guarded runs one piece of work. A fault in it ends the call, not the process.
func (l *Leg) guarded(f func()) {
	defer l.stack.guard("call "+l.id, func() { l.post(func() { l.abort("a fault in this server") }) })
	f()
}

// finished says that the leg has nothing left to wait for.
func (l *Leg) finished() bool {
	return l.dropped || l.phase == over && l.ours == nil && len(l.asked) == 0 && l.bye == nil && len(l.unacked) == 0
}

// after runs f on the leg's goroutine when d has passed, unless stopped.
func (l *Leg) after(d time.Duration, f func()) (stop func()) {
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		l.post(func() {
			if l.timers[t] {
				delete(l.timers, t)
				f()
			}
		})
	})
	l.timers[t] = true
	return func() {
		t.Stop()
		delete(l.timers, t)
	}
}

// newLeg makes a leg; the caller registers and runs it.
func (s *Stack) newLeg(id string, d *state) *Leg {
	if id == "" {
		id = newID(8)
	}
	return &Leg{
		stack: s, id: id, key: legKey{d.callID, d.local.tag}, dialog: d,
		log: s.log.With("call", id), box: newMailbox(), done: make(chan struct{}),
		unacked: map[uint32]*accepted{}, acks: map[uint32]*ownAck{}, twins: map[string]*ownAck{},
		timers: map[*time.Timer]bool{}, asked: map[*asked]bool{},
	}
}

// Handover gives the leg to another owner, who is told everything from then on:
// at least Ended.
func (l *Leg) Handover(to Events) {
	if !l.post(func() { l.handover(to) }) {
		go func() {
			<-l.done
			to.Ended(l, l.end)
		}()
	}
}

func (l *Leg) handover(to Events) {
	l.events = to
	if l.phase == over {
		to.Ended(l, l.end)
	}
}

// HangUp ends the call at any stage: BYE, CANCEL, or a final answer to the
// peer's INVITE. Ended follows. A leg that is over ignores it.
func (l *Leg) HangUp(h HangUp) { l.post(func() { l.hangUp(h) }) }

func (l *Leg) hangUp(h HangUp) {
	switch l.phase {
	case inviting:
		l.cancel(h, nil)
	case ringing:
		if h.Status < 300 || h.Status > 699 {
			h.Status = 480
		}
		l.respond(l.theirs, Response{Status: h.Status, Reason: h.Reason, Headers: h.Headers})
	case up:
		l.leave(h, End{Reason: "hung up here", Local: true})
	case over:
	}
}

// abort ends the call because something broke on the way.
func (l *Leg) abort(why string) {
	switch l.phase {
	case inviting:
		l.cancel(HangUp{}, &Response{Status: 500, Reason: why, Local: true})
	case ringing:
		l.respond(l.theirs, Response{Status: 500})
	case up:
		l.leave(HangUp{}, End{Reason: why})
	case over:
	}
}

// leave says BYE, as soon as that is allowed, and ends the leg.
func (l *Leg) leave(h HangUp, e End) {
	l.answerPending(487)
	l.finish(e)
	if len(l.unacked) > 0 {
		l.bye = &h // RFC 3261 15: not before the ACK, or its time is over
		return
	}
	l.sayBye(h)
}

func (l *Leg) sayBye(h HangUp) {
	for seq, a := range l.acks {
		l.sendAck(seq, a, Content{}) // one that waits for a body waits in vain
	}
	req := l.dialog.next(sip.BYE)
	fill(req, h.Headers, Content{})
	l.transact(req, func(Response) {})
}

// finish tells the owner that the leg is over, once.
func (l *Leg) finish(e End) {
	if l.phase == over {
		return
	}
	ended := Response{Status: 487, Reason: "The call ended", Local: true}
	for _, inv := range l.waiting {
		inv.answer(ended)
	}
	for a := range l.asked {
		a.tell(ended)
	}
	if inv := l.ours; inv != nil {
		inv.answer(ended)
		// Its final answer must come within this time, or never (RFC 3261 9.1).
		l.after(64*sip.T1, func() { l.abandon(inv) })
	}
	l.phase, l.end = over, e
	l.waiting = nil
	l.log.Debug("the SIP leg ended", "reason", e.Reason, "local", e.Local)
	if l.events != nil {
		l.events.Ended(l, e)
	}
}

// answerPending answers the requests of the peer that no longer matter.
func (l *Leg) answerPending(status int) {
	for _, r := range []*Request{l.theirs, l.update} {
		if r != nil {
			l.refuse(r.tx, status)
			r.answered.Store(true)
		}
	}
	l.theirs, l.update = nil, nil
}

// drop ends the leg without a word to the peer.
func (l *Leg) drop(why string) {
	l.finish(End{Reason: why, Local: true})
	l.dropped = true
}

// refuse answers a request of the peer without asking the leg's owner.
func (l *Leg) refuse(st *serverTx, status int, headers ...Header) {
	res := l.stack.reply(st.req, status, "")
	res.To().Params.Add("tag", l.key.localTag)
	for _, h := range headers {
		res.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	l.answerWith(st, res)
}

func (l *Leg) answerWith(st *serverTx, res *sip.Response) {
	if err := st.respond(res); err != nil {
		l.log.Debug("an answer was not sent", "status", res.StatusCode, "err", err)
	}
}
