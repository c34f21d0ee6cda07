package calls

import (
	"testing"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// What the sender of a mail wants narrows what the configuration allows, and never
// widens it.
func TestWishesNarrow(t *testing.T) {
	for _, c := range []struct {
		maxRate, wished, want int
		noECM, wishedNoECM    bool
	}{
		{0, 0, 0, false, false},
		{0, 9600, 9600, false, true},
		{14400, 9600, 9600, true, false},
		{4800, 9600, 4800, true, true},
	} {
		x := exchange(newInbox(), Trunk{})
		under := x.now.Load().Options
		under.MaxRate, under.DisableECM = c.maxRate, c.noECM
		x.Change(under)
		call := x.newCall("a", Trunk{})
		call.wishes = mailbridge.Wishes{MaxRate: c.wished, NoECM: c.wishedNoECM}
		if got := call.terminal(false); got.MaxRate != c.want || got.DisableECM != (c.noECM || c.wishedNoECM) {
			t.Errorf("%+v: rate %d, no ECM %t", c, got.MaxRate, got.DisableECM)
		}
	}
}
