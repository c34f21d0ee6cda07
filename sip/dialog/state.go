package dialog

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// state is what RFC 3261 12 calls the dialog's state. It does no I/O.
type state struct {
	callID         string
	local, remote  party
	target         sip.Uri   // remote target, refreshed by Contact
	routes         []sip.Uri // route set, in the order of our Route headers
	localSeq       uint32
	remoteSeq      uint32 // 0: none seen
	transport      string // of the message that opened it, for URIs that name none
	firstHop       string // host:port that requests outside a dialog go to, "" for the target's
	established    bool   // a 2xx was received or sent: routes and remote tag are fixed
	receivedSeqSet bool
}

// party is one side of the dialog.
type party struct {
	name string
	uri  sip.Uri
	tag  string
}

// accept fixes the dialog with the 2xx to our INVITE (RFC 3261 12.1.2), or
// refreshes the target with that to a later one (12.2.1.2).
func (d *state) accept(res *sip.Response) {
	if !d.established {
		d.established = true
		d.remote.tag, _ = res.To().Params.Get("tag")
		d.routes = recordRoutes(res)
		slices.Reverse(d.routes)
	}
	d.refresh(res)
}

// opened fixes the dialog with the peer's INVITE (RFC 3261 12.1.1).
func (d *state) opened(req *sip.Request) {
	d.established = true
	d.remote.tag, _ = req.From().Params.Get("tag")
	d.routes = recordRoutes(req)
	d.refresh(req)
}

// refresh takes the remote target from a Contact header, if there is a usable
// one.
func (d *state) refresh(m interface{ Contact() *sip.ContactHeader }) {
	if c := m.Contact(); c != nil && !c.Address.Wildcard && c.Address.Host != "" {
		d.target = *c.Address.Clone()
		d.target.Headers = nil
	}
}

func recordRoutes(m interface {
	GetHeaders(string) []sip.Header
}) []sip.Uri {
	var routes []sip.Uri
	for _, h := range m.GetHeaders("Record-Route") {
		if rr, ok := h.(*sip.RecordRouteHeader); ok {
			routes = append(routes, *rr.Address.Clone())
		}
	}
	return routes
}

// inOrder takes the CSeq of a new request of the peer; false says that it is
// not above the last one (RFC 3261 12.2.2).
func (d *state) inOrder(seq uint32) bool {
	if d.receivedSeqSet && seq <= d.remoteSeq {
		return false
	}
	d.receivedSeqSet, d.remoteSeq = true, seq
	return true
}

// next builds a request with the next CSeq.
func (d *state) next(method sip.RequestMethod) *sip.Request {
	d.localSeq++
	return d.build(method, d.localSeq)
}

// build makes a request inside the dialog, or the INVITE that opens it, but for
// Via, Contact and body (RFC 3261 12.2.1.1).
func (d *state) build(method sip.RequestMethod, seq uint32) *sip.Request {
	uri, routes, hop := d.target, d.routes, d.target
	if len(routes) > 0 {
		hop = routes[0]
		if !hop.UriParams.Has("lr") { // a strict router of RFC 2543 wants its own URI
			uri, routes = hop, append(slices.Clone(routes[1:]), d.target)
		}
	}
	req := sip.NewRequest(method, uri)
	for _, r := range routes {
		req.AppendHeader(&sip.RouteHeader{Address: *r.Clone()})
	}
	mf, id := sip.MaxForwardsHeader(70), sip.CallIDHeader(d.callID)
	req.AppendHeader(&mf)
	req.AppendHeader(&sip.FromHeader{DisplayName: d.local.name, Address: *d.local.uri.Clone(), Params: tagged(d.local.tag)})
	req.AppendHeader(&sip.ToHeader{DisplayName: d.remote.name, Address: *d.remote.uri.Clone(), Params: tagged(d.remote.tag)})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})

	transport := d.transport
	if t, ok := hop.UriParams.Get("transport"); ok && t != "" {
		transport = strings.ToUpper(t)
	}
	req.SetTransport(transport)
	req.SetDestination(hostPort(hop, transport))
	if !d.established && d.firstHop != "" {
		req.SetDestination(d.firstHop)
	}
	return req
}

// twin gives the dialog that another branch of a forked INVITE opened with its
// own 2xx.
func (d *state) twin(res *sip.Response) *state {
	t := *d
	t.established = false
	t.accept(res)
	return &t
}

func tagged(tag string) sip.HeaderParams {
	if tag == "" {
		return nil
	}
	return sip.HeaderParams{{K: "tag", V: tag}}
}

// hostPort is where a request to uri is sent.
func hostPort(uri sip.Uri, transport string) string {
	port := uri.Port
	if port == 0 {
		port = sip.DefaultPort(transport)
	}
	return net.JoinHostPort(strings.Trim(uri.Host, "[]"), strconv.Itoa(port))
}
