package dialog

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// methods is what a leg understands.
const methods = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK"

// receive is called on the goroutine that reads a socket, with each message in
// the order in which it came. It sorts and returns.
func (s *Stack) receive(msg sip.Message) {
	defer s.guard("sorting a message from "+msg.Source(), nil)
	switch m := msg.(type) {
	case *sip.Request:
		s.receiveRequest(m)
	case *sip.Response:
		s.receiveResponse(m)
	}
}

func (s *Stack) receiveResponse(res *sip.Response) {
	if res.Via() == nil || res.CSeq() == nil || res.CallID() == nil || res.From() == nil || res.To() == nil ||
		res.StatusCode < 100 || res.StatusCode > 699 {
		return
	}
	key, err := sip.ClientTxKeyMake(res)
	if err != nil {
		return
	}
	s.mu.Lock()
	c := s.client[key]
	s.mu.Unlock()
	if c != nil {
		if c.refusedAck.Load() != nil || !c.deliver(res) {
			c.repeated()
		}
		return
	}
	// A 2xx to an INVITE that comes again, or from another branch of a fork.
	if tag, ok := res.From().Params.Get("tag"); ok && res.IsSuccess() && res.CSeq().MethodName == sip.INVITE {
		if l := s.leg(res.CallID().Value(), tag); l != nil {
			l.post(func() { l.strayAnswer(res) })
		}
	}
}

func (s *Stack) receiveRequest(req *sip.Request) {
	if !wellFormed(req) {
		if req.Via() != nil && req.CallID() != nil && req.To() != nil {
			s.refuse(req, 400, "")
		}
		return
	}
	if req.SipVersion != "SIP/2.0" {
		s.refuse(req, 505, "")
		return
	}
	key, err := sip.ServerTxKeyMake(req)
	if err != nil {
		s.refuse(req, 400, "")
		return
	}
	s.mu.Lock()
	st := s.server[key]
	s.mu.Unlock()
	switch {
	case req.IsCancel():
		s.receiveCancel(req)
	case req.IsAck():
		s.receiveAck(req, st)
	case st != nil: // a repetition: the machine repeats our answer
		_ = st.tx.Receive(req)
	case req.To().Params.Has("tag"):
		s.receiveInDialog(req, key)
	default:
		s.receiveOutside(req, key)
	}
}

// wellFormed says whether a request has what RFC 3261 8.1.1 demands.
func wellFormed(req *sip.Request) bool {
	return req.Via() != nil && req.From() != nil && req.To() != nil && req.CallID() != nil && req.CSeq() != nil &&
		req.CSeq().MethodName == req.Method
}

// receiveCancel answers a CANCEL and tells the leg of its INVITE (RFC 3261 9.2).
func (s *Stack) receiveCancel(req *sip.Request) {
	invite := req.Clone()
	invite.CSeq().MethodName = sip.INVITE
	key, err := sip.ServerTxKeyMake(invite)
	if err != nil {
		s.refuse(req, 400, "")
		return
	}
	s.mu.Lock()
	st := s.server[key]
	s.mu.Unlock()
	if st == nil || st.leg == nil {
		s.refuse(req, 481, "")
		return
	}
	s.refuse(req, 200, "") // which the leg's answer does not depend on
	headers := others(req.Headers())
	st.leg.post(func() { st.leg.cancelled(st, headers) })
}

// receiveAck gives the ACK of a refusal to its transaction, and that of a 2xx,
// which is a transaction of its own, to its leg.
func (s *Stack) receiveAck(req *sip.Request, st *serverTx) {
	if st != nil && st.status.Load() >= 300 {
		_ = st.tx.Receive(req)
		return
	}
	tag, _ := req.To().Params.Get("tag")
	if l := s.leg(req.CallID().Value(), tag); l != nil {
		l.post(func() { l.acknowledged(req) })
	}
}

func (s *Stack) receiveInDialog(req *sip.Request, key string) {
	tag, _ := req.To().Params.Get("tag")
	l := s.leg(req.CallID().Value(), tag)
	if l == nil {
		s.refuse(req, 481, "")
		return
	}
	if !known(req.Method) && !transfer(req.Method) {
		s.refuse(req, notAllowed(req.Method), "", Header{"Allow", methods})
		return
	}
	st, err := s.take(req, key, l)
	if err != nil {
		return
	}
	if !l.post(func() { l.requested(st) }) {
		_ = st.respond(s.reply(req, 481, ""))
	}
}

