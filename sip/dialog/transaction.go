package dialog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// connectTimeout bounds name lookup and TCP connection before a request.
const connectTimeout = 5 * time.Second

// clientTx is one of our requests: sipgo's machine repeats it, times it out and
// acknowledges refusals of an INVITE.
type clientTx struct {
	tx  *sip.ClientTx
	req *sip.Request
	// deliver is called on the reading goroutine with each response; false says
	// that nobody wants it any more.
	deliver func(*sip.Response) bool
	// refusedAck is the ACK to the final answer above 2xx, for its repetitions.
	refusedAck atomic.Pointer[sip.Request]
}

// send puts Via on a request and sends it as a transaction. failed is called,
// on a goroutine of its own, when no final answer comes.
func (s *Stack) send(req *sip.Request, deliver func(*sip.Response) bool, failed func(error)) (*clientTx, error) {
	s.addVia(req)
	return s.begin(req, deliver, failed)
}

// begin sends a request that has its Via as a transaction. A TCP connection that
// turns out to be dead is replaced once.
func (s *Stack) begin(req *sip.Request, deliver func(*sip.Response) bool, failed func(error)) (*clientTx, error) {
	c, err := s.beginOnce(req, deliver, failed)
	if err != nil && errors.Is(err, sip.ErrTransactionTransport) && sip.IsReliable(req.Transport()) {
		return s.beginOnce(req, deliver, failed)
	}
	return c, err
}

func (s *Stack) beginOnce(req *sip.Request, deliver func(*sip.Response) bool, failed func(error)) (*clientTx, error) {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	conn, err := s.transport.ClientRequestConnection(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("reaching %s over %s: %w", req.Destination(), req.Transport(), err)
	}
	key, err := sip.ClientTxKeyMake(req)
	if err != nil {
		return nil, err
	}
	c := &clientTx{tx: sip.NewClientTx(key, req, conn, s.log), req: req, deliver: deliver}
	c.tx.OnTerminate(func(string, error) {
		s.mu.Lock()
		delete(s.client, key)
		s.mu.Unlock()
	})
	s.mu.Lock()
	s.client[key] = c
	s.mu.Unlock()
	if err := c.tx.Init(); err != nil {
		c.tx.Terminate()
		if tcp, ok := conn.(*sip.TCPConnection); ok {
			_ = s.transport.Pool(sip.NetworkToLower(req.Transport())).CloseAndDelete(tcp, tcp.RemoteAddr().String())
		}
		return nil, fmt.Errorf("sending to %s: %w", req.Destination(), err)
	}
	go c.watch(failed)
	return c, nil
}

// watch takes from sipgo's machine what it hands up (the responses themselves
// go through the mailbox, in order) until a final answer or its end.
func (c *clientTx) watch(failed func(error)) {
	for {
		select {
		case res := <-c.tx.Responses():
			if !res.IsProvisional() {
				return
			}
		case <-c.tx.Done():
			err := c.tx.Err()
			if err == nil { // ended by us, as Close does
				err = ErrClosed
			}
			failed(err)
			return
		}
	}
}

// received moves the machine on. The owner calls it with each response, once.
func (c *clientTx) received(res *sip.Response) {
	if res.StatusCode >= 300 && c.req.IsInvite() {
		c.refusedAck.Store(c.ackRefusal(res))
	}
	c.tx.Receive(res)
	if res.StatusCode >= 300 && c.req.IsInvite() || res.IsProvisional() {
		return // stays to acknowledge repetitions, for timer D
	}
	c.tx.Terminate() // repetitions match no transaction, and a 2xx finds its leg
}

// ackRefusal is the ACK to a final answer other than 2xx (RFC 3261 17.1.1.3).
func (c *clientTx) ackRefusal(res *sip.Response) *sip.Request {
	ack := c.hopRequest(sip.ACK)
	ack.RemoveHeader("To")
	ack.AppendHeader(sip.HeaderClone(res.To()))
	return ack
}

// hopRequest makes the ACK or CANCEL that goes with an INVITE: same Via, CSeq
// number, Request-URI and Routes (RFC 3261 9.1, 17.1.1.3).
func (c *clientTx) hopRequest(method sip.RequestMethod) *sip.Request {
	req := c.req.Clone()
	req.Method = method
	req.CSeq().MethodName = method
	for _, h := range c.req.Headers() {
		switch h.Name() {
		case "Via", "Route", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length":
		default:
			req.RemoveHeader(h.Name())
		}
	}
	req.SetBody(nil)
	return req
}

// repeated is called with a response that came again after a final one.
func (c *clientTx) repeated() {
	if ack := c.refusedAck.Load(); ack != nil {
		_ = c.tx.Connection().WriteMsg(ack)
	}
}

