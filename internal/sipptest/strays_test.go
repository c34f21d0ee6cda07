package sipptest

import (
	"fmt"
	"strings"
)

// stray is one request outside any call and what it is answered.
func stray(name, method string, status int, edit func(m string) string, checks ...check) scenario {
	t := call(fax)
	t.cseq, t.last = 1, "z9hG4bKp[pid]stray"
	m := t.request(method, t.last, 1, "")
	if edit != nil {
		m = edit(m)
	}
	t.raw(m).want(status, checks...)
	if method == "INVITE" {
		t.ackRefusal()
	}
	return scenario{name, t}
}

// replaced changes a message's text; what is to be replaced must be there.
func replaced(pairs ...string) func(string) string {
	return func(m string) string {
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(m, pairs[i]) {
				panic(fmt.Sprintf("%q is not in %q", pairs[i], m))
			}
			m = strings.Replace(m, pairs[i], pairs[i+1], 1)
		}
		return m
	}
}

// added adds header lines.
func added(lines ...string) func(string) string {
	return replaced("Max-Forwards: 70", "Max-Forwards: 70\n"+strings.Join(lines, "\n"))
}

// outside are requests outside calls, or for calls that there are not.
func outside() []scenario {
	inCall := replaced("[peer_tag_param]", ";tag=nobody")
	return []scenario{
		stray("OPTIONS", "OPTIONS", 200, nil, has("Allow:.*INVITE"), has("Accept:.*application/sdp"), has("Supported:")),
		stray("OPTIONS with Max-Forwards 0", "OPTIONS", 200, replaced("Max-Forwards: 70", "Max-Forwards: 0")),
		stray("501 for a method that nobody knows", "FOO", 501, nil, has("Allow:")),
		stray("405 for REGISTER", "REGISTER", 405, nil, has("Allow:.*INVITE")),
		stray("405 for SUBSCRIBE", "SUBSCRIBE", 405, added("Event: presence", "Expires: 60"), has("Allow:")),
		stray("481 for BYE outside", "BYE", 481, nil),
		stray("481 for BYE of no call", "BYE", 481, inCall),
		stray("481 for re-INVITE of no call", "INVITE", 481, inCall),
		stray("481 for UPDATE of no call", "UPDATE", 481, inCall),
		stray("481 for PRACK of no call", "PRACK", 481, func(m string) string { return added("RAck: 1 1 INVITE")(inCall(m)) }),
		stray("481 for CANCEL of no INVITE", "CANCEL", 481, nil),
		stray("405 for NOTIFY outside", "NOTIFY", 405, nil),
		stray("420 for an extension that is required", "INVITE", 420, added("Require: nothingSupportsThis"), has("Unsupported: *nothingSupportsThis")),
		stray("420 for the one of several that is unknown", "INVITE", 420, added("Require: timer, outer-space"), has("Unsupported: *outer-space")),
		stray("416 for a scheme that is unknown", "INVITE", 416, replaced("INVITE sip:", "INVITE nobodyKnowsThisScheme:")),
		stray("404 for a number that is no fax", "INVITE", 404, replaced("sip:"+fax+"@", "sip:"+stranger+"@")),
		stray("505 for another version", "OPTIONS", 505, replaced(" SIP/2.0\n", " SIP/7.0\n")),
	}
}

// malformed are messages in the manner of RFC 4475: those that are odd but
// right are understood, those that are wrong are refused.
func malformed() []scenario {
	odd := func(name string, edit func(string) string) scenario {
		t := call(fax)
		t.cseq, t.last = 1, "z9hG4bKp[pid]odd"
		t.raw(edit(t.request("INVITE", t.last, 1, imageOffer()))).want(200, body("m=image [1-9]")).ack().hangUp()
		return scenario{name, t}
	}
	huge := make([]string, 200)
	for i := range huge {
		huge[i] = fmt.Sprintf("X-Filler-%d: %s", i, strings.Repeat("x", 100))
	}
	return []scenario{
		odd("compact header names", replaced("\nVia:", "\nv:", "\nFrom:", "\nf:", "\nTo:", "\nt:", "\nCall-ID:", "\ni:", "\nContact:", "\nm:", "\nContent-Type:", "\nc:", "\nContent-Length:", "\nl:")),
		odd("header names in other letters, space before the colon", replaced("\nVia:", "\nVIA :", "\nFrom:", "\nfRoM :", "\nMax-Forwards:", "\nmax-forwards  :", "\nContent-Type:", "\nCONTENT-TYPE:")),
		odd("no Max-Forwards", replaced("Max-Forwards: 70\n", "")),
		odd("Max-Forwards 0 for us", replaced("Max-Forwards: 70", "Max-Forwards: 0")),
		odd("an escaped number", replaced("sip:"+fax+"@", "sip:%2B"+fax[1:]+"@")),
		odd("a number with parameters", replaced("sip:"+fax+"@", "sip:"+fax+";phone-context=example.com@", " SIP/2.0", ";user=phone SIP/2.0")),
		odd("a tel URI", replaced("sip:"+fax+"@[remote_ip]:[remote_port] SIP", "tel:"+fax+" SIP")),
		odd("a display name with everything in it", replaced("From: <", `From: "J\"Ro\\sen, Inc.; <sip:x@y> %20" <`)),
		odd("no display name and no brackets", replaced("From: <sip:sipp@"+self+">", "From: sip:sipp@"+self)),
		odd("several Vias in one line", replaced(";rport\n", ";rport, SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKother\n")),
		odd("two hundred unknown headers, 22 kB", added(huge...)),
		odd("Supported, Allow and P- headers that mean nothing", added("Supported: replaces, norefersub, histinfo, path", "P-Asserted-Identity: <tel:+1555>", "P-Charging-Vector: icid-value=1", "Alert-Info: <urn:alert:x>", "X:", "Privacy: none")),
		odd("Via without rport", replaced(";rport\n", "\n")),
		odd("a branch of RFC 2543", replaced("branch=z9hG4bK", "branch=1")),
		odd("no Content-Length", replaced("Content-Length: [len]\n", "")),
		stray("400 for a Content-Length beyond the datagram", "INVITE", 400, replaced("Content-Length: 0", "Content-Length: 9999")),
		stray("400 for a negative Content-Length", "OPTIONS", 400, replaced("Content-Length: 0", "Content-Length: -999")),
		stray("400 without From", "OPTIONS", 400, func(m string) string { return m[:strings.Index(m, "From:")] + m[strings.Index(m, "To:"):] }),
		stray("400 for an INVITE without Contact", "INVITE", 400, func(m string) string {
			return m[:strings.Index(m, "Contact:")] + m[strings.Index(m, "Content-Length:"):]
		}),
		stray("400 for an INVITE without a From tag", "INVITE", 400, replaced(";tag=s[pid]x[call_number]", "")),
	}
}