func (s *Stack) receiveOutside(req *sip.Request, key string) {
	if bad := unsupported(req); bad != "" {
		s.refuse(req, 420, "", Header{"Unsupported", bad})
		return
	}
	switch req.Method {
	case sip.OPTIONS:
		s.refuse(req, 200, "", Header{"Allow", methods}, Header{"Accept", "application/sdp"}, Header{"Supported", supported})
	case sip.INVITE:
		s.receiveInvite(req, key)
	case sip.BYE, sip.UPDATE, sip.INFO, sip.PRACK:
		s.refuse(req, 481, "")
	default:
		s.refuse(req, notAllowed(req.Method), "", Header{"Allow", methods})
	}
}

// notAllowed is how a method is refused that is none for us: 405 where it is
// one of SIP at all (RFC 3261 8.2.1), otherwise 501 (21.5.2).
func notAllowed(m sip.RequestMethod) int {
	switch m {
	case sip.REGISTER, sip.SUBSCRIBE, sip.NOTIFY, sip.REFER, sip.MESSAGE, sip.PUBLISH:
		return 405
	}
	return 501
}

// receiveInvite opens a leg for an INVITE, if that is let in.
func (s *Stack) receiveInvite(req *sip.Request, key string) {
	fromTag, ok := req.From().Params.Get("tag")
	if !ok || req.Contact() == nil || req.Contact().Address.Wildcard {
		s.refuse(req, 400, "")
		return
	}
	if scheme := req.Recipient.Scheme; scheme != "sip" && scheme != "sips" && scheme != "tel" {
		s.refuse(req, 416, "")
		return
	}
	if h := unreadable(req); h.Name != "" {
		s.refuse(req, 415, "", h)
		return
	}
	if tooBrief(req) {
		s.refuse(req, 422, "", minSEHeader())
		return
	}
	openedBy := strings.Join([]string{req.CallID().Value(), fromTag, req.CSeq().Value()}, "\n")
	s.mu.Lock()
	merged := s.opened[openedBy] != nil
	s.mu.Unlock()
	if merged { // the same request by another way (RFC 3261 8.2.2.2)
		s.refuse(req, 482, "")
		return
	}
	r := newRequest(req)
	if no := s.opts.Admit(r); no.Status != 0 {
		s.refuse(req, no.Status, no.Reason, no.Headers...)
		return
	}
	l := s.newIncoming(r, openedBy)
	if err := s.register(l); err != nil {
		s.refuse(req, 503, "", Header{"Retry-After", "10"})
		return
	}
	st, err := s.take(req, key, l)
	if err != nil {
		s.unregister(l)
		return
	}
	r.tx = st
	l.post(func() { l.incoming(r) })
	go l.run()
}

func known(m sip.RequestMethod) bool {
	switch m {
	case sip.INVITE, sip.BYE, sip.OPTIONS, sip.UPDATE, sip.INFO, sip.PRACK:
		return true
	}
	return false
}

// transfer are the methods by which a peer has its call transferred (RFC 3515).
// Only legs whose owner wants them know them.
func transfer(m sip.RequestMethod) bool { return m == sip.REFER || m == sip.NOTIFY }

// unreadable gives what a 415 says when the body of a request is neither a session
// description nor may hold one, or is compressed (RFC 3261 8.2.3); the zero Header when
// it can be read, or may be passed over.
func unreadable(req *sip.Request) Header {
	if len(req.Body()) == 0 {
		return Header{}
	}
	if h := req.GetHeader("Content-Encoding"); h != nil && !strings.EqualFold(strings.TrimSpace(h.Value()), "identity") {
		return Header{"Accept-Encoding", "identity"}
	}
	h := req.GetHeader("Content-Type")
	if h == nil {
		return Header{}
	}
	mediaType, _, _ := strings.Cut(strings.ToLower(h.Value()), ";")
	mediaType = strings.TrimSpace(mediaType)
	if mediaType == "application/sdp" || strings.HasPrefix(mediaType, "multipart/") {
		return Header{}
	}
	if d := req.GetHeader("Content-Disposition"); d != nil && strings.Contains(strings.ToLower(d.Value()), "handling=optional") {
		return Header{}
	}
	return Header{"Accept", "application/sdp"}
}

// supported are the extensions that we have.
const supported = rel + ", timer"

// unsupported lists the extensions that a request requires and we lack (RFC 3261
// 8.2.2.3).
func unsupported(req *sip.Request) string {
	var tags []string
	for _, h := range req.GetHeaders("Require") {
		for tag := range strings.SplitSeq(h.Value(), ",") {
			if tag = strings.TrimSpace(tag); tag != "" && !hasToken(supported, tag) {
				tags = append(tags, tag)
			}
		}
	}
	return strings.Join(tags, ", ")
}

// hasToken tells whether a list, separated by commas, has a token; case is
// ignored.
func hasToken(list, token string) bool {
	for t := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(t), token) {
			return true
		}
	}
	return false
}
