package dialog

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Provisional answers of ours that the peer acknowledges with PRACK (RFC 3262
// 3). There is one at a time: what the owner answers meanwhile waits, the 2xx
// with it, so that descriptions settle in the order in which they were said.

// reliable is what one INVITE of the peer has of them. The leg's goroutine owns
// it.
type reliable struct {
	seq      uint32        // RSeq of the last; 0: none yet
	sent     *sip.Response // repeated until its PRACK; nil: nothing is
	body     bool          // sent carries a description
	interval time.Duration
	stop     []func()   // timers
	waiting  []Response // answers that come after it
	settled  bool       // an offer and its answer have gone both ways
}

// Reliable says whether the peer takes provisional answers with PRACK.
func (r *Request) Reliable() bool {
	return r.msg != nil && (hasToken(values(r.msg, "Supported", "k"), rel) || r.requiresReliable())
}

func (r *Request) requiresReliable() bool { return hasToken(values(r.msg, "Require"), rel) }

// rel is the option tag of RFC 3262.
const rel = "100rel"

// mustWait says that an answer has to wait for a PRACK, or for our answer to an
// offer that came early (RFC 3262 3; a refusal waits for nothing).
func (l *Leg) mustWait(r *Request, answer Response) bool {
	return r == l.theirs && answer.Status < 300 && (r.early.sent != nil || l.update != nil)
}

// reliably says whether a provisional answer is to be acknowledged: where the
// peer demands it, and where it carries a description and the peer can.
func (r *Request) reliably(answer Response) bool {
	return answer.Status < 200 && (r.requiresReliable() || len(answer.Body) > 0 && r.Reliable())
}

// demandPRACK makes an answer that is about to be sent a reliable one, and
// repeats it.
func (l *Leg) demandPRACK(r *Request, res *sip.Response) {
	e := &r.early
	if e.seq == 0 {
		e.seq = rand.Uint32N(1 << 30)
	}
	e.seq++
	e.sent, e.body, e.interval = res, len(res.Body()) > 0, sip.T1
	res.AppendHeader(sip.NewHeader("Require", rel))
	res.AppendHeader(sip.NewHeader("RSeq", strconv.FormatUint(uint64(e.seq), 10)))
	var again func()
	again = func() {
		if r.answered.Load() || e.sent != res {
			return
		}
		e.interval *= 2 // without the bound of T2
		l.answerWith(r.tx, res)
		e.stop[0] = l.after(e.interval, again)
	}
	e.stop = []func(){l.after(e.interval, again), l.after(64*sip.T1, func() { l.neverPRACKed(r, res) })}
}

// neverPRACKed refuses an INVITE whose sender does not acknowledge.
func (l *Leg) neverPRACKed(r *Request, res *sip.Response) {
	if r.answered.Load() || r.early.sent != res {
		return
	}
	r.early.end()
	r.answered.Store(true)
	l.theirs = nil
	l.refuse(r.tx, 504)
	if l.phase == ringing {
		l.finish(End{Reason: "the peer never acknowledged our provisional answer"})
		return
	}
	l.events.Cancelled(l, r)
}

func (e *reliable) end() {
	for _, stop := range e.stop {
		stop()
	}
	e.stop, e.sent = nil, nil
}

// pracked is a PRACK (RFC 3262 3, 5).
func (l *Leg) pracked(st *serverTx) {
	r := l.theirs
	if r == nil || r.early.sent == nil || values(st.req, "RAck") == "" ||
		!acknowledges(values(st.req, "RAck"), r.early.seq, r.cseq) {
		l.refuse(st, 481)
		return
	}
	e := &r.early
	ours := e.body && len(r.Body) == 0 && !e.settled // what is acknowledged was an offer
	e.end()
	if e.body && !ours {
		e.settled = true
	}
	body := content(st.req)
	switch {
	case ours:
		e.settled = len(body.Body) > 0
		l.refuse(st, 200)
		l.events.Acknowledged(l, body)
	case len(body.Body) > 0 && !e.settled:
		l.refuse(st, 500, retryAfter()) // its first offer is unanswered yet
	case len(body.Body) > 0:
		l.update = l.newRequest(st)
		l.events.Requested(l, l.update)
	default:
		l.refuse(st, 200)
	}
	l.goOn()
}

// goOn gives the answers that waited.
func (l *Leg) goOn() {
	for r := l.theirs; r != nil && r == l.theirs && len(r.early.waiting) > 0 && r.early.sent == nil && l.update == nil; {
		next := r.early.waiting[0]
		r.early.waiting = r.early.waiting[1:]
		l.respond(r, next)
	}
}

// acknowledges reads a RAck header (RFC 3262 7.2).
func acknowledges(rack string, rseq, cseq uint32) bool {
	f := strings.Fields(rack)
	if len(f) != 3 || f[2] != "INVITE" {
		return false
	}
	a, err1 := strconv.ParseUint(f[0], 10, 32)
	b, err2 := strconv.ParseUint(f[1], 10, 32)
	return err1 == nil && err2 == nil && uint32(a) == rseq && uint32(b) == cseq
}
