package dialog

import (
	"context"
	"fmt"

	"github.com/emiago/sipgo/sip"
)

// Question is a request outside any dialog: OPTIONS or REGISTER.
type Question struct {
	Method string
	URI    sip.Uri // Request-URI; its transport parameter chooses the transport
	Server string  // "host:port" to send to where that is not the host of URI
	To     sip.Uri // zero: URI
	From   sip.Uri // its host defaults to our own address

	// CallID and CSeq continue a series, as registrations do (RFC 3261 10.2.4);
	// with credentials each challenge takes one CSeq more. CallID "": a new one.
	CallID string
	CSeq   uint32

	Contact     bool             // add ours, with From's user
	Features    sip.HeaderParams // of that Contact
	Headers     []Header
	Credentials Credentials
}

// Ask sends a request outside any dialog and waits for its final answer; a
// challenge is answered. The Contact headers of the answer are among its
// Headers. An error says that no answer came.
func (s *Stack) Ask(ctx context.Context, q Question) (Response, error) {
	if s.isClosed() {
		return Response{}, ErrClosed
	}
	d := s.outside(q)
	req := d.next(sip.RequestMethod(q.Method))
	if q.Contact {
		c := s.contact(q.From.User, req.Transport(), req.Destination())
		c.Params = append(c.Params, q.Features...)
		req.AppendHeader(c)
	}
	req.AppendHeader(sip.NewHeader("User-Agent", s.opts.UserAgent))
	fill(req, q.Headers, Content{})
	for auth := 0; ; auth++ {
		res, err := s.askOnce(ctx, req)
		if err != nil {
			return Response{}, fmt.Errorf("%s to %s: %w", q.Method, req.Destination(), err)
		}
		again := req.Clone()
		if auth < 2 && q.Credentials.authorize(again, res, auth > 0) == nil {
			again.CSeq().SeqNo++
			again.RemoveHeader("Via")
			req = again
			continue
		}
		r := newResponse(res)
		for _, h := range res.GetHeaders("Contact") {
			r.Headers = append(r.Headers, Header{"Contact", h.Value()})
		}
		return r, nil
	}
}

// outside is the state from which a request outside any dialog is built.
func (s *Stack) outside(q Question) *state {
	d := &state{
		callID: q.CallID, target: q.URI, firstHop: q.Server, transport: "UDP",
		local:  party{uri: q.From, tag: newID(8)},
		remote: party{uri: q.To},
	}
	if d.callID == "" {
		d.callID = newID(16)
	}
	if q.CSeq > 0 {
		d.localSeq = q.CSeq - 1
	}
	if d.remote.uri.Host == "" {
		d.remote.uri = plain(q.URI)
	}
	if t, ok := q.URI.UriParams.Get("transport"); ok {
		d.transport = sip.ASCIIToUpper(t)
	}
	if d.local.uri.Host == "" {
		dest := q.Server
		if dest == "" {
			dest = hostPort(q.URI, d.transport)
		}
		d.local.uri.Host, _ = s.sentBy(d.transport, dest)
	}
	if d.local.uri.Scheme == "" {
		d.local.uri.Scheme = "sip"
	}
	return d
}

func (s *Stack) askOnce(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	answers, failures := make(chan *sip.Response, 8), make(chan error, 1)
	tx, err := s.send(req, func(res *sip.Response) bool {
		select {
		case answers <- res:
		default: // a flood of provisional answers
		}
		return true
	}, func(err error) { failures <- err })
	if err != nil {
		return nil, err
	}
	defer tx.tx.Terminate()
	for {
		select {
		case res := <-answers:
			tx.received(res)
			if !res.IsProvisional() {
				return res, nil
			}
		case err := <-failures:
			select {
			case res := <-answers: // it came first; the transaction has ended behind it
				tx.received(res)
				if !res.IsProvisional() {
					return res, nil
				}
			default:
			}
			return nil, err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
