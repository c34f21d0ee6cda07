// Package walls knows which room of the house may import which, and why. Its
// test reads the whole module, so that a wall is kept by the test and not by
// memory.
package walls

import (
	"slices"
	"strings"
)

const module = "github.com/pagebridge/pagebridge/"

// wall says what the packages at and below From may not import.
type wall struct {
	from   string   // path in the module
	except []string // paths below it for which the wall does not stand
	only   []string // if set: of this module, nothing but these (and what is at and below from)
	never  []string // paths of this module with all below, or packages of others
	reason string
}

var walls = []wall{
	{
		from: "hostshim", except: []string{"hostshim/cmd"}, only: []string{"plugin/proto", "sip"},
		reason: "the process boundary is real: a host links no fax engine and no mail",
	},
	{
		from: "mailbridge", only: []string{"t38/t4", "internal"},
		reason: "the mail bridge knows pages, and nothing of calls",
	},
	{
		from: "t38", only: []string{"internal"},
		reason: "the fax stack stands alone: a Go developer can import it without SIP or mail",
	},
	{
		from: "sip", only: []string{"internal"},
		reason: "SIP knows no T.30 and no mail",
	},
	{
		from: "plugin/proto", only: []string{},
		reason: "the contract is what a host in another language has too",
	},
	{
		from: "plugin", never: []string{"hostshim"},
		reason: "the plugin does not know which host loads it",
	},
	{
		from: "t38/t30", except: []string{"t38/t30/tsb85", "t38/t30/t30test"}, only: []string{"t38/t4"}, never: impure,
		reason: "the T.30 procedure is pure: events and time in, actions out; and it names modulations, not packets or modems",
	},
	{
		from: "sip/negotiation", only: []string{"sip/sdp"}, never: impure,
		reason: "the negotiation is pure: offers, answers and time in, effects out",
	},
	{
		from: "sip/pairing", only: []string{"sip/sdp"}, never: impure,
		reason: "the negotiation of two legs is pure: offers, answers and time in, effects out",
	},
	{from: "t38/t4", only: []string{"t38/internal"}, reason: "T.4 is a leaf"},
	{from: "t38/ifp", only: []string{"t38/internal"}, reason: "IFP is a leaf"},
	{from: "t38/udptl", only: []string{"t38/internal"}, reason: "UDPTL is a leaf"},
	{from: "t38/modem/hdlc", only: []string{"t38/internal"}, reason: "HDLC is a leaf"},
	{from: "mailbridge/address", only: []string{}, reason: "addresses are a leaf"},
}

// impure is what no pure protocol code needs.
var impure = []string{"net", "os", "context", "sync", "net/http", "os/signal", "syscall"}

// Broken tells which wall an import breaks, "" for none. importer is a path in
// the module, imported a whole import path.
func Broken(importer, imported string) string {
	target, ours := strings.CutPrefix(imported, module)
	for _, w := range walls {
		if !within(importer, w.from) || within(importer, w.except...) {
			continue
		}
		if slices.Contains(w.never, imported) {
			return w.reason
		}
		if !ours {
			continue
		}
		if within(target, w.never...) || w.only != nil && !within(target, w.from) && !within(target, w.only...) {
			return w.reason
		}
	}
	return ""
}

func within(path string, roots ...string) bool {
	for _, r := range roots {
		if path == r || strings.HasPrefix(path, r+"/") {
			return true
		}
	}
	return false
}
