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

// waysOf is what a peer says of how faxes travel there: sip.fax in its
// Accept-Contact (RFC 3841) or Contact (RFC 3840).
func waysOf(headers []*faxv1.Header) negotiation.Ways {
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
	switch {
	case t38 && !passthrough:
		return negotiation.T38Way
	case passthrough && !t38:
		return negotiation.PassthroughWay
	}
	return negotiation.AnyWay
}

// heardWays puts what the called side says of its ways into log and ladder.
func (c *call) heardWays(w negotiation.Ways) {
	word := map[negotiation.Ways]string{negotiation.T38Way: "t38", negotiation.PassthroughWay: "passthrough"}[w]
	if word == "" {
		return
	}
	c.note("the called side says that it faxes by " + word)
	c.log.Info("the called side says how it faxes", "sip.fax", word)
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
