package trunk

import (
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/pagebridge/pagebridge/sip/dialog"
)

// Who calls stands in From, which anybody may write, and in the identity headers
// of RFC 3325, which only those in a domain of trust believe and pass on.

// Identity is how calls over a trunk name the caller beside From.
type Identity string

const (
	NoIdentity        Identity = ""          // not at all
	PreferredIdentity Identity = "preferred" // P-Preferred-Identity: the trunk decides
	AssertedIdentity  Identity = "asserted"  // P-Asserted-Identity: each believes the other
)

// Caller is who calls.
type Caller struct {
	Number   string // "" for the trunk's own
	Withheld bool   // the number is for the network alone (RFC 3323)
}

// identityHeaders are those that identify writes.
var identityHeaders = map[Identity]string{PreferredIdentity: "P-Preferred-Identity", AssertedIdentity: "P-Asserted-Identity"}

// identify writes the caller into a call that goes to the host of c.To.
func (t Trunk) identify(c *dialog.Call, from Caller) {
	number, withheld := from.Number, from.Withheld || t.Withhold
	if number == "" {
		number = t.From
	}
	user := number
	if t.FromUser != "" {
		user = t.FromUser
	}
	c.From = sip.Uri{Scheme: "sip", User: user, Host: t.Domain}
	if name := identityHeaders[t.Identity]; name != "" && number != "" {
		uri := sip.Uri{Scheme: "sip", User: number, Host: t.Domain}
		if uri.Host == "" {
			uri.Host = c.To.Host
		}
		c.Headers = append(c.Headers, dialog.Header{Name: name, Value: "<" + uri.String() + ">"})
	}
	if withheld {
		c.Headers = append(c.Headers, dialog.Header{Name: "Privacy", Value: "id"})
		if t.FromUser == "" { // an account is nobody's number
			c.From, c.FromName = sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}, "Anonymous" // RFC 3323 4.1.1.3
		}
	}
}

// Caller gives who makes a call that came over the named trunk.
func (s *Set) Caller(name string, invite *dialog.Request) Caller {
	c := Caller{Number: calling(invite), Withheld: strings.EqualFold(invite.From.User, "anonymous")}
	for value := range strings.SplitSeq(strings.ReplaceAll(invite.Header("Privacy"), ",", ";"), ";") {
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "id", "user", "header": // RFC 3323 4.2, RFC 3325 9.3
			c.Withheld = true
		}
	}
	if e := s.trunks[name]; e != nil && e.Identity == AssertedIdentity {
		for _, h := range invite.Headers {
			if number := identityNumber(h.Value); number != "" && strings.EqualFold(h.Name, "P-Asserted-Identity") {
				c.Number = number
				break
			}
		}
	}
	return c
}

// identityNumber gives the user of the first URI of an identity header (RFC 3325
// 9.1), "" where it is no usable number.
func identityNumber(value string) string {
	if _, in, quoted := strings.Cut(value, "<"); quoted {
		value = in
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), ":")
	switch strings.ToLower(scheme) {
	case "sip", "sips":
		user, _, found := strings.Cut(rest, "@")
		if !found {
			return ""
		}
		rest = user
	case "tel":
		if end := strings.IndexAny(rest, ">;, \t"); end >= 0 {
			rest = rest[:end]
		}
	default:
		return ""
	}
	number := plainNumber(rest)
	if number == "" || strings.IndexFunc(number, notInUser) >= 0 {
		return ""
	}
	return number
}
