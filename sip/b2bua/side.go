package b2bua

import (
	"log/slog"
	"sync/atomic"

	"github.com/pagebridge/pagebridge/sip/cause"
	"github.com/pagebridge/pagebridge/sip/dialog"
)

// bridge is two legs that are one call.
type bridge struct {
	a, b *side
	log  *slog.Logger
	up   atomic.Int32 // legs that have not ended
	done func()
}

func newBridge(log *slog.Logger, done func()) *bridge {
	br := &bridge{log: log, done: done}
	br.up.Store(2)
	br.a = &side{bridge: br, known: make(chan struct{})}
	br.b = &side{bridge: br, known: make(chan struct{})}
	br.a.other, br.b.other = br.b, br.a
	close(br.a.known)
	return br
}

// side owns one leg and speaks to the other.
type side struct {
	*bridge
	other *side
	leg   *dialog.Leg
	known chan struct{} // closed when leg is set
}

func (s *side) set(l *dialog.Leg) {
	s.leg = l
	close(s.known)
}

// peer is the other side's leg. The caller's leg is handed over after the called
// one is known, and the called one's first event may come before that.
func (s *side) peer() *dialog.Leg {
	<-s.other.known
	return s.other.leg
}

// Requested carries a re-INVITE, UPDATE, INFO, or, where the Router lets it, REFER
// and its NOTIFY across and its answers back. An
// offer in a PRACK goes on as UPDATE: what was to be acknowledged over there has
// been (RFC 3311 5.1).
func (s *side) Requested(_ *dialog.Leg, r *dialog.Request) {
	method := r.Method
	if method == "PRACK" {
		method = "UPDATE"
	}
	headers := through(r.Headers)
	if method == "REFER" || method == "NOTIFY" {
		if replaces(r) {
			r.Respond(dialog.Response{Status: 403, Reason: "Replaces names a dialog that is not known over there"})
			return
		}
		headers = append(headers, transferring(r.Headers)...)
	}
	s.peer().Request(method, r.Content, headers, func(res dialog.Response) { r.Respond(back(res)) })
}

// Cancelled cancels the re-INVITE that was carried across.
func (s *side) Cancelled(*dialog.Leg, *dialog.Request) { s.peer().CancelInvite() }

// Acknowledged carries the answer in an ACK or PRACK across; where the other leg's ACK
// had no need to wait it has been sent, and this does nothing.
func (s *side) Acknowledged(_ *dialog.Leg, c dialog.Content) { s.peer().Ack(c) }

// Ended ends the other leg too.
func (s *side) Ended(_ *dialog.Leg, e dialog.End) {
	s.log.Info("a leg of a bridged call ended", "caller", s == s.a, "reason", e.Reason, "q850", e.Q850)
	why := e.Reasons
	if len(why) == 0 && !e.Local && e.Reason != "BYE" && e.Reason != "CANCEL" { // it broke: the other side is told (RFC 3326)
		why = []dialog.Header{{Name: "Reason", Value: cause.Reason(0, 41, e.Reason)}}
	}
	s.peer().HangUp(dialog.HangUp{Status: 480, Headers: why})
	if s.up.Add(-1) == 0 {
		s.done()
	}
}
