package dialog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Provisional answers of the peer that want a PRACK (RFC 3262 4). Each branch of
// a forked INVITE has an early dialog and a row of RSeq of its own; the CSeq is
// counted for all of them together.

// maxEarly bounds the branches of one INVITE that are heard.
const maxEarly = 16

// early is the dialog that a reliable provisional answer has opened.
type early struct {
	dialog  *state
	rseq    uint32   // of the last answer in order
	owed    *ownRAck // a PRACK that waits for the owner's answer to an offer
	settled bool     // an offer and its answer have gone both ways
}

// ownRAck is what a PRACK of ours says.
type ownRAck struct{ rseq, cseq uint32 }

// provisional takes a provisional answer to an INVITE of ours and acknowledges
// it where that is wanted; false says that it is a repetition, or came before
// its turn.
func (l *Leg) provisional(inv *ownInvite, res *sip.Response) bool {
	if !hasToken(values(res, "Require"), rel) {
		return true
	}
	n, err := strconv.ParseUint(strings.TrimSpace(values(res, "RSeq")), 10, 32)
	tag, _ := res.To().Params.Get("tag")
	if err != nil || n == 0 || tag == "" {
		return true // reliable it is not, whatever it says
	}
	e := inv.early[tag]
	switch {
	case e == nil && len(inv.early) >= maxEarly:
		return false
	case e == nil:
		e = &early{dialog: l.dialog, rseq: uint32(n)}
		if inv.first {
			e.dialog = l.dialog.twin(res)
		}
		if inv.early == nil {
			inv.early = map[string]*early{}
		}
		inv.early[tag] = e
	case uint32(n) != e.rseq+1:
		return false
	default:
		e.rseq++
		e.dialog.refresh(res)
	}
	inv.last = e
	rack := &ownRAck{e.rseq, res.CSeq().SeqNo}
	switch {
	case len(res.Body()) == 0 || e.settled:
	case len(inv.content.Body) == 0: // an offer: the owner answers it with Ack
		e.owed = rack
		return true
	default:
		e.settled = true
		l.said(inv.content)
	}
	l.sendPRACK(e, rack, Content{})
	return true
}

func (l *Leg) sendPRACK(e *early, r *ownRAck, c Content) {
	req := l.nextOf(e.dialog, sip.PRACK)
	req.AppendHeader(sip.NewHeader("RAck", fmt.Sprintf("%d %d INVITE", r.rseq, r.cseq)))
	fill(req, nil, c)
	l.said(c)
	l.transact(req, func(res Response) {
		if res.Status >= 300 {
			l.log.Warn("a PRACK was not accepted", "status", res.Status, "reason", res.Reason)
		}
	})
}

// payPRACK sends the PRACK that waits for the owner's answer; false says that
// none does.
func (l *Leg) payPRACK(c Content) bool {
	if l.ours == nil || l.ours.last == nil || l.ours.last.owed == nil {
		return false
	}
	e := l.ours.last
	rack := e.owed
	e.owed, e.settled = nil, len(c.Body) > 0
	l.sendPRACK(e, rack, c)
	return true
}

// nextOf builds a request with the next CSeq in one of the leg's dialogs.
func (l *Leg) nextOf(d *state, method sip.RequestMethod) *sip.Request {
	l.dialog.localSeq++
	return d.build(method, l.dialog.localSeq)
}

// current is the dialog that requests of ours go in: the last early one while
// the call is unanswered.
func (l *Leg) current() *state {
	if l.phase == inviting && l.ours != nil && l.ours.last != nil {
		return l.ours.last.dialog
	}
	return l.dialog
}

// earlyOf gives the early dialog in which the peer sent a request.
func (l *Leg) earlyOf(req *sip.Request) *early {
	if l.phase != inviting || l.ours == nil {
		return nil
	}
	tag, _ := req.From().Params.Get("tag")
	return l.ours.early[tag]
}

// adopt takes over what the early dialog of a 2xx has come to; it says whether
// that settled the media.
func (l *Leg) adopt(inv *ownInvite, res *sip.Response) (settled bool) {
	tag, _ := res.To().Params.Get("tag")
	e := inv.early[tag]
	if e == nil {
		return false
	}
	e.owed = nil
	if e.dialog.receivedSeqSet {
		l.dialog.receivedSeqSet, l.dialog.remoteSeq = true, e.dialog.remoteSeq
	}
	return e.settled
}

// settled says that offer and answer have gone both ways before the final answer.
func (inv *ownInvite) settled() bool { return inv.last != nil && inv.last.settled }

// unsettled tells that an offer of either side lacks its answer.
func (l *Leg) unsettled() bool {
	return l.ours != nil && !l.ours.settled() || l.updates > 0 || l.offerOut() || l.offeredToUs()
}

// offeredToUs tells that the peer waits for an answer of ours.
func (l *Leg) offeredToUs() bool {
	return l.theirs != nil && (!l.theirs.early.settled || l.theirs.early.sent != nil) || l.update != nil
}

// mayAsk says whether requests other than INVITE may be sent: in a call, and in an
// early dialog whose media are settled (RFC 3311 5.1).
func (l *Leg) mayAsk() bool {
	switch l.phase {
	case inviting:
		return l.ours != nil && l.ours.settled()
	case ringing:
		return l.theirs != nil && l.theirs.early.settled
	}
	return l.phase == up
}
