package b2bua

import (
	"strings"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// ownHop are headers that speak of one leg: its authentication, extensions and
// session timer (RFC 3261 16, 20; RFC 4028), or its transport.
var ownHop = map[string]bool{
	"authorization": true, "proxy-authorization": true, "www-authenticate": true, "proxy-authenticate": true,
	"authentication-info": true, "proxy-require": true, "require": true, "unsupported": true,
	"session-expires": true, "x": true, "min-se": true, "rseq": true, "rack": true,
	"timestamp": true, "date": true, "path": true, "service-route": true, "expires": true, "min-expires": true,
	"allow-events": true, "u": true, "event": true, "o": true, "subscription-state": true,
	"refer-to": true, "r": true, "referred-by": true, "b": true, "replaces": true, "join": true,
	"sip-etag": true, "sip-if-match": true,
	// Who calls is told by the trunk's own rules (RFC 3325).
	"p-asserted-identity": true, "p-preferred-identity": true, "privacy": true, "remote-party-id": true,
	"target-dialog": true, "flow-timer": true,
}

// through gives the headers that mean something to the other side.
func through(headers []dialog.Header) []dialog.Header {
	var out []dialog.Header
	for _, h := range headers {
		if !ownHop[strings.ToLower(h.Name)] {
			out = append(out, h)
		}
	}
	return out
}

// transferring gives the headers of a REFER and its NOTIFY (RFC 3515, 3892) that
// mean something to the other side.
func transferring(headers []dialog.Header) []dialog.Header {
	var out []dialog.Header
	for _, h := range headers {
		switch strings.ToLower(h.Name) {
		case "refer-to", "r", "referred-by", "b", "event", "o", "subscription-state":
			out = append(out, h)
		}
	}
	return out
}

// replaces tells a transfer to a call that there is already (RFC 3891): the dialog
// that it names is one of this leg's side, and unknown on the other.
func replaces(r *dialog.Request) bool {
	for _, name := range []string{"Refer-To", "r"} {
		if strings.Contains(strings.ToLower(r.Header(name)), "replaces=") {
			return true
		}
	}
	return false
}

// back gives an answer as it goes back to the other leg.
func back(r dialog.Response) dialog.Response {
	r.Headers = through(r.Headers)
	switch {
	case r.Status == 401 || r.Status == 407:
		// The challenge is for our credentials, and no business of the caller's.
		r.Status, r.Reason = 403, "The next server refuses our credentials"
	case r.Status/100 == 3:
		// Where to is in a Contact, which belongs to that leg.
		r.Status, r.Reason = 480, "Moved"
	case r.Local && r.Status == 503:
		r.Status, r.Reason = 503, "The next server cannot be reached"
	}
	return r
}