// addVia puts our Via on top and chooses the socket (RFC 3261 18.1.1, 3581 3).
func (s *Stack) addVia(req *sip.Request) {
	via := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: req.Transport()}
	via.Host, via.Port = s.sentBy(req.Transport(), req.Destination())
	via.Params.Add("branch", sip.GenerateBranchN(16))
	via.Params.Add("rport", "")
	req.PrependHeader(via)
	host, _, _ := net.SplitHostPort(req.Destination())
	if l := s.listenerFor(req.Transport(), host); l != nil && l.packet != nil {
		req.Laddr = sip.Addr{IP: l.addr.Addr().AsSlice(), Port: int(l.addr.Port())}
	}
}

// write sends a request outside any transaction: the ACK to a 2xx.
func (s *Stack) write(req *sip.Request) error { return s.transport.WriteMsg(req) }

// serverTx is a request of the peer: sipgo's machine repeats our final answer
// and absorbs the peer's repetitions.
type serverTx struct {
	tx     *sip.ServerTx
	req    *sip.Request
	dest   string
	leg    *Leg // of an INVITE, for its CANCEL
	status atomic.Int32
}

// take begins a server transaction for req.
func (s *Stack) take(req *sip.Request, key string, leg *Leg) (*serverTx, error) {
	conn, err := s.transport.GetConnection(req.Transport(), req.Source())
	if err != nil {
		return nil, fmt.Errorf("the connection of %s: %w", req.Source(), err)
	}
	// The machine has a copy: its timers read it on goroutines of their own.
	st := &serverTx{tx: sip.NewServerTx(key, req.Clone(), conn, s.log), req: req, leg: leg, dest: answerTo(req)}
	st.tx.OnTerminate(func(string, error) {
		s.mu.Lock()
		delete(s.server, key)
		s.mu.Unlock()
	})
	s.mu.Lock()
	s.server[key] = st
	s.mu.Unlock()
	if err := st.tx.Init(); err != nil {
		st.tx.Terminate()
		return nil, err
	}
	return st, nil
}

// respond sends an answer and lets the machine repeat it where that is its
// task; a 2xx to an INVITE is repeated by the leg (RFC 3261 13.3.1.4).
func (st *serverTx) respond(res *sip.Response) error {
	res.SetDestination(st.dest)
	if res.StatusCode >= 200 {
		st.status.Store(int32(res.StatusCode))
	}
	return st.tx.Respond(res)
}

// answerTo is where answers to a request go (RFC 3261 18.2.2, RFC 3581 4): where
// it came from, but to the port in Via unless that has rport.
func answerTo(req *sip.Request) string {
	via := req.Via()
	source, err := netip.ParseAddrPort(req.Source())
	if err != nil || sip.IsReliable(req.Transport()) {
		return req.Source()
	}
	if _, ok := via.Params.Get("rport"); ok {
		return req.Source()
	}
	port := via.Port
	if port == 0 {
		port = sip.DefaultPort(req.Transport())
	}
	return net.JoinHostPort(source.Addr().String(), strconv.Itoa(port))
}

// reply builds an answer to req with the headers that every answer of ours has.
func (s *Stack) reply(req *sip.Request, status int, reason string) *sip.Response {
	if reason = oneLine(reason); reason == "" {
		reason = phrase(status)
	}
	res := sip.NewResponseFromRequest(req, status, reason, nil)
	res.SipVersion = "SIP/2.0" // whatever the request says
	via := res.Via()
	if host, _, err := net.SplitHostPort(req.Source()); err == nil && host != via.Host && !via.Params.Has("received") {
		via.Params.Add("received", host) // RFC 3261 18.2.1
	}
	if to := res.To(); status > 100 && !req.To().Params.Has("tag") {
		to.Params.Add("tag", s.statelessTag(req))
	}
	res.AppendHeader(sip.NewHeader("Server", s.opts.UserAgent))
	return res
}

// statelessTag gives each request its own To tag, the same for its repetitions
// (RFC 3261 8.2.7).
func (s *Stack) statelessTag(req *sip.Request) string {
	branch, _ := req.Via().Params.Get("branch")
	sum := sha256.Sum256([]byte(s.salt + branch + req.CallID().Value()))
	return hex.EncodeToString(sum[:8])
}

// refuse answers a request without keeping anything of it (RFC 3261 8.2.7).
func (s *Stack) refuse(req *sip.Request, status int, reason string, headers ...Header) {
	if req.IsAck() {
		return
	}
	res := s.reply(req, status, reason)
	for _, h := range headers {
		res.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	s.writeResponse(req, res)
}

func (s *Stack) writeResponse(req *sip.Request, res *sip.Response) {
	conn, err := s.transport.GetConnection(req.Transport(), req.Source())
	if err != nil {
		return // it is gone, and nobody waits there
	}
	defer func() { _, _ = conn.TryClose() }()
	res.SetDestination(answerTo(req))
	if err := conn.WriteMsg(res); err != nil && !errors.Is(err, net.ErrClosed) {
		s.log.Debug("an answer was not sent", "to", res.Destination(), "err", err)
	}
}
