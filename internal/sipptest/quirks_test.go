package sipptest

import "testing"

func TestTalks(t *testing.T) {
	h := serve(t, "127.0.0.1", "")
	t.Run("talks", func(t *testing.T) {
		groups := [][]scenario{offers(), refusals(), early(), afterTone(), outgoing(), outside(), malformed(), timers()}
		if !testing.Short() {
			groups = append(groups, slowTimers())
		}
		for _, group := range groups {
			runAll(t, h, group)
		}
	})
}

// TestSippNotices: what is wanted and does not come is a failure.
func TestSippNotices(t *testing.T) {
	h := serve(t, "127.0.0.1", "")
	for name, k := range map[string]*talk{
		"status":  call(fax).invite(imageOffer()).want(486),
		"body":    call(fax).invite(imageOffer()).want(200, body("m=video")),
		"lacking": call(fax).invite(imageOffer()).want(200, lacks("m=image")),
	} {
		if err := h.talk(t, name, k); err == nil {
			t.Errorf("%s: sipp does not notice", name)
		}
	}
}
