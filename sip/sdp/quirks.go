package sdp

import (
	"math"
	"strconv"
	"strings"

	pionsdp "github.com/pion/sdp/v3"
)

// Every deviance that real equipment is known to put on the wire lives in this
// file, with its evidence, except those that the plain reader covers by its
// form:
//
//   - lines in any order, an a= between c= and t= (sdroege/sdp-types issue 10);
//     no o= line (scottlamb/retina issue 52); no s= or t=
//   - a c= line in each media only, and none for a media refused by port 0
//     (Kamailio issue 3982)
//   - an SDP with no media line at all, in the re-INVITE that leaves T.38
//     (Asterisk issue 824)
//   - two a=T38FaxUdpEC lines, redundancy and FEC (Sipwise rtpengine issue 1100).
//     Asterisk 22 answers such an offer with redundancy even where FEC stands
//     first and is what it prefers: to get FEC, offer FEC alone
//   - "m=image 18288 RTP/AVP t38", which is neither (rtpengine issue 1201): not
//     taken for T.38

// splitLines cuts a description into lines and leaves out blank ones.
//
// Ends of line: CR LF, LF alone, CR alone, none at the very end. Blank lines
// follow the last line in bodies of several endpoints (pjproject issue 666,
// rtpengine issues 52 and 77). Spaces stand before the end of line (pjproject
// issue 64). An octet 0 is what a C program leaves there.
func splitLines(text string) []string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' || r == 0 })
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// readOrigin reads an o= line from its end, because the user name, which comes
// first, has spaces in it on some equipment although it must not (RFC 8866 5.2).
func readOrigin(value string) pionsdp.Origin {
	o := newDescription().Origin
	fields := strings.Fields(value)
	n := len(fields)
	if n < 6 {
		return o
	}
	o.Username = strings.Join(fields[:n-5], " ")
	o.SessionID, o.SessionVersion = number(fields[n-5]), number(fields[n-4])
	o.NetworkType, o.AddressType, o.UnicastAddress = fields[n-3], fields[n-2], fields[n-1]
	return o
}

// number reads a decimal number of 64 bits: one that overflows becomes the
// greatest instead of wrapping, anything else 0. Numbers of o= are opaque and
// some equipment makes them as long as it likes.
func number(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err == nil {
		return n
	}
	if strings.Trim(text, "0123456789") == "" && text != "" {
		return math.MaxUint64
	}
	return 0
}

// fold is the form in which attribute names and their values' keywords are
// compared. SDP is case-significant, its writers are not: T38MaxBitrate and
// T38FaxUdpEc (vocal.com's own guide to T.38 in SDP), T38maxBitRate (Aculab's
// Python demonstration), pcmu/8000 (Dialogic Brooktrout 6.2 manual),
// "UDPTL T38" (FreeSWITCH: team-telnyx/freeswitch pull request 663).
func fold(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// boolean reads one of the three boolean attributes of T.38. Annex D says that
// the presence of the attribute means true; Cisco gateways write it with :0 and
// :1 (their CUBE guide: "a=T38FaxFillBitRemoval:0"). valued says which.
func boolean(value string) (yes, valued bool) {
	switch fold(value) {
	case "":
		return true, false
	case "0", "false", "no", "off":
		return false, true
	}
	return true, true
}

// decimal reads the number that an attribute's value begins with, at most limit:
// units follow it on some equipment. No digits are 0.
func decimal(value string, limit int) int {
	n := 0
	for _, c := range strings.TrimSpace(value) {
		if c < '0' || c > '9' {
			break
		}
		if n = n*10 + int(c-'0'); n >= limit {
			return limit
		}
	}
	return n
}

// bitRate reads T38MaxBitRate. AudioCodes says 0 (Mediant 1000B manual,
// "T38MaxBitRate=0"); less than the slowest modem has says nothing, as if the
// attribute were not there.
func bitRate(value string) int {
	if n := decimal(value, 1<<20); n >= 2400 {
		return n
	}
	return 0
}

// errorCorrections reads one T38FaxUdpEC line, in which several may stand.
// Unknown words are left out. Asterisk writes no line at all for none.
func errorCorrections(value string) []UDPEC {
	var list []UDPEC
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
		for ec, name := range udpECNames {
			if fold(word) == fold(name) {
				list = append(list, UDPEC(ec))
			}
		}
	}
	return list
}

// codecFromMap reads the value of an rtpmap attribute after its payload type:
// "PCMU/8000/1". rtpengine once wrote a map with nothing in it ("a=rtpmap:101 ",
// its issue 686): not ok.
func codecFromMap(value string) (c Codec, ok bool) {
	parts := strings.Split(value, "/")
	c = Codec{Name: strings.ToUpper(strings.TrimSpace(parts[0])), ClockRate: 8000, Channels: 1}
	if len(parts) > 1 {
		if n := decimal(parts[1], 1<<20); n > 0 {
			c.ClockRate = n
		}
	}
	if len(parts) > 2 {
		if n := decimal(parts[2], 255); n > 0 {
			c.Channels = n
		}
	}
	return c, strings.Trim(c.Name, ".") != ""
}
