package calls

import (
	"strings"
	"testing"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
	"github.com/pagebridge/pagebridge/sip/negotiation"
)

func TestWaysOf(t *testing.T) {
	for value, want := range map[string]negotiation.Ways{
		`*;+sip.fax="passthrough"`:                         negotiation.PassthroughWay,
		`*;+sip.fax = "Passthrough";require;explicit`:      negotiation.PassthroughWay,
		`*;audio;+sip.fax="passthrough", *;+sip.fax="t38"`: negotiation.AnyWay,
		`*;+sip.fax="t38,passthrough"`:                     negotiation.AnyWay,
		`*;+sip.fax="t38"`:                                 negotiation.T38Way,
		`<sip:bob@192.0.2.7;transport=tcp>;+sip.fax="t38"`: negotiation.T38Way,
		`*;+sip.fax="!t38, passthrough"`:                   negotiation.PassthroughWay,
		`*;+sip.fax`:                                       negotiation.AnyWay,
		`*;+sip.fax="passthrough`:                          negotiation.AnyWay,
		`*;+sip.faxes="passthrough"`:                       negotiation.AnyWay,
		``:                                                 negotiation.AnyWay,
	} {
		for _, name := range []string{"Accept-Contact", "a", "CONTACT"} {
			if got := waysOf([]*faxv1.Header{{Name: name, Value: value}}); got != want {
				t.Errorf("%s: %s: got %v", name, value, got)
			}
		}
		if waysOf([]*faxv1.Header{{Name: "Reject-Contact", Value: value}}) != negotiation.AnyWay {
			t.Errorf("what %s rejects is taken as a wish", value)
		}
	}
}

func FuzzFaxFeature(f *testing.F) {
	f.Add(`*;+sip.fax="t38,passthrough"`)
	f.Add(`+sip.fax=+sip.fax="`)
	f.Fuzz(func(t *testing.T, value string) {
		for _, way := range faxFeature(value) {
			if !strings.Contains(strings.ToLower(value), way) {
				t.Errorf("%q is not in %q", way, value)
			}
		}
	})
}
