package calls

import (
	"testing"

	"github.com/pagebridge/pagebridge/plugin/proto/faxv1"
)

func TestPassthroughOnly(t *testing.T) {
	for value, want := range map[string]bool{
		`*;+sip.fax="passthrough"`:                         true,
		`*;+sip.fax = "Passthrough";require;explicit`:      true,
		`*;audio;+sip.fax="passthrough", *;+sip.fax="t38"`: false,
		`*;+sip.fax="t38,passthrough"`:                     false,
		`*;+sip.fax="t38"`:                                 false,
		`*;+sip.fax="!t38, passthrough"`:                   true,
		`*;+sip.fax`:                                       false,
		`*;+sip.fax="passthrough`:                          false,
		`*;+sip.faxes="passthrough"`:                       false,
		``:                                                 false,
	} {
		for _, name := range []string{"Accept-Contact", "a", "CONTACT"} {
			if got := passthroughOnly([]*faxv1.Header{{Name: name, Value: value}}); got != want {
				t.Errorf("%s: %s: got %v", name, value, got)
			}
		}
		if passthroughOnly([]*faxv1.Header{{Name: "Reject-Contact", Value: value}}) {
			t.Errorf("what %s rejects is taken as a wish", value)
		}
	}
}

func FuzzFaxFeature(f *testing.F) {
	f.Add(`*;+sip.fax="t38,passthrough"`)
	f.Add(`+sip.fax=+sip.fax="`)
	f.Fuzz(func(t *testing.T, value string) {
		for _, way := range faxFeature(value) {
			if len(way) > len(value) {
				t.Errorf("%q is not in %q", way, value)
			}
		}
	})
}
