package trunk

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// FaxFeature says in a Contact or Accept-Contact how a fax may travel, "t38" or
// "passthrough" (RFC 6913), in the syntax of RFC 3840 9. None is no parameter.
func FaxFeature(ways []string) sip.HeaderParams {
	if len(ways) == 0 {
		return nil
	}
	return sip.HeaderParams{{K: "+sip.fax", V: `"` + strings.Join(ways, ",") + `"`}}
}

// Features are the parameters of our Contact towards the named trunk.
func (s *Set) Features(name string) sip.HeaderParams {
	if e := s.trunks[name]; e != nil {
		return FaxFeature(e.Fax)
	}
	return nil
}
