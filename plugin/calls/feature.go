package calls

import (
	"strings"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/negotiation"
)

// faxWays says in the words of RFC 6913 how a fax may travel.
var faxWays = map[negotiation.Fallback][]string{
	negotiation.T38Only:     {"t38"},
	negotiation.G711Only:    {"passthrough"},
	negotiation.T38ThenG711: {"t38", "passthrough"},
}

// passthroughOnly says that the caller wants, or has, faxes in the audio and not
// T.38: sip.fax in its Accept-Contact (RFC 3841) or Contact (RFC 3840).
func passthroughOnly(headers []*faxv1.Header) bool {
	t38, passthrough := false, false
	for _, h := range headers {
		switch strings.ToLower(h.Name) {
		case "accept-contact", "a", "contact":
		default:
			continue
		}
		for _, way := range faxFeature(h.Value) {
			t38 = t38 || way == "t38"
			passthrough = passthrough || way == "passthrough"
		}
	}
	return passthrough && !t38
}

// faxFeature gives the values of +sip.fax in a header: +sip.fax="t38,passthrough".
// A value that is negated ("!t38", RFC 3840 9) is none.
func faxFeature(value string) []string {
	var ways []string
	for rest := strings.ToLower(value); ; {
		_, after, found := strings.Cut(rest, "+sip.fax")
		if !found {
			return ways
		}
		rest = after
		after, equals := strings.CutPrefix(strings.TrimLeft(after, " \t"), "=")
		quoted, opened := strings.CutPrefix(strings.TrimLeft(after, " \t"), `"`)
		list, _, closed := strings.Cut(quoted, `"`)
		if !equals || !opened || !closed {
			continue
		}
		for way := range strings.SplitSeq(list, ",") {
			ways = append(ways, strings.TrimSpace(way))
		}
	}
}
