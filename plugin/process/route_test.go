package process

import (
	"testing"

	"github.com/pagebridge/pagebridge/plugin/config"
)

func TestRoute(t *testing.T) {
	routes := []*config.Route{
		{Pattern: "*", Trunk: "any"}, {Pattern: "7*", Trunk: "seven"}, {Pattern: "70*", Mode: "pass-through"}, {Pattern: "7001", Trunk: "one"}, {Pattern: "+1555*", Trunk: "far"},
	}
	for called, want := range map[string]string{"7001": "one", "7100": "seven", "8": "any", "7099": "", "+15551": "far", "15551": "far", "+7001": "one"} {
		if r, ok := route(routes, called); r.Trunk != want || ok != (want != "") {
			t.Errorf("%s goes to %q, %v; want %q", called, r.Trunk, ok, want)
		}
	}
	if _, ok := route(nil, "7001"); ok {
		t.Error("a route without routes")
	}
}
