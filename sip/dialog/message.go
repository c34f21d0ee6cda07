package dialog

import (
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/cause"
)

// Content is a message body. The zero value is none.
type Content struct {
	Type string // "": application/sdp
	Body []byte
}

// SDP is Content of type application/sdp.
func SDP(body []byte) Content { return Content{Body: body} }

// Header is one SIP header line.
type Header struct{ Name, Value string }

// Response is an answer, ours or the peer's.
type Response struct {
	Status int
	Reason string // "" in an answer of ours: the usual phrase
	Content
	// Headers are those that no layer below needs: not Via, From, To, Call-ID,
	// CSeq, Contact, Route, Record-Route, Max-Forwards, Session-Expires and the
	// Content ones.
	Headers []Header
	// Features are the parameters of the peer's Contact (RFC 3840).
	Features sip.HeaderParams
	// Local: no peer said this; it stands for what went wrong here (408 no
	// answer, 503 not sent, 491 glare, 487 the call ended meanwhile).
	Local bool
}

// Header gives the first header of that name, case ignored.
func (r Response) Header(name string) string { return first(r.Headers, name) }

// Request is a request of the peer. Each is answered once by Respond, with
// provisional answers before where it is an INVITE.
type Request struct {
	Method      string
	URI         sip.Uri // the Request-URI
	From, To    sip.Uri
	FromName    string
	MaxForwards int            // 70 where the peer gave none
	Source      netip.AddrPort // where it came from
	Transport   string         // "UDP", "TCP"
	Content
	Headers []Header // as in Response
	// Features are the parameters of the peer's Contact (RFC 3840).
	Features sip.HeaderParams

	// Peer is what Options.Admit notes of who calls, for Options.Incoming.
	Peer string

	leg *Leg
	msg *sip.Request
	tx  *serverTx
	// cseq is the number of msg, 0 in what Options.Admit sees.
	cseq uint32
	// early is for provisional answers to an INVITE.
	early reliable
	// answered is set by the leg's goroutine with the final answer.
	answered atomic.Bool
}

// Header gives the first header of that name, case ignored.
func (r *Request) Header(name string) string { return first(r.Headers, name) }

// Respond answers the request: any number of provisional answers to an INVITE,
// then one final one to any request. What comes after that, or after the peer
// has cancelled or the call has ended, is ignored.
func (r *Request) Respond(res Response) {
	if r.leg != nil {
		r.leg.post(func() { r.leg.respond(r, res) })
	}
}

func first(headers []Header, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// newRequest reads what m says; m has From, To and CSeq.
func newRequest(m *sip.Request) *Request {
	r := &Request{
		Method:      string(m.Method),
		URI:         *m.Recipient.Clone(),
		From:        *m.From().Address.Clone(),
		FromName:    m.From().DisplayName,
		To:          *m.To().Address.Clone(),
		MaxForwards: 70,
		Transport:   m.Transport(),
		Content:     content(m),
		Headers:     others(m.Headers()),
		msg:         m,
		cseq:        m.CSeq().SeqNo,
	}
	if mf := m.MaxForwards(); mf != nil {
		r.MaxForwards = int(min(mf.Val(), 255))
	}
	if c := m.Contact(); c != nil {
		r.Features = c.Params.Clone()
	}
	r.Source, _ = netip.ParseAddrPort(m.Source())
	return r
}

func newResponse(m *sip.Response) Response {
	r := Response{Status: m.StatusCode, Reason: m.Reason, Content: content(m), Headers: others(m.Headers())}
	if c := m.Contact(); c != nil {
		r.Features = c.Params.Clone()
	}
	return r
}

// content gives the body of m.
func content(m interface {
	Body() []byte
	ContentType() *sip.ContentTypeHeader
}) Content {
	c := Content{Body: m.Body()}
	if t := m.ContentType(); t != nil && len(c.Body) > 0 {
		c.Type = t.Value()
	}
	return c
}

// hopByHop are the headers that this package and the layers below it read and
// write themselves.
var hopByHop = map[string]bool{
	"via": true, "v": true, "from": true, "f": true, "to": true, "t": true,
	"call-id": true, "i": true, "cseq": true, "contact": true, "m": true,
	"route": true, "record-route": true, "max-forwards": true,
	"content-type": true, "c": true, "content-length": true, "l": true,
	"session-expires": true, "x": true, "min-se": true, "rseq": true, "rack": true,
	"allow": true, "supported": true, "k": true, "user-agent": true, "server": true,
}

// others gives the headers that are not hopByHop.
func others(headers []sip.Header) []Header {
	var out []Header
	for _, h := range headers {
		if !hopByHop[strings.ToLower(h.Name())] {
			out = append(out, Header{h.Name(), h.Value()})
		}
	}
	return out
}

// writer is what a request and a response have in common for writing.
type writer interface {
	AppendHeader(sip.Header)
	SetBody([]byte)
}

// fill adds headers and a body that come from outside this package: characters
// that would end a header line are taken out.
func fill(m writer, headers []Header, c Content) {
	for _, h := range headers {
		if name := token(h.Name); name != "" && !hopByHop[strings.ToLower(name)] {
			m.AppendHeader(sip.NewHeader(name, oneLine(h.Value)))
		}
	}
	if len(c.Body) > 0 {
		t := sip.ContentTypeHeader("application/sdp")
		if c.Type != "" {
			t = sip.ContentTypeHeader(oneLine(c.Type))
		}
		m.AppendHeader(&t)
	}
	m.SetBody(c.Body)
}

// oneLine replaces control characters by spaces.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// token gives s if it is a token of RFC 3261 25.1, else "".
func token(s string) string {
	for _, r := range s {
		if !strings.ContainsRune("-.!%*_+`'~", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return ""
		}
	}
	return s
}

// q850 gives the cause of a Reason header (RFC 3326), 0 if none.
func q850(headers []Header) int {
	for _, h := range headers {
		if n := cause.Parse(h.Value); n != 0 && strings.EqualFold(h.Name, "Reason") {
			return n
		}
	}
	return 0
}

// reasons gives the Reason headers (RFC 3326).
func reasons(headers []Header) []Header {
	return slices.DeleteFunc(slices.Clone(headers), func(h Header) bool { return !strings.EqualFold(h.Name, "Reason") })
}

// phrase is the usual reason phrase of a status (RFC 3261 21).
func phrase(status int) string {
	if p, ok := phrases[status]; ok {
		return p
	}
	switch status / 100 {
	case 1:
		return "Progress"
	case 2:
		return "OK"
	case 3:
		return "Redirection"
	case 4:
		return "Request Failure"
	case 5:
		return "Server Failure"
	}
	return "Global Failure"
}

var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
	200: "OK", 202: "Accepted",
	300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy",
	400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required",
	408: "Request Timeout", 410: "Gone", 413: "Request Entity Too Large", 415: "Unsupported Media Type",
	416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
	483: "Too Many Hops", 484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here",
	487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending",
	500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large",
	600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}
